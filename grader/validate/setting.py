"""What every proof stands on: the assignment, its checks and inputs, and a way to grade.

Owns running several gradings at a time, on both cores, and ending them early.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from grader import clock, confine, pipeline
from grader.checks import Check
from grader.corpus import digest_of, load_or_record
from grader.corpus_file import CheckCorpus
from grader.intake import Submission
from grader.pipeline import Watcher
from grader.report import Report, Times, make_report
from grader.spec import Assignment

Result = TypeVar("Result")
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is finished, and how much there is."""

WORKERS = 2


class _StoppedError(Exception):
    """Ends a grading whose result nobody waits for any more."""


@dataclass(frozen=True)
class Setting:
    """One assignment, ready to be graded in one tier."""

    assignment: Assignment
    checks: tuple[Check, ...]
    corpora: Mapping[str, CheckCorpus]
    tier: confine.Tier

    @property
    def reference(self) -> Path:
        """The folder of the hidden solution; without one nothing can be proved."""
        assert self.assignment.reference is not None
        return self.assignment.reference

    def graded(
        self,
        submission: Submission,
        watcher: Watcher = pipeline.NOBODY,
        checks: Sequence[Check] | None = None,
    ) -> Report:
        """Return the report on ``submission``, on fresh benches."""
        chosen = self.checks if checks is None else checks
        started = clock.now()
        with pipeline.benches(self.assignment, submission, self.tier) as places:
            judged, seconds = pipeline.examine(
                self.assignment, chosen, self.corpora, places, submission.problems, watcher
            )
        return make_report(
            self.assignment,
            submission.name,
            judged,
            problems=submission.problems,
            corpus=digest_of(self.corpora),
            tier=self.tier.letter,
            times=Times(round(clock.now() - started, 3), seconds),
        )


def prepare(assignment: Assignment, tier: confine.Tier, progress: Progress) -> Setting:
    """Load the checks, load or record their inputs, and try the confinement once.

    Raises SpecError for an assignment that cannot be graded at all.
    """
    checks = pipeline.checks_of(assignment)
    done = iter(range(1, len(checks) + 1))

    def recording(check: Check) -> None:
        progress(f"recording the inputs of {check.id}", next(done), len(checks))

    with pipeline.benches(assignment, Submission("nobody", {}, {}), tier) as places:
        corpora = load_or_record(assignment, checks, places.trusted, recording)
        places.submission.canary(pipeline.secrets(assignment))
    return Setting(assignment, tuple(checks), corpora, tier)


def at_once(
    jobs: Sequence[Callable[[Watcher], Result]], what: str, progress: Progress
) -> list[Result]:
    """Run ``jobs``, two at a time, and return their results in order.

    Interrupted, or where one job raises, the others end at their next step.
    """
    stopped = threading.Event()

    def go_on(*_: object) -> None:
        if stopped.is_set():
            raise _StoppedError

    watcher = Watcher(begins=go_on, advances=go_on)
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            waiting = [pool.submit(job, watcher) for job in jobs]
            for number, done in enumerate(as_completed(waiting)):
                done.result()
                progress(what, number + 1, len(jobs))
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in waiting]
