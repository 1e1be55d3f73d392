"""The platform's order of events, played in a container of this machine's.

Runs in a process of its own: reads a plan from standard input, enters the container, plays
the steps and writes what happened to standard output. Every program that it starts sees
what it would see on the platform, as far as that is known.

Legend::

    setup     unpacks the bundle under /autograder and runs setup.sh
    submit    wipes, puts a submission and its metadata there, runs run_autograder, takes
              what is left, under the platform's time-out
    command   any other program, for tests of what setup.sh and run_autograder leave
"""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader import clock
from grader.confine import container, privileges, shares
from grader.harness import Taken, take

ROOT = Path("/autograder")
CPUS, MEMORY_BYTES = 0.5, 768 << 20  # of a container, by default
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Step(msgspec.Struct, frozen=True):
    """One event. ``files`` of a submission are hexadecimal; ``metadata`` is a text, or absent.

    ``history`` adds the runs before this one to the metadata, as the platform does.
    """

    kind: Literal["setup", "submit", "command"]
    words: tuple[str, ...] = ()
    files: dict[str, str] = {}
    metadata: str | None = None
    history: bool = False
    timeout_s: float = 600


class Plan(msgspec.Struct, frozen=True):
    """What to play; ``scratch`` is an empty folder, ``path`` stands first on PATH."""

    bundle: str
    scratch: str
    steps: tuple[Step, ...]
    path: str = ""
    is_limited: bool = True


class Played(msgspec.Struct, frozen=True):
    """What one step left: its output (staff see it), and a submission's results.json."""

    status: int
    seconds: float
    output: str
    results: str | None = None
    timed_out: bool = False


def main() -> None:
    """Play the plan on standard input."""
    privileges.die_with_parent()
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    platform = _Platform(Path(plan.bundle).read_bytes(), plan.path)

    def play() -> None:
        if share is not None:
            shares.join(share)
        sys.stdout.buffer.write(msgspec.json.encode([platform.play(step) for step in plan.steps]))

    share = None
    if plan.is_limited:
        with contextlib.suppress(OSError):  # an ordinary user may not; then it runs at full speed
            share = shares.make(CPUS, MEMORY_BYTES)
    try:
        sys.exit(container.play_inside(plan.scratch, play))
    finally:
        if share is not None:
            shares.remove(share)


class _Platform:
    """One machine of the platform's: what it keeps between submissions is in here."""

    def __init__(self, bundle: bytes, path: str) -> None:
        self._bundle = bundle
        self._environment = {
            "PATH": f"{path}:{_PATH}" if path else _PATH,
            "HOME": "/root",
            "SUBMIT_RESULTS_URL": "https://platform.invalid/secret-address",
        }
        self._history: list[dict[str, Any]] = []

    def play(self, step: Step) -> Played:
        """Play one step."""
        ROOT.mkdir(exist_ok=True)
        if step.kind == "setup":
            self._unpack()
            return self._run(["/autograder/source/setup.sh"], Path("/"), step.timeout_s)
        if step.kind == "submit":
            return self._submit(step)
        return self._run(list(step.words), ROOT, step.timeout_s)

    def _unpack(self) -> None:
        """Do what the build of an image does with the bundle."""
        with zipfile.ZipFile(io.BytesIO(self._bundle)) as archive:
            archive.extractall(ROOT / "source")
            for entry in archive.infolist():
                (ROOT / "source" / entry.filename).chmod(entry.external_attr >> 16 & 0o777)
        shutil.copy(ROOT / "source" / "run_autograder", ROOT / "run_autograder")

    def _submit(self, step: Step) -> Played:
        for name in ("results", "submission"):
            subprocess.run(["rm", "-rf", str(ROOT / name)], check=True)
            (ROOT / name).mkdir()
        self._write_metadata(step)
        for name, content in step.files.items():
            path = ROOT / "submission" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes.fromhex(content))
        played = self._run(["./run_autograder"], ROOT, step.timeout_s)
        found = ROOT / "results" / "results.json"
        left = found.read_bytes() if found.is_file() else None
        self._remember(step, take(left, timed_out=played.timed_out))
        text = None if left is None else left.decode("utf-8", "replace")
        return msgspec.structs.replace(played, results=text)

    def _write_metadata(self, step: Step) -> None:
        path = ROOT / "submission_metadata.json"
        path.unlink(missing_ok=True)
        if step.metadata is None:
            return
        text = step.metadata
        if step.history:
            # Of the earlier results only the latest are told.
            older = [{**run, "results": None} for run in self._history[:-1]]
            told = {**json.loads(text), "previous_submissions": older + self._history[-1:]}
            text = json.dumps(told)
        path.write_text(text, encoding="utf-8", errors="surrogateescape")

    def _remember(self, step: Step, taken: Taken) -> None:
        if step.history and step.metadata is not None:
            self._history.append(
                {
                    "submission_time": json.loads(step.metadata)["created_at"],
                    "score": str(taken.score),
                    "autograder_error": taken.is_error,
                    "results": taken.results,
                }
            )

    def _run(self, words: list[str], folder: Path, timeout_s: float) -> Played:
        """Run a program; at its time-out kill it alone, as the platform does."""
        environment = {**self._environment, "TIMEOUT_SECONDS": f"{timeout_s:.0f}"}
        started = clock.now()
        with tempfile.TemporaryFile() as output:
            program = subprocess.Popen(
                words,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            timed_out = False
            try:
                program.wait(timeout_s)
            except subprocess.TimeoutExpired:
                timed_out = True
                program.kill()
                program.wait()
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        seconds = round(clock.now() - started, 3)
        return Played(program.returncode, seconds, text, timed_out=timed_out)


if __name__ == "__main__":
    main()
