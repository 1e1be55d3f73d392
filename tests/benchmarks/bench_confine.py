"""What confinement costs: each tier against an unconfined worker, alternating in one run.

Run it as ``python tests/benchmarks/bench_confine.py``. The aim: at most
2 ms a check and 10 ms a run over an unconfined subprocess. Beside the time of day stands
the CPU time of everything that was started, which does not depend on what else runs.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grader import codec, confine, replay
from grader.confine.tiers import Tier
from grader.errors import GraderFault

RUNS, CHECKS = 15, 40
LIMITS = confine.Limits(cpu_s=2, wall_s=10.0, memory_bytes=1 << 30, processes=8)
JOB = replay.Job(("program",), [codec.encode([["fn", "answer", []]])], LIMITS)
FILES = {"program.py": b"def answer(): return 1\n"}
MACHINE = "class Trap(Exception): pass\nclass recorder:\n    take_calls = staticmethod(list)\n"


def _tiers() -> dict[str, Tier]:
    found = {"none": Tier("D", (), "unconfined")}
    for letter in "ABCD":
        try:
            found[letter] = confine.tier(letter)
        except GraderFault as fault:
            print(f"{letter}: {str(fault)[:90]}")
    return found


def _milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def _cpu_ms() -> float:
    """Return the CPU time that children have used so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (usage.ru_utime + usage.ru_stime)


def _run(machine: Path, tier: Tier) -> None:
    """Start and end a run with one check."""
    with replay.Bench(FILES, machine, tier=tier) as bench:
        bench.run(JOB)


def main() -> None:
    """Print medians and differences; the tiers take turns, so that noise is shared."""
    print(f"choosing a tier: {_milliseconds(confine.strongest):.1f} ms, once a process")
    print(f"probing all layers: {_milliseconds(confine.probe):.1f} ms, once a process")
    tiers = _tiers()
    with tempfile.TemporaryDirectory() as folder:
        machine = Path(folder)
        (machine / "machine").mkdir()
        (machine / "machine" / "__init__.py").write_text(MACHINE)
        runs: dict[str, list[float]] = {name: [] for name in tiers}
        used: dict[str, list[float]] = {name: [] for name in tiers}
        checks: dict[str, list[float]] = {name: [] for name in tiers}
        for _ in range(RUNS):
            for name, tier in tiers.items():
                before = _cpu_ms()
                runs[name].append(_milliseconds(lambda tier=tier: _run(machine, tier)))
                used[name].append(_cpu_ms() - before)
        benches = {name: replay.Bench(FILES, machine, tier=tier) for name, tier in tiers.items()}
        for _ in range(CHECKS):
            for name, bench in benches.items():
                checks[name].append(_milliseconds(lambda bench=bench: bench.run(JOB)))
        for bench in benches.values():
            bench.__exit__(None, None, None)
    for what, found in (("check", checks), ("run", runs), ("run's CPU", used)):
        base = statistics.median(found["none"])
        for name, times in found.items():
            here = statistics.median(times)
            print(f"{what:9} {name:4} {here:6.2f} ms  {here - base:+6.2f} ms  x{here / base:.2f}")


if __name__ == "__main__":
    main()
