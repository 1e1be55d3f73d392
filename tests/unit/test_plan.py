"""Checks run in their order, after what they need, within limits that the reference sets."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.checks import Check, Part
from grader.corpus_file import CheckCorpus, Recorded
from grader.errors import SpecError
from grader.plan import Step, limits, plan, unmet
from grader.spec import Assignment, Limits
from grader.verdict import Verdict

ASSIGNMENT = Assignment(
    title="T", course="C", points=1, stubs=("a.py",), salt="s", folder="/course/assignments/day1"
)


def check(check_id: str) -> Check:
    return Check(
        id=check_id,
        title="It works",
        points=Fraction(1),
        visibility="visible",
        hint="",
        judge=lambda _: None,
        parts=(Part(list, 1, ("mod",), ""),),
        path=Path("check_mod.py"),
    )


CHECKS = [check(check_id) for check_id in ("A", "B", "C", "D")]


def needing(**needs: tuple[str, ...]) -> Assignment:
    fields = {name: getattr(ASSIGNMENT, name) for name in ASSIGNMENT.__struct_fields__}
    return Assignment(**fields | {"prerequisites": needs})


def limited(**stated: float) -> Assignment:
    fields = {name: getattr(ASSIGNMENT, name) for name in ASSIGNMENT.__struct_fields__}
    return Assignment(**fields | {"limits": Limits(**stated)})


def order(assignment: Assignment, checks: list[Check] = CHECKS) -> str:
    return "".join(step.check.id for step in plan(assignment, checks))


# --- order --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({}, "ABCD"),
        ({"A": ("B",)}, "BACD"),
        ({"A": ("D",), "B": ("A",)}, "CDAB"),
        ({"B": ("A",), "C": ("A", "B")}, "ABCD"),
        ({"A": ("B",), "B": ("C",), "C": ("D",)}, "DCBA"),
        ({"A": ("Z",)}, "ABCD"),
    ],
)
def test_a_check_runs_after_what_it_needs(needs: dict[str, tuple[str, ...]], expected: Any) -> None:
    assert order(needing(**needs)) == expected


def test_what_students_see_runs_before_what_they_do_not() -> None:
    """No time that a hidden check takes, nor a limit cut after one, is theirs to miss."""
    unseen = {"A", "C"}
    checks = [
        replace(each, visibility="hidden" if each.id in unseen else "visible") for each in CHECKS
    ]

    assert order(ASSIGNMENT, checks) == "BDAC"
    assert order(needing(B=("C",)), checks) == "DACB"


def test_what_is_not_chosen_is_not_waited_for() -> None:
    assert order(needing(A=("B",)), [CHECKS[0], CHECKS[2]]) == "AC"


@pytest.mark.parametrize(
    ("needs", "ring"),
    [
        ({"A": ("A",)}, "A"),
        ({"A": ("B",), "B": ("A",)}, "A, B"),
        ({"B": ("C",), "C": ("D",), "D": ("B",)}, "B, C, D"),
    ],
)
def test_checks_that_need_each_other_are_refused(
    needs: dict[str, tuple[str, ...]], ring: str
) -> None:
    with pytest.raises(SpecError) as refused:
        plan(needing(**needs), CHECKS)

    assert str(refused.value) == (
        f"/course/assignments/day1/assignment.yaml $.prerequisites: {ring} need each other"
    )


# --- prerequisites ------------------------------------------------------------


def test_a_check_is_skipped_when_what_it_needs_does_not_pass() -> None:
    step = Step(CHECKS[2], ("A", "B"))
    verdicts = [Verdict("A", "passed"), Verdict("B", "timeout")]

    found = unmet(step, verdicts)

    assert found is not None
    assert (found.check, found.outcome) == ("C", "skipped")
    assert found.sentence == "Not run: B must pass first."


def test_a_skipped_check_makes_the_next_one_skipped() -> None:
    found = unmet(Step(CHECKS[2], ("A", "B")), [Verdict("A", "failed"), Verdict("B", "skipped")])

    assert found is not None
    assert found.sentence == "Not run: A, B must pass first."


def test_a_check_runs_when_what_it_needs_passed_or_was_not_chosen() -> None:
    assert unmet(Step(CHECKS[2], ("A", "B")), [Verdict("A", "passed")]) is None
    assert unmet(Step(CHECKS[2], ()), [Verdict("A", "failed")]) is None


# --- limits -------------------------------------------------------------------


def corpus(*reference_cpu_s: float) -> CheckCorpus:
    return CheckCorpus(tuple(Recorded((), (), seconds) for seconds in reference_cpu_s), "")


def times(assignment: Assignment, *seconds: float, cut: bool = False) -> list[tuple[int, float]]:
    return [(found.cpu_s, found.wall_s) for found in limits(assignment, corpus(*seconds), cut=cut)]


def test_a_check_gets_twenty_times_the_reference_but_at_least_a_second() -> None:
    assert times(ASSIGNMENT, 0.001, 0.1, 2.0) == [(1, 5.0), (2, 10.0), (40, 200.0)]


def test_stated_times_hold_for_every_part() -> None:
    assert times(limited(cpu_s=3), 0.001, 9.0) == [(3, 15.0), (3, 15.0)]
    assert times(limited(wall_s=7), 0.1) == [(2, 7.0)]


def test_after_two_time_outs_a_quarter_is_left_and_never_less_than_a_second_of_cpu() -> None:
    assert times(ASSIGNMENT, 0.001, 2.0, cut=True) == [(1, 1.25), (10, 50.0)]


def test_memory_and_processes_are_stated() -> None:
    (found,) = limits(limited(memory_mb=64, processes=3), corpus(0.0), cut=False)

    assert (found.memory_bytes, found.processes) == (64 << 20, 3)
    assert replace(found, processes=32) == limits(limited(memory_mb=64), corpus(0.0), cut=False)[0]
