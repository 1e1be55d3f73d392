"""When to hand in: lateness, and how often a day."""

from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest

from grader.metadata import Earlier, Metadata
from grader.rules import lateness, standing, too_many
from grader.spec import LatenessStep

PACIFIC = timezone(timedelta(hours=-7))
DUE = datetime(2026, 9, 14, 18, tzinfo=PACIFIC)
STEPS = (
    LatenessStep(percent=5, until_h=-24),
    LatenessStep(percent=0, until_h=0),
    LatenessStep(percent=-10, until_h=24),
    LatenessStep(percent=-100),
)


def at(**after: float) -> Metadata:
    """Return the metadata of a submission so long after the due date."""
    return Metadata(created=DUE + timedelta(**after), due=DUE)


def earlier(*times: str, error: bool = False, score: int | None = 40) -> tuple[Earlier, ...]:
    made = [datetime.fromisoformat(time) for time in times]
    exact = None if score is None else Fraction(score)
    return tuple(Earlier(time, exact, error, {}) for time in made)


@pytest.mark.parametrize(
    ("after", "percent"),
    [
        ({"hours": -30}, 5),
        ({"hours": -24}, 5),
        ({"hours": -24, "microseconds": 1}, 0),
        ({"hours": 0}, 0),
        ({"microseconds": 1}, -10),
        ({"hours": 24}, -10),
        ({"hours": 24, "microseconds": 1}, -100),
        ({"days": 400}, -100),
    ],
)
def test_the_first_step_whose_hour_is_not_passed_applies(
    after: dict[str, float], percent: int
) -> None:
    found = lateness(STEPS, at(**after))

    assert found is not None
    assert found.percent == percent


def test_points_are_exact_and_never_below_0() -> None:
    late, far_too_late = lateness(STEPS, at(hours=2)), lateness(STEPS, at(days=2))

    assert late is not None
    assert far_too_late is not None
    assert late.points(Fraction(61)) == Fraction("54.9")
    assert far_too_late.points(Fraction(61)) == 0


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"hours": 2}, "2 h late: -10 % of 61 points."),
        ({"hours": 2, "minutes": 30}, "2.5 h late: -10 % of 61 points."),
        ({"seconds": 20}, "1 min late: -10 % of 61 points."),
        ({"days": 3}, "3 days late: -100 % of 61 points."),
        ({"hours": -36}, "36 h early: +5 % of 61 points."),
        ({"hours": 0}, "On time to the second: 0 % of 61 points."),
    ],
)
def test_the_sentence_says_what_the_rule_does(after: dict[str, float], sentence: str) -> None:
    found = lateness(STEPS, at(**after))

    assert found is not None
    assert found.sentence(Fraction(61)) == sentence


def test_points_that_must_not_be_seen_yet_are_not_in_the_sentence() -> None:
    found = lateness(STEPS, at(hours=2))

    assert found is not None
    assert found.sentence(None) == "2 h late: -10 % of the points."


@pytest.mark.parametrize(
    "known", [Metadata(), Metadata(created=DUE), Metadata(due=DUE)], ids=("nothing", "due", "made")
)
def test_without_both_times_no_rule_applies(known: Metadata) -> None:
    assert lateness(STEPS, known) is None


def test_times_in_other_zones_are_the_same_times() -> None:
    known = Metadata(created=datetime.fromisoformat("2026-09-15T03:00:00+02:00"), due=DUE)

    found = lateness(STEPS, known)

    assert found is not None
    assert found.hours == 0


# --- how often a day ----------------------------------------------------------

NOON = datetime(2026, 9, 10, 12, tzinfo=PACIFIC)


def test_the_submission_after_the_last_of_a_day_waits_for_the_next_day() -> None:
    before = earlier("2026-09-10T00:00:00-07:00", "2026-09-10T11:59:59-07:00")

    found = too_many(2, Metadata(created=NOON, earlier=before))

    assert found is not None
    assert found.next_at == datetime(2026, 9, 11, tzinfo=PACIFIC)
    assert found.sentence() == (
        "This submission was not graded: 2 submissions are graded on one day. "
        "The next one can be graded from 2026-09-11 00:00 (UTC-0700) on."
    )


@pytest.mark.parametrize(
    "times",
    [
        ("2026-09-09T23:59:59-07:00",),
        ("2026-09-10T06:59:59+00:00",),  # still the ninth where this one was made
        ("2026-09-10T12:00:00-07:00",),  # itself, should it ever be listed
        ("2026-09-10T13:00:00-07:00",),  # at a regrade later ones are there already
    ],
)
def test_other_days_and_later_submissions_do_not_count(times: tuple[str, ...]) -> None:
    assert too_many(1, Metadata(created=NOON, earlier=earlier(*times))) is None


def test_what_the_platform_or_we_failed_to_grade_does_not_count() -> None:
    failed = earlier("2026-09-10T08:00:00-07:00", error=True)
    ours = earlier("2026-09-10T09:00:00-07:00")

    known = Metadata(created=NOON, earlier=failed + ours)

    assert too_many(1, known) is not None
    assert too_many(1, known, [ours[0].created]) is None


def test_without_a_limit_or_a_time_everything_is_graded() -> None:
    before = earlier("2026-09-10T08:00:00-07:00")

    assert too_many(None, Metadata(created=NOON, earlier=before)) is None
    assert too_many(1, Metadata(earlier=before)) is None


def test_the_latest_earlier_submission_with_a_score_stands() -> None:
    graded = earlier("2026-09-09T08:00:00-07:00", score=40)
    failed = earlier("2026-09-10T08:00:00-07:00", error=True, score=0)
    unknown = earlier("2026-09-10T09:00:00-07:00", score=None)

    assert standing(Metadata(earlier=graded + failed + unknown)) == graded[0]
    assert standing(Metadata(earlier=failed + unknown)) is None
