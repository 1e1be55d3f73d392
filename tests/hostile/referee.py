"""Stands in one place, lets one attack after another run there, says what it achieved.

A program (``referee.py PLACE``): a JSON line in, a JSON line out. It plays the grader:
it owns a secret, a results file, sockets and a victim process, and judges every attack
by what happened to them, not by what the attack claims. Only "did", for what shows in
no other process, takes the attack's own word; the positive control makes it honest.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE))
sys.dont_write_bytecode = True

from grader import codec, confine, replay  # noqa: E402 - after the path
from grader.confine import sweeping  # noqa: E402 - after the path
from grader.confine.tiers import Tier  # noqa: E402 - after the path
from grader.errors import GraderFault  # noqa: E402 - after the path

import places  # noqa: E402 - after the path

SECRET = "the-answer-is-b5c1f7"
RESULTS = '{"score": 0}'
_PUBLIC = ("/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp", "/run/lock")
_SYSTEM_V = ("shm", "sem", "msg")
_GRACE_S = 10.0  # an attack that works takes minutes; a busy machine takes seconds
_IPC_RMID = 0


class Stage:
    """What a grader has that an attack may want; rebuilt for every attack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = folder / "reference.py"
        self.secret.write_text(f"SECRET = {SECRET!r}\n")
        self.results = folder / "results.json"
        self.results.write_text(RESULTS)
        self.hidden = folder / "checks" / "hidden.py"
        self.corpus = folder / ".grader" / "corpus" / "D1.1.corpus"
        self.bytecode = folder / "__pycache__" / "reference.pyc"
        for path in (self.hidden, self.corpus, self.bytecode):
            path.parent.mkdir(parents=True)
            path.write_text(SECRET)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        self._content = _content(folder)
        self.open_secret = self.secret.open("rb")
        self.victim = subprocess.Popen(
            ["/bin/sleep", "600"], stdout=subprocess.DEVNULL, start_new_session=True
        )
        self.tcp = _listener(socket.AF_INET, ("127.0.0.1", 0))
        # As ssh-agent and a session bus lie: only the grader's own user may connect.
        self.private = Path(tempfile.mkdtemp(prefix="agents-"))
        self.agent = _listener(socket.AF_UNIX, str(self.private / "agent"))
        self.packets = _listener(
            socket.AF_UNIX, str(self.private / "packets"), socket.SOCK_SEQPACKET
        )
        self.abstract = _listener(socket.AF_UNIX, f"\0agent-{os.getpid()}")
        self.datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.datagrams.bind(str(self.private / "log"))
        self.datagrams.setblocking(False)
        self.signals: list[int] = []

    def wire(self) -> dict[str, Any]:
        """Return what the attack is told: that much a hostile student may well know."""
        return {
            "folder": str(self.folder),
            "secret": str(self.secret),
            "results": str(self.results),
            "hidden": str(self.hidden),
            "corpus": str(self.corpus),
            "bytecode": str(self.bytecode),
            "grader": os.getpid(),
            "host": os.uname().nodename,
            "victim": self.victim.pid,
            "tcp": self.tcp.getsockname()[1],
            "agent": str(self.private / "agent"),
            "packets": str(self.private / "packets"),
            "log": str(self.private / "log"),
            "abstract": f"agent-{os.getpid()}",
            "package": str(_HERE / "grader"),
        }

    def changed(self) -> bool:
        """Whether anything that is trusted is not as it was, or something was added."""
        return _content(self.folder) != self._content

    def close(self) -> None:
        """Put everything away."""
        self.victim.kill()
        self.victim.wait()
        for channel in (self.tcp, self.agent, self.packets, self.abstract, self.datagrams):
            channel.close()
        self.open_secret.close()
        for folder in (self.private, self.folder):
            for path in folder.iterdir():
                sweeping.remove_entry(str(path))
        self.private.rmdir()


def _content(folder: Path) -> dict[str, bytes | None]:
    """Return what lies in ``folder``: each file's bytes, None for what is no file."""
    return {
        str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in folder.rglob("*")
    }


def _listener(family: int, address: Any, kind: int = socket.SOCK_STREAM) -> socket.socket:
    listener = socket.socket(family, kind)
    listener.bind(address)
    listener.listen()
    listener.setblocking(False)
    return listener


def referee(attack: dict[str, Any], tier: Tier, stage: Stage) -> dict[str, Any]:
    """Run one attack; return everything about it that a criterion may ask."""
    before = _lying_about()
    limits = confine.Limits(**{**_LIMITS, **attack["limits"]})
    steps = [["fn", "attack", [stage.wire()]]]
    if attack["function"] == "answer":
        steps = [["fn", "answer", [number]] for number in _INPUTS]
    job = replay.Job(("submission",), [codec.encode(steps)], limits)
    # Places work side by side and share the public folders: each has names of its own.
    own = {name: text.replace("hostile-", _mark()) for name, text in attack["files"].items()}
    files = {name: text.encode() for name, text in own.items()}
    seen: dict[str, Any] = {"fault": "", "texts": [], "ending": "", "cpu_s": 0.0}
    start = time.monotonic()
    try:
        with replay.Bench(files, _HERE / "assignments", tier=tier) as bench:
            answer = bench.run(job)
            seen["texts"] = [text.decode(errors="replace") for text in answer.texts]
            seen["ending"] = answer.ending.kind
            seen["cpu_s"] = answer.cpu_s
            seen["import_error"] = dict(answer.ending.detail)
            seen["during"] = _after(bench, before, stage)
            again = bench.run(replay.Job(("submission",), [codec.encode([])], limits))
            seen["next"] = again.ending.kind
    except GraderFault as fault:
        seen["fault"] = str(fault)
    seen["seconds"] = time.monotonic() - start
    seen["limit_s"] = 2 * limits.wall_s + _GRACE_S
    seen["left"] = sorted(_lying_about() - before)
    for path in (*seen["left"], *_of_files(seen.get("during", []))):
        _remove(path)
    seen["survivors"] = _descendants(os.getpid()) - {stage.victim.pid}
    for pid in seen["survivors"]:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    _reap()
    return seen


_LIMITS = {"cpu_s": 1, "wall_s": 3.0, "memory_bytes": 1 << 30, "processes": 16}


def _after(bench: replay.Bench, before: set[str], stage: Stage) -> list[str]:
    """Return what of the first worker is still there when the next could start."""
    assert bench._process is not None
    mine = {stage.victim.pid, bench._process.pid}
    running = _descendants(os.getpid()) - mine
    below = {pid for pid in running if _parent(pid) != bench._process.pid}
    return sorted([f"process {pid}" for pid in below] + sorted(_lying_about() - before))


def outcome(wins: str, seen: dict[str, Any], stage: Stage) -> bool:
    """Whether the attack achieved ``wins``, one of the criteria below."""
    text = "".join(seen["texts"])
    return {
        "did": lambda: text == '[["ok",true]]',
        "secret": lambda: SECRET in text or SECRET in json.dumps(seen.get("import_error", "")),
        "results": lambda: not stage.results.is_file() or stage.results.read_text() != RESULTS,
        "planted": stage.changed,
        "signal": lambda: bool(stage.signals) or stage.victim.poll() is not None,
        "network": lambda: _reached(stage.tcp),
        "agent": lambda: _reached(stage.agent) or _reached(stage.packets),
        "abstract": lambda: _reached(stage.abstract),
        "datagram": lambda: _received(stage.datagrams),
        "survivor": lambda: bool(seen["survivors"] or _of_processes(seen.get("during", []))),
        "leftover": lambda: bool(seen["left"] or _of_files(seen.get("during", []))),
        "no result": lambda: bool(seen["fault"]) or seen["seconds"] > seen["limit_s"],
        "points": lambda: text == _EXPECTED or SECRET in text,
        "cheap": lambda: text.startswith('[["ok"') and seen["cpu_s"] < _BURNT_S,
    }[wins]()


_BURNT_S = 0.2
_INPUTS = (2, 5, 9)
_EXPECTED = "[" + ",".join(f'["ok",{number * number + 1}]' for number in _INPUTS) + "]"


def _of_processes(entries: list[str]) -> list[str]:
    return [entry for entry in entries if entry.startswith("process ")]


def _of_files(entries: list[str]) -> list[str]:
    return [entry for entry in entries if not entry.startswith("process ")]


def _reached(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _received(datagrams: socket.socket) -> bool:
    try:
        return bool(datagrams.recv(100))
    except BlockingIOError:
        return False


def _lying_about() -> set[str]:
    """Return what lies in public folders, and the System V objects."""
    found = set()
    for folder in _PUBLIC:
        with contextlib.suppress(OSError):
            found |= {
                entry.path for entry in os.scandir(folder) if entry.stat(follow_symlinks=False)
            }
    for kind in _SYSTEM_V:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            found |= {f"{kind} {line.split()[1]}" for line in lines}
    return {path for path in found if _ours(path)}


def _mark() -> str:
    """Return what the names that attacks make in public folders begin with here."""
    return f"hostile{os.getpid()}-"


def _ours(path: str) -> bool:
    """Whether attacks make such names; other programs use the public folders, too."""
    return path.startswith(_SYSTEM_V) or Path(path).name.startswith((_mark(), "sem." + _mark()))


def _remove(entry: str) -> None:
    """Remove what an unconfined attack left, so that this suite leaves nothing."""
    kind, _, number = entry.partition(" ")
    if kind not in _SYSTEM_V:
        sweeping.remove_entry(entry)
        return
    libc = ctypes.CDLL(None)
    if kind == "sem":
        libc.semctl(int(number), 0, _IPC_RMID)
    else:
        getattr(libc, f"{kind}ctl")(int(number), _IPC_RMID, None)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _descendants(ancestor: int) -> set[int]:
    """Return every living process below ``ancestor`` (a zombie is not living)."""
    parents: dict[int, list[int]] = {}
    for name in (entry.name for entry in Path("/proc").iterdir()):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    parents.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = set(), [ancestor]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found |= set(children)
        waiting += children
    return found


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def tier_here(name: str) -> Tier:
    """Return the tier that place ``name`` must give, or none at all for the control."""
    if name == places.CONTROL:
        return Tier("D", (), "none: the positive control")
    tier = confine.strongest()
    if tier.letter != places.PLACES[name].letter:
        raise SystemExit(f"this place gives tier {tier.letter}: {confine.probe().missing}")
    return tier


def main(name: str) -> None:
    """Stand in place ``name`` and judge attacks until standard input ends."""
    os.environ["GRADER_TOKEN"] = SECRET
    places.stand_in(name)
    from grader.confine import privileges

    privileges.adopt_orphans()
    tier = tier_here(name)
    print(json.dumps(tier.to_wire()), flush=True)
    for line in sys.stdin:
        attack = json.loads(line)
        here = tier.without(*attack["without"])
        with tempfile.TemporaryDirectory(prefix="trusted-") as folder:
            stage = Stage(Path(folder))
            for number in (signal.SIGUSR1, signal.SIGUSR2):
                signal.signal(number, lambda number, _: stage.signals.append(number))  # noqa: B023
            seen = referee(attack, here, stage)
            won = outcome(attack["wins"], seen, stage)
            stage.close()
        seen["survivors"] = sorted(seen["survivors"])
        print(json.dumps({"won": won, "seen": seen}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
