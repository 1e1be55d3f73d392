"""Points are exact, and what the checks are worth is what the assignment states."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.checks import Check, Part
from grader.errors import SpecError
from grader.score import number, points_of, require_sum, score
from grader.spec import Assignment
from grader.verdict import OUTCOMES, Verdict


def check(check_id: str, points: str) -> Check:
    return Check(
        id=check_id,
        title="It works",
        points=Fraction(points),
        visibility="visible",
        hint="",
        judge=lambda _: None,
        parts=(Part(list, 1, ("mod",), ""),),
        path=Path("check_mod.py"),
    )


def assignment(**changed: object) -> Assignment:
    whole = Assignment(
        title="T", course="C", points=1, stubs=("a.py",), salt="s", folder="/assignments/day1"
    )
    return msgspec.structs.replace(whole, **changed)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_a_check_that_passes_earns_points(outcome: Any) -> None:
    earned = points_of(check("A", "2.5"), Verdict("A", outcome))

    assert earned == (Fraction(5, 2) if outcome == "passed" else 0)


def test_ten_tenths_are_one() -> None:
    checks = [check(str(each), "0.1") for each in range(10)]

    found = score(
        assignment(later={"X": 0.1, "Y": 0.2}), [(c, Verdict(c.id, "passed")) for c in checks]
    )

    assert (found.earned, found.possible, found.later) == (1, 1, Fraction(3, 10))


def test_nothing_judged_earns_nothing() -> None:
    assert score(assignment(), []).earned == 0


@pytest.mark.parametrize(
    ("points", "written"), [("2", "2"), ("2.5", "2.5"), ("0", "0"), ("1/3", "0.3333333333333333")]
)
def test_whole_points_are_written_without_a_fraction(points: str, written: str) -> None:
    assert repr(number(Fraction(points))) == written


# --- what an assignment states ------------------------------------------------


def refusal(day: Assignment, *checks: Check) -> str:
    with pytest.raises(SpecError) as refused:
        require_sum(day, checks)
    return str(refused.value).removeprefix("/assignments/day1/assignment.yaml ")


def test_checks_and_later_items_make_up_the_points_exactly() -> None:
    tenths = [check(str(each), "0.1") for each in range(7)]

    require_sum(assignment(points=1, later={"X": 0.1, "Y": 0.2}), tenths)


def test_points_that_do_not_sum_are_refused() -> None:
    assert refusal(assignment(points=3, later={"X": 0.5}), check("A", "1"), check("B", "1")) == (
        "$.points: is 3, but the checks have 2 and $.later has 0.5; "
        "correct a @weight, $.later or $.points"
    )


def test_an_item_that_is_written_is_not_later_any_more() -> None:
    assert refusal(assignment(points=3, later={"A": 2}), check("A", "1")) == (
        "$.later.A: is written; remove it here"
    )


@pytest.mark.parametrize("needs", [{"A": ("Z",)}, {"Z": ("A",)}, {"A": ("A", "Z")}])
def test_a_prerequisite_must_be_a_check(needs: dict[str, tuple[str, ...]]) -> None:
    assert refusal(assignment(points=1, prerequisites=needs), check("A", "1")) == (
        f"$.prerequisites.{next(iter(needs))}: there is no check Z"
    )
