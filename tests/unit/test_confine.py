"""The confinement tiers: what is probed, chosen, refused, cleaned up, and what works inside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader import codec, confine, replay
from grader.confine import canary, sweeping, tiers
from grader.confine.tiers import Capabilities
from grader.errors import GraderFault

HOME = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux's")
LIMITS = confine.Limits(cpu_s=5, wall_s=20.0, memory_bytes=1 << 30, processes=24)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a folder that holds a `machine` package with nothing in it."""
    package = tmp_path / "assignments" / "machine"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "class Trap(Exception): pass\nclass recorder:\n    take_calls = staticmethod(list)\n"
    )
    return package.parent


def _tiers() -> list[str]:
    """Return the letters that this place can stand up."""
    return [letter for letter in "ABCD" if _stands(letter)]


def _stands(letter: str) -> bool:
    try:
        confine.tier(letter)
    except GraderFault:
        return False
    return True


def _call(machine: Path, tier: confine.Tier, code: str, function: str) -> list[object]:
    with replay.Bench({"program.py": code.encode()}, machine, tier=tier) as bench:
        job = replay.Job(("program",), [codec.encode([["fn", function, []]])], LIMITS)
        answer = bench.run(job)
    assert answer.texts, answer.ending
    outcome: list[object] = codec.decode(answer.texts[0])[0]
    return outcome


# --- choosing ---


def test_all_layers_give_tier_a() -> None:
    """All layers give tier a."""
    assert tiers.strongest_of(Capabilities({}, is_root=True)).letter == "A"


def test_an_ordinary_user_needs_the_user_namespace_for_tier_a() -> None:
    """An ordinary user needs the user namespace for tier a."""
    place = Capabilities({"user": "no", "uid": "no"}, is_root=False)

    assert tiers.strongest_of(place).letter == "C"


def test_root_without_namespaces_gets_a_uid_of_its_own() -> None:
    """Root without namespaces gets a uid of its own."""
    place = Capabilities(dict.fromkeys(["user", "mount", "pid"], "refused"), is_root=True)

    chosen = tiers.strongest_of(place)

    assert (chosen.letter, "uid" in chosen, "mount" in chosen) == ("B", True, False)


def test_tier_b_stands_without_landlock_but_c_does_not() -> None:
    """Tier b stands without landlock but c does not."""
    lacking = {"user": "", "mount": "", "landlock": "", "scope": ""}

    assert tiers.strongest_of(Capabilities(lacking, is_root=True)).letter == "B"
    assert tiers.strongest_of(Capabilities({**lacking, "uid": ""}, is_root=False)).letter == "D"


def test_a_tier_that_cannot_stand_names_layer_and_remedy() -> None:
    """A tier that cannot stand names layer and remedy."""
    place = Capabilities({"seccomp": "Function not implemented"}, is_root=True)

    with pytest.raises(GraderFault, match=r"seccomp.*CONFIG_SECCOMP_FILTER"):
        tiers.tier("B", place)


def test_a_tier_survives_the_wire() -> None:
    """A tier survives the wire."""
    chosen = tiers.tier("A", Capabilities({}, is_root=True))

    assert tiers.from_wire(chosen.to_wire()) == chosen


@LINUX
def test_probing_says_why_a_layer_is_missing_and_what_to_do() -> None:
    """Probing says why a layer is missing and what to do."""
    lines = confine.probe().lines()

    assert len(lines) == len(tiers.LAYERS)
    assert all(" yes: " in line or " no: " in line for line in lines)


# --- failing closed ---

_REFUSING = """
import errno, json, sys
sys.path[:0] = [{home!r}, {home!r} + "/tests/hostile"]
from pathlib import Path
from places import refuse
from grader import codec, confine, replay
from grader.errors import GraderFault
tier = confine.strongest()
refuse({{call: errno.EPERM for call in {calls!r}}})
job = replay.Job(("program",), [codec.encode([])], confine.Limits(1, 5.0, 1 << 30, 8))
try:
    with replay.Bench({{"program.py": b""}}, Path({machine!r}), tier=tier) as bench:
        print("graded", bench.run(job).ending.kind)
except GraderFault as fault:
    print(fault)
"""
_CALLS = [
    ("unshare", ["unshare"]),
    ("landlock", ["landlock_create_ruleset"]),
    ("landlock", ["landlock_restrict_self"]),
    ("privileges", ["capset"]),
    ("mount", ["mount_setattr"]),
    ("mount", ["pivot_root"]),
]


@LINUX
@pytest.mark.skipif("A" not in _tiers(), reason="tier A does not stand here")
@pytest.mark.parametrize(("layer", "calls"), _CALLS)
def test_a_layer_whose_call_fails_stops_grading(
    machine: Path, layer: str, calls: list[str]
) -> None:
    """A layer whose call fails stops grading."""
    script = _REFUSING.format(home=str(HOME), machine=str(machine), calls=calls)

    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout

    assert "graded" not in shown
    assert "confinement layer" in shown
    assert layer == "unshare" or repr(layer) in shown


# --- the canary ---


@LINUX
@pytest.mark.parametrize("letter", [letter for letter in _tiers() if letter != "D"])
def test_the_canary_is_caged(machine: Path, tmp_path: Path, letter: str) -> None:
    """The canary is caged."""
    secret, results = tmp_path / "reference.py", tmp_path / "results.json"
    for path in (secret, results):
        path.write_text("x")
        path.chmod(0o600)

    with replay.Bench({}, machine, tier=confine.tier(letter)) as bench:
        bench.canary([secret, tmp_path], [results])

    assert results.read_text() == "x"


@LINUX
@pytest.mark.skipif("A" not in _tiers(), reason="tier A does not stand here")
def test_the_canary_sings_where_the_reference_can_be_read(machine: Path) -> None:
    """The canary sings where the reference can be read."""
    readable = machine / "machine" / "__init__.py"  # what every worker may read

    with (
        replay.Bench({}, machine, tier=confine.tier("A")) as bench,
        pytest.raises(GraderFault, match=r"canary got out.*read.*Nothing was graded"),
    ):
        bench.canary([readable])


def test_the_canary_reports_each_kind_of_leak() -> None:
    """The canary reports each kind of leak."""
    report = {
        "read": ["/r"],
        "written": ["/w"],
        "grader": ["77", True],
        "sockets": ["AF_INET"],
        "root": [True],
    }
    tier = tiers.tier("B", Capabilities({"user": ""}, is_root=True))

    found = [leak.kind for leak in canary.leaks(report, tier, "77")]

    assert found == ["read", "write", "grader", "network", "root"]


# --- inside: what the exercises need ---

_IPC = """
import mmap, multiprocessing, os, signal, socket, subprocess, sys, threading, time
from multiprocessing import shared_memory

def pipe():
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"hello")
        os._exit(0)
    return os.read(read, 5).decode()

def pair():
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        theirs.sendall(b"hello")
        os._exit(0)
    return ours.recv(5).decode()

def _serve(address):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    if os.fork() == 0:
        client = socket.socket(socket.AF_UNIX)
        client.connect(address)
        client.sendall(b"hello")
        os._exit(0)
    return server.accept()[0].recv(5).decode()

def path(): return _serve("socket")
def abstract(): return _serve("\\0name")

def mapped():
    memory = mmap.mmap(-1, 4096)
    if os.fork() == 0:
        memory[:5] = b"hello"
        os._exit(0)
    os.wait()
    return memory[:5].decode()

def file_mapped():
    with open("file", "w+b") as file:
        file.truncate(4096)
        memory = mmap.mmap(file.fileno(), 4096)
        memory[:5] = b"hello"
        memory.close()
        file.seek(0)
        return file.read(5).decode()

def shared():
    memory = shared_memory.SharedMemory(create=True, size=64)
    child = multiprocessing.Process(target=_fill, args=(memory.name,))
    child.start(); child.join()
    found = bytes(memory.buf[:5]).decode()
    memory.close(); memory.unlink()
    return found

def _fill(name):
    memory = shared_memory.SharedMemory(name=name)
    memory.buf[:5] = b"hello"
    memory.close()

def queue():
    lines, lock = multiprocessing.Queue(), multiprocessing.Lock()
    semaphore = multiprocessing.Semaphore(1)
    child = multiprocessing.Process(target=_put, args=(lines, lock, semaphore))
    child.start()
    found = lines.get(timeout=5)
    child.join()
    return found

def _put(lines, lock, semaphore):
    with lock, semaphore: lines.put("hello")

def pool():
    with multiprocessing.Pool(2) as workers: return "".join(workers.map(str.lower, "HELLO"))

def fifo():
    os.mkfifo("fifo")
    if os.fork() == 0:
        with open("fifo", "w") as file: file.write("hello")
        os._exit(0)
    with open("fifo") as file: return file.read()

def signals():
    caught = []
    signal.signal(signal.SIGUSR1, lambda *_: caught.append("hello"))
    parent = os.getpid()
    if os.fork() == 0:
        os.kill(parent, signal.SIGUSR1)
        os._exit(0)
    os.wait()
    return caught[0]

def programs():
    first = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    second = subprocess.Popen(["tr", "A-Z", "a-z"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdin.write(b"HELLO")
    first.stdin.close()
    first.stdout.close()
    return second.communicate()[0].decode()

def script():
    command = [sys.executable, "-c", "print('hello')"]
    return subprocess.run(command, capture_output=True).stdout.decode().strip()

def threads():
    gate, found = threading.Event(), []
    one = threading.Thread(target=lambda: (gate.wait(), found.append("hello")))
    one.start(); gate.set(); one.join()
    return found[0]
"""
_EVERYWHERE = ["pipe", "pair", "mapped", "file_mapped", "shared", "queue", "pool", "fifo"]
_EVERYWHERE += ["signals", "programs", "script", "threads"]


@LINUX
@pytest.mark.parametrize("way", [*_EVERYWHERE, "path", "abstract"])
@pytest.mark.parametrize("letter", _tiers())
def test_processes_communicate_inside(machine: Path, letter: str, way: str) -> None:
    """Processes communicate inside."""
    if letter == "C" and way in ("path", "abstract"):
        pytest.skip("tier C refuses connect: the user's own agents listen under the same id")

    assert _call(machine, confine.tier(letter), _IPC, way) == ["ok", "hello"]


# --- the end of everything ---

_DOOMED = """
import sys, time
sys.path.insert(0, {home!r})
from pathlib import Path
from grader import codec, confine, replay
code = b"import os, time\\ndef wait():\\n    os.fork()\\n    os.fork()\\n    time.sleep(60)\\n"
limits = confine.Limits(5, 60.0, 1 << 30, 8)
job = replay.Job(("program",), [codec.encode([["fn", "wait", []]])], limits)
print("go", flush=True)
tier = confine.tier({letter!r})
with replay.Bench({{"program.py": code}}, Path({machine!r}), tier=tier) as bench:
    bench.run(job)
"""


@LINUX
@pytest.mark.parametrize("letter", _tiers())
@pytest.mark.parametrize("after_ms", [0, 15, 40, 60, 90, 400])
def test_nothing_outlives_a_killed_grader(machine: Path, letter: str, after_ms: int) -> None:
    """Nothing outlives a killed grader."""
    script = _DOOMED.format(home=str(HOME), machine=str(machine), letter=letter)
    mark = str(machine)
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert grader.stdout is not None
    grader.stdout.readline()
    time.sleep(after_ms / 1000)
    below = _below(grader.pid)

    grader.send_signal(signal.SIGKILL)
    grader.wait()
    deadline = time.monotonic() + 1.0
    while (left := [pid for pid in below if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not left, mark


def _below(ancestor: int) -> list[int]:
    """Return every process below ``ancestor``."""
    found = []
    waiting = [ancestor]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            children = [int(word) for word in task.read_text().split()]
            found += children
            waiting += children
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# --- what is left in the file system ---


def test_a_tree_deeper_than_any_recursion_is_removed(tmp_path: Path) -> None:
    """A tree deeper than any recursion is removed."""
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    sweeping.remove_tree(str(top))

    assert not top.exists()


def test_a_link_in_a_removed_tree_is_not_followed(tmp_path: Path) -> None:
    """A link in a removed tree is not followed."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    top = tmp_path / "top"
    (top / "closed").mkdir(parents=True)
    (top / "link").symlink_to(kept)
    (top / "closed").chmod(0)

    sweeping.remove_tree(str(top))

    assert not top.exists()
    assert (kept / "file").read_text() == "x"


@pytest.mark.parametrize("letter", _tiers())
def test_the_starter_leaves_no_folder(machine: Path, letter: str) -> None:
    """The starter leaves no folder."""
    where = _call(machine, confine.tier(letter), "import os\nwhere = os.getcwd\n", "where")

    assert not Path(str(where[1])).parent.exists()
