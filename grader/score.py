"""Points, as exact fractions: a float is made only where a format demands one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.checks import Check
from grader.errors import SpecError
from grader.spec import SPEC_FILE, Assignment, Hidden
from grader.verdict import Verdict


@dataclass(frozen=True)
class Score:
    """Points earned of those possible now; ``later`` are of items still to be written."""

    earned: Fraction
    possible: Fraction
    later: Fraction


def points_of(check: Check, verdict: Verdict) -> Fraction:
    """Return what ``verdict`` earns: a check is worth its points only if all of it passes."""
    return check.points if verdict.outcome == "passed" else Fraction(0)


def score(assignment: Assignment, judged: Iterable[tuple[Check, Verdict]]) -> Score:
    """Return the score of a submission."""
    pairs = list(judged)
    return Score(
        earned=sum((points_of(check, verdict) for check, verdict in pairs), Fraction(0)),
        possible=sum((check.points for check, _ in pairs), Fraction(0)),
        later=assignment.later_points,
    )


def number(points: Fraction) -> int | float:
    """Return ``points`` as JSON writes it."""
    return int(points) if points.denominator == 1 else float(points)


def require_sum(assignment: Assignment, checks: Sequence[Check]) -> None:
    """Raise SpecError unless the checks and the later items sum to the stated points."""
    there = sum((check.points for check in checks), Fraction(0))
    if there + assignment.later_points != assignment.points:
        raise SpecError(
            f"{assignment.path / SPEC_FILE} $.points: is {assignment.points}, but the checks have "
            f"{number(there)} and $.later has {number(assignment.later_points)}; "
            "correct a @weight, $.later or $.points"
        )
    ids = {check.id for check in checks}
    twice = sorted(ids & assignment.later.keys())
    if twice:
        raise SpecError(
            f"{assignment.path / SPEC_FILE} $.later.{twice[0]}: is written; remove it here"
        )
    for check_id, needed in assignment.prerequisites.items():
        unknown = sorted({check_id, *needed} - ids)
        if unknown:
            raise SpecError(
                f"{assignment.path / SPEC_FILE} $.prerequisites.{check_id}: "
                f"there is no check {unknown[0]}"
            )


def hidden_of(assignment: Assignment, checks: Iterable[Check]) -> Hidden:
    """Return what students do not have at home, of all ``checks`` or as the handout says."""
    if assignment.hidden is not None:
        return assignment.hidden
    points = [check.points for check in checks if not check.is_shown]
    return Hidden(len(points), number(sum(points, Fraction(0))))


def require_written(assignment: Assignment) -> None:
    """Raise SpecError while items are still to be written: what is released is complete."""
    if assignment.later:
        raise SpecError(
            f"{assignment.path / SPEC_FILE} $.later: {', '.join(assignment.later)} "
            f"({number(assignment.later_points)} points) are still to be written; "
            "write them, or release without them by --allow-later"
        )
