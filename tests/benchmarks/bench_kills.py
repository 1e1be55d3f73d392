"""Kills a grader at random moments and counts what of it is left after a second.

Run it as ``python tests/benchmarks/bench_kills.py [KILLS [TIERS]]``. The aim:
no worker is left, nor what it started. The moments cover the start of a worker and its
work, which forks. A starter that has yet to load may end a little later; it has no worker.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grader import confine
from grader.confine import privileges
from grader.errors import GraderFault

HOME = Path(__file__).resolve().parents[2]
KILLS = 200
LATEST_S = 0.8
PATIENCE_S = 1.0
PROGRAM = b"import os, time\ndef wait():\n    os.fork()\n    os.fork()\n    time.sleep(60)\n"
GRADER = """
import sys
sys.path.insert(0, {home!r})
from pathlib import Path
from grader import codec, confine, replay
limits = confine.Limits(5, 60.0, 1 << 30, 8)
job = replay.Job(("program",), [codec.encode([["fn", "wait", []]])], limits)
tier = confine.tier({letter!r})
print("go", flush=True)
with replay.Bench({{"program.py": {program!r}}}, Path({machine!r}), tier=tier) as bench:
    bench.run(job)
"""


def _tiers() -> list[str]:
    found = []
    for letter in "ABCD":
        try:
            confine.tier(letter)
        except GraderFault as fault:
            print(f"{letter}: {str(fault)[:90]}")
        else:
            found.append(letter)
    return found


def _living_below(ancestor: int) -> list[int]:
    """Return every process below ``ancestor`` that has not ended."""
    found, waiting = [], [ancestor]
    while waiting:
        with contextlib.suppress(OSError):  # it may end meanwhile
            for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
                with contextlib.suppress(OSError):  # one of its threads, likewise
                    children = [int(word) for word in task.read_text().split()]
                    found += children
                    waiting += children
    return [pid for pid in found if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _workers() -> list[int]:
    """Return what lives below us and is no starter, whose working directory is the root."""
    return [pid for pid in _living_below(os.getpid()) if _working_directory(pid) != "/"]


def _working_directory(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return "/"


def _kill_one(letter: str, machine: Path, after_s: float) -> tuple[int, int, float]:
    """Return how many processes there were, how many are left, and when the last ended."""
    script = GRADER.format(home=str(HOME), letter=letter, program=PROGRAM, machine=str(machine))
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert grader.stdout is not None
    grader.stdout.readline()
    time.sleep(after_s)
    there = len(_living_below(grader.pid))
    grader.kill()
    start = time.perf_counter()
    grader.wait()
    # Whatever loses its parent becomes ours, so that nothing can hide.
    while (left := _workers()) and time.perf_counter() - start < PATIENCE_S:
        time.sleep(0.002)
    taken_s = time.perf_counter() - start
    for pid in _living_below(os.getpid()):
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # none is left
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return there, len(left), taken_s


def main() -> None:
    """Print, tier by tier, how many processes were there and how many are left."""
    privileges.adopt_orphans()
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    with tempfile.TemporaryDirectory() as folder:
        machine = Path(folder)
        Path(folder).chmod(0o755)
        (machine / "machine").mkdir()
        (machine / "machine" / "__init__.py").write_text("class Trap(Exception): pass\n")
        wanted = sys.argv[2] if len(sys.argv) > 2 else "ABCD"
        for letter in (letter for letter in _tiers() if letter in wanted):
            seen = [_kill_one(letter, machine, random.uniform(0, LATEST_S)) for _ in range(kills)]
            there, left = sum(one[0] for one in seen), sum(one[1] for one in seen)
            slowest = 1000 * max(one[2] for one in seen)
            print(
                f"{letter}: {kills} kills, {there} processes, {left} left after "
                f"{PATIENCE_S:.0f} s, the last ended after {slowest:.0f} ms",
                flush=True,
            )


if __name__ == "__main__":
    main()
