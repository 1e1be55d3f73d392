"""The time by which a grading must end, and whose time it was when it has not.

A platform that stops a grading by force throws every result away, so the grading stops by
itself before that. Whoever used the time up answers for it: a program that hung in check
after check, or a machine that was too slow, which costs nobody a point.
"""

import math
from dataclasses import dataclass, field, replace

from grader import clock
from grader.confine import Limits
from grader.errors import GraderFault
from grader.verdict import Verdict

_LEAST_S = 0.05  # a worker that gets a turn at the very end still ends at once


@dataclass
class Deadline:
    """The end of one grading, as `clock.now` counts; without one there is always time left."""

    at_s: float = math.inf
    started_s: float = field(default_factory=clock.now)
    _hung_s: float = 0.0

    def shorten(self, limits: Limits) -> Limits:
        """Return ``limits`` with no more time than is left."""
        return replace(limits, wall_s=min(limits.wall_s, max(_LEAST_S, self.at_s - clock.now())))

    def has_passed(self) -> bool:
        """Whether no further check gets a turn."""
        return clock.now() >= self.at_s

    def settle(self, verdict: Verdict, seconds: float) -> Verdict:
        """Return the verdict on a check that took ``seconds``.

        A check that was cut short by the deadline has not been judged, see `overrun`.
        """
        if verdict.outcome != "timeout":
            return verdict
        self._hung_s += seconds
        return self.overrun(verdict.check) if self.has_passed() else verdict

    def overrun(self, check_id: str) -> Verdict:
        """Return the verdict on a check for which no time is left.

        Raises GraderFault unless the program itself hung for most of the time.
        """
        passed_s = clock.now() - self.started_s
        if self._hung_s <= passed_s / 2:
            raise GraderFault(
                f"there was no time left for {check_id} after {passed_s:.0f} s, and the submission "
                f"hung for {self._hung_s:.0f} s of them only: this place is too slow. Give the "
                "grading more CPU or a longer time-out (on Gradescope in the autograder's "
                "settings; then $.gradescope.timeout_s, too) and run it again"
            )
        return Verdict(
            check_id,
            "timeout",
            category="timed out",
            sentence="There was no time left for this check: your program did not answer in "
            f"time in the checks before it, which took {self._hung_s:.0f} s.",
        )
