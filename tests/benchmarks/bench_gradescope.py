"""Sizes of bundles, and seconds on a simulated Gradescope: half a CPU and 768 MB.

    python tests/benchmarks/bench_gradescope.py [DAY ...]

Run it as root in a clone of the repository: only root may give out half a CPU. The wheels
are downloaded once, before anything is measured.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader import bundle, clock, packing, template
from grader.harness import take
from grader.preview import play, submission
from grader.simulator import Played, Step
from grader.spec import Assignment, find_assignment


def main(days: list[str]) -> None:
    """Print a table."""
    lock = (template.folder("gradescope") / bundle.LOCK).read_bytes()
    wheels = bundle._downloaded(lock)
    print(f"{'day':<6}{'MB':>6}{'all MB':>8}{'bundle s':>10}{'what':>12}{'s':>8}{'score':>7}  tier")
    for day in days:
        measure(find_assignment(day), wheels)


def measure(assignment: Assignment, wheels: dict[str, bytes]) -> None:
    """Print the rows of one day."""
    started = clock.now()
    entries = bundle.contents(assignment)
    size = len(packing.zipped(entries, executable=bundle.EXECUTABLE))
    seconds = clock.now() - started
    whole = packing.zipped(bundle.vendored(entries, wheels), executable=bundle.EXECUTABLE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "autograder.zip")
        path.write_bytes(whole)
        names = ["setup.sh", "reference", "stub", "hangs"]
        steps = [Step("setup"), *map(submission, submissions(assignment, Path(folder)))]
        played = play(path, steps)
    print(f"{assignment.name:<6}{size / 1e6:>6.1f}{len(whole) / 1e6:>8.1f}{seconds:>10.1f}")
    for what, run in zip(names, played, strict=True):
        print(f"{what:>42}{run.seconds:>8.1f}{outcome(run)}")


def submissions(assignment: Assignment, folder: Path) -> Iterator[Path]:
    """Yield the folders of the reference, the stub, and a program that hangs at once."""
    assert assignment.reference is not None
    yield assignment.reference
    yield assignment.path / "stub"
    hanging = folder / "hanging"
    shutil.copytree(assignment.path / "stub", hanging)
    for path in hanging.glob("*.py"):
        path.write_text(
            path.read_text(encoding="utf-8").replace(
                "raise NotImplementedError", "while True: pass"
            )
        )
    yield hanging


def outcome(run: Played) -> str:
    """Return score and tier of a submission; what setup.sh or a failing run said last."""
    if run.results is None or run.status:
        return "         " + (run.output.strip().splitlines() or [""])[-1]
    found = take(run.results.encode())
    return f"{found.score:>7g}  {found.results['extra_data'].get('tier', '-')}"


if __name__ == "__main__":
    main(sys.argv[1:] or ["day1", "day2", "day3"])
