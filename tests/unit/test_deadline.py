"""The time by which a grading must end, and who answers when it has not."""

import pytest
from tiny import COUNTER, Tiny

from grader import clock
from grader.confine import Limits
from grader.deadline import Deadline
from grader.errors import GraderFault
from grader.verdict import Verdict

LIMITS = Limits(cpu_s=1, wall_s=5.0, memory_bytes=1 << 28, processes=8)
HANGS = "while True:\n    pass\n"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stand still at the time that the list's one element says."""
    time = [0.0]
    monkeypatch.setattr(clock, "now", lambda: time[0])
    return time


def test_a_limit_is_cut_to_what_is_left(now: list[float]) -> None:
    deadline = Deadline(10, started_s=0)

    assert deadline.shorten(LIMITS).wall_s == 5
    now[0] = 8
    assert deadline.shorten(LIMITS).wall_s == 2
    now[0] = 11
    assert 0 < deadline.shorten(LIMITS).wall_s < 1


def test_without_a_deadline_there_is_always_time(now: list[float]) -> None:
    now[0] = 1e9

    assert not Deadline().has_passed()
    assert Deadline().shorten(LIMITS) == LIMITS


def test_a_program_that_hung_most_of_the_time_answers_for_what_is_left(now: list[float]) -> None:
    deadline = Deadline(10, started_s=0)
    now[0] = 6
    deadline.settle(Verdict("T.1", "timeout"), seconds=6)
    now[0] = 10

    found = deadline.overrun("T.2")

    assert (found.check, found.outcome) == ("T.2", "timeout")
    assert "took 6 s" in found.sentence


def test_a_machine_that_is_too_slow_costs_nobody_a_point(now: list[float]) -> None:
    deadline = Deadline(10, started_s=0)
    deadline.settle(Verdict("T.1", "passed"), seconds=8)
    deadline.settle(Verdict("T.2", "timeout"), seconds=2)
    now[0] = 10

    with pytest.raises(GraderFault, match="this place is too slow"):
        deadline.overrun("T.3")


def test_a_check_that_the_deadline_cut_short_is_not_held_against_the_program(
    now: list[float],
) -> None:
    deadline = Deadline(10, started_s=0)
    now[0] = 10

    with pytest.raises(GraderFault, match="there was no time left"):
        deadline.settle(Verdict("T.1", "timeout"), seconds=1)


def test_a_check_that_passed_in_the_last_moment_has_passed(now: list[float]) -> None:
    deadline = Deadline(10, started_s=0)
    now[0] = 10
    verdict = Verdict("T.1", "passed")

    assert deadline.settle(verdict, seconds=10) is verdict


# --- in a grading -------------------------------------------------------------


def test_a_hanging_program_is_graded_by_its_deadline_and_every_check_has_a_verdict(
    day: Tiny,
) -> None:
    report = day.grade(day.submission(HANGS), deadline=Deadline(clock.now() + 1.5))

    assert {check.verdict.outcome for check in report.checks} == {"timeout", "skipped"}
    assert len(report.checks) == 4


def test_a_right_program_past_its_deadline_gets_no_score_at_all(day: Tiny) -> None:
    with pytest.raises(GraderFault, match="too slow"):
        day.grade(day.submission(COUNTER), deadline=Deadline(clock.now()))
