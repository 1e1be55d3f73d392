"""What students with a known bug are shown at home, where no reference can shrink a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from days import Day

from grader import adopted
from grader.trace import Trace, operations
from grader.wrongs import WrongVersion, files_of

ROOT = Path(__file__).resolve().parents[2]
DAYS = sorted(path.parent.name for path in ROOT.glob("assignments/*/assignment.yaml"))
MOST_OPERATIONS = 10


def adopted_trace(day: Day, check_id: str, wrong: WrongVersion) -> Trace:
    """Return the trace that stands for a wrong version among a check's adopted ones."""
    kept = adopted.read(day.checks[check_id])
    return next(each.trace for part in kept for each in part if wrong.name in each.sources)


def shown_at_home(day: Day) -> Iterator[tuple[str, Trace, Trace]]:
    """Yield each failure of a wrong version in a visible check: the trace shown, the minimal."""
    for wrong in day.wrongs:
        visible = [check_id for check_id in wrong.loses if day.checks[check_id].is_shown]
        told = day.graded_at_home(files_of(day.reference, wrong), *visible) if visible else {}
        for check_id, verdict in told.items():
            assert verdict.counterexample is not None
            minimal = adopted_trace(day, check_id, wrong)
            yield f"{check_id} {wrong.name}", verdict.counterexample.trace, minimal


@pytest.mark.parametrize("name", DAYS)
def test_a_student_is_shown_a_failure_as_short_as_the_minimal_one(name: str) -> None:
    """Every wrong version that a visible check finds is answered with a few operations."""
    found = list(shown_at_home(Day(name)))

    assert found
    assert [what for what, shown, minimal in found if len(shown) > len(minimal)] == []
    assert max(operations(shown) for _, shown, _ in found) <= MOST_OPERATIONS
