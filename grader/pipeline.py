"""One way through: assignment, plan, replay, transcript, verdict, score, report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader import clock
from grader.checks import Check, load_checks
from grader.confine import Tier
from grader.corpus import corpus_folder, digest_of, load_or_record
from grader.corpus_file import CheckCorpus
from grader.deadline import Deadline
from grader.errors import SpecError
from grader.examine import Examiner
from grader.intake import Submission, read_submission
from grader.plan import TIMEOUTS_BEFORE_CUT, limits, plan, unmet
from grader.replay import Bench, read_folder
from grader.report import Report, Times, make_report
from grader.score import hidden_of, require_sum
from grader.spec import NOTHING_HIDDEN, Assignment, Hidden
from grader.verdict import Verdict


@dataclass(frozen=True)
class Watcher:
    """Who wants to know how a grading gets on; the default wants to know nothing."""

    recording: Callable[[Check], None] = lambda _: None
    begins: Callable[[Check, int], None] = lambda _check, _total: None
    advances: Callable[[int], None] = lambda _: None
    ends: Callable[[Check, Verdict], None] = lambda _check, _verdict: None


NOBODY = Watcher()


@dataclass(frozen=True)
class Benches:
    """The places where the submission and, where there is one, the reference run.

    A starter begins only when its first worker is wanted, so an unused reference
    costs nothing.
    """

    submission: Bench
    reference: Bench | None

    def trusted(self) -> Bench:
        """Return the reference's bench; raises SpecError where there is no reference."""
        if self.reference is None:
            raise SpecError("there is no reference here, so nothing can be recorded")
        return self.reference


def grade(
    assignment: Assignment,
    folder: Path,
    *,
    shown_only: bool = False,
    chosen: Callable[[Check], bool] = lambda _: True,
    results: Sequence[Path] = (),
    watcher: Watcher = NOBODY,
    deadline: Deadline | None = None,
) -> Report:
    """Grade the submission in ``folder`` and return the complete report.

    ``shown_only`` grades as a student's machine does. ``results`` are files that the
    submission must not be able to write. At the ``deadline`` what is left gets no turn.
    Raises SpecError for an unusable assignment, SubmissionError for an upload that holds
    nothing to grade, GraderFault where grading itself failed; a bad program is a report.
    """
    started = clock.now()
    checks = checks_of(assignment, shown_only=shown_only, chosen=chosen)
    submission = read_submission(folder, assignment.stubs)
    with benches(assignment, submission) as places:
        corpora = load_or_record(assignment, checks, places.trusted, watcher.recording)
        if not shown_only:
            places.submission.canary([*secrets(assignment), *results], results)
        judged, seconds = examine(
            assignment, checks, corpora, places, submission.problems, watcher, deadline
        )
    return make_report(
        assignment,
        submission.name,
        judged,
        problems=submission.problems,
        notes=submission.notes,
        corpus=digest_of(corpora),
        tier=places.submission.tier.letter,
        times=Times(round(clock.now() - started, 3), seconds),
        more=_not_here(assignment, checks),
    )


def _not_here(assignment: Assignment, checks: Sequence[Check]) -> Hidden:
    """Return what else there is where only checks that students have at home were run."""
    if all(check.is_shown for check in checks):
        return hidden_of(assignment, load_checks(assignment.checks))
    return NOTHING_HIDDEN


def checks_of(
    assignment: Assignment,
    *,
    shown_only: bool = False,
    chosen: Callable[[Check], bool] = lambda _: True,
) -> list[Check]:
    """Return the checks to run, after proving that all of them make up the stated points."""
    checks = load_checks(assignment.checks)
    if (assignment.checks / "hidden").is_dir():
        require_sum(assignment, checks)
    wanted = [check for check in checks if chosen(check) and (check.is_shown or not shown_only)]
    if not wanted:
        ids = ", ".join(check.id for check in checks)
        raise SpecError(f"no check fits; there are {ids}")
    return wanted


def secrets(assignment: Assignment) -> list[Path]:
    """Return files that no submission may read: one of each secret folder."""
    folders = [assignment.checks / "hidden", *filter(None, [assignment.reference])]
    found = [file for folder in folders for file in sorted(folder.glob("*.py"))[:1]]
    return found + sorted(corpus_folder(assignment).glob("*.corpus"))[:1]


@contextmanager
def benches(
    assignment: Assignment, submission: Submission, tier: Tier | None = None
) -> Iterator[Benches]:
    """Set up where to run, in the strongest tier if none is given.

    Leaving ends every process that was started.
    """
    with ExitStack() as stack:
        machine = assignment.machine_if_given
        student = stack.enter_context(Bench(submission.files, machine, tier=tier))
        reference = None
        if assignment.reference is not None:
            files = read_folder(assignment.reference)
            reference = stack.enter_context(Bench(files, machine, tier=tier))
        yield Benches(student, reference)


def examine(
    assignment: Assignment,
    checks: Sequence[Check],
    corpora: Mapping[str, CheckCorpus],
    places: Benches,
    problems: Mapping[str, str],
    watcher: Watcher = NOBODY,
    deadline: Deadline | None = None,
) -> tuple[list[tuple[Check, Verdict]], dict[str, float]]:
    """Return every check with its verdict, in the order of ``checks``, and the seconds taken."""
    deadline = deadline or Deadline()
    verdicts: list[Verdict] = []
    seconds: dict[str, float] = {}
    timeouts: dict[str, int] = {}
    for step in plan(assignment, checks):
        check, corpus = step.check, corpora[step.check.id]
        watcher.begins(check, sum(len(part.traces) for part in corpus.parts))
        started = clock.now()
        verdict = unmet(step, verdicts)
        if verdict is None and deadline.has_passed():
            verdict = deadline.overrun(check.id)
        elif verdict is None:
            cut = timeouts.get(check.task, 0) >= TIMEOUTS_BEFORE_CUT
            examiner = Examiner(
                check,
                [deadline.shorten(each) for each in limits(assignment, corpus, cut=cut)],
                places.submission,
                places.reference,
                problems,
            )
            verdict = examiner.verdict(corpus, watcher.advances)
            verdict = deadline.settle(verdict, clock.now() - started)
        timeouts[check.task] = timeouts.get(check.task, 0) + (verdict.outcome == "timeout")
        seconds[check.id] = round(clock.now() - started, 3)
        verdicts.append(verdict)
        watcher.ends(check, verdict)
    found = {verdict.check: verdict for verdict in verdicts}
    return [(check, found[check.id]) for check in checks], seconds
