"""A course's rules about when to hand in: how often a day, and what early or late does.

Pure functions of the times in the metadata and of the rules in assignment.yaml, never of
the clock: a regrade next week must decide the same. Points are exact fractions.

Legend::

    Lateness     hours after the due date (-30: early), and the percent that follow from it
    TooMany      when the next submission will be graded
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from grader.metadata import Earlier, Metadata
from grader.spec import LatenessStep


@dataclass(frozen=True)
class Lateness:
    """How late a submission is and what that adds, in percent of the points earned."""

    hours: Fraction
    percent: Fraction

    def points(self, earned: Fraction) -> Fraction:
        """Return ``earned`` with the bonus or without the penalty; never below 0."""
        return max(Fraction(0), earned * (1 + self.percent / 100))

    def sentence(self, earned: Fraction | None) -> str:
        """Say what the rule does; ``earned`` is None where the points must not be seen yet."""
        when = f"{_hours_text(abs(self.hours))} {'late' if self.hours > 0 else 'early'}"
        if self.hours == 0:
            when = "On time to the second"
        of = "the points" if earned is None else f"{_text(earned)} points"
        return f"{when}: {'+' * (self.percent > 0)}{_text(self.percent)} % of {of}."


@dataclass(frozen=True)
class TooMany:
    """The day's submissions are used up; ``next_at`` begins the next day."""

    graded: int
    next_at: datetime

    def sentence(self) -> str:
        """Say what the rule does and when the next one is graded."""
        limit = "one submission is" if self.graded == 1 else f"{self.graded} submissions are"
        return (
            f"This submission was not graded: {limit} graded on one day. The next one can be "
            f"graded from {self.next_at:%Y-%m-%d %H:%M} (UTC{self.next_at:%z}) on."
        )


def lateness(steps: Sequence[LatenessStep], metadata: Metadata) -> Lateness | None:
    """Return what the rule says; None without a rule, a due date or a time of submission."""
    if not steps or metadata.created is None or metadata.due is None:
        return None
    after = metadata.created - metadata.due
    hours = Fraction(after // timedelta(microseconds=1), 3_600_000_000)
    step = next(each for each in steps if each.until_h is None or hours <= _exact(each.until_h))
    return Lateness(hours, _exact(step.percent))


def too_many(
    per_day: int | None, metadata: Metadata, forgiven: Sequence[datetime] = ()
) -> TooMany | None:
    """Return why this submission is not graded, None where it is.

    A day is one of the zone in which the platform states the time of the submission. An
    earlier one that the platform or we failed to grade, ``forgiven``, does not count.
    """
    if per_day is None or metadata.created is None:
        return None
    today = metadata.created.date()
    zone = metadata.created.tzinfo
    counted = [
        each
        for each in metadata.earlier
        if each.created < metadata.created
        and each.created.astimezone(zone).date() == today
        and not each.autograder_error
        and each.created not in forgiven
    ]
    if len(counted) < per_day:
        return None
    midnight = metadata.created.replace(hour=0, minute=0, second=0, microsecond=0)
    return TooMany(per_day, midnight + timedelta(days=1))


def standing(metadata: Metadata) -> Earlier | None:
    """Return the latest earlier submission that has a score and is no error of the platform's."""
    graded = [
        each for each in metadata.earlier if each.score is not None and not each.autograder_error
    ]
    return graded[-1] if graded else None


def _exact(number: float) -> Fraction:
    return Fraction(repr(number))


def _text(number: Fraction) -> str:
    return f"{float(number):.10g}"


def _hours_text(hours: Fraction) -> str:
    """Return ``hours`` as people say it: minutes below two hours, days above two days."""
    if hours < 2:
        return f"{max(1, round(hours * 60))} min"
    if hours < 48:
        return f"{float(hours):.1f} h".replace(".0", "")
    return f"{float(hours / 24):.1f} days".replace(".0", "")
