"""The report: everything that is known about one grading, and who may see what.

The one place of visibility, truncation and redaction. Every rendering is a pure
function of a ``Report``; what must not be seen is not in the report it is given.
"""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import msgspec

from grader.checks import Check, Visibility
from grader.printable import printable, printable_lines
from grader.score import number, points_of, score
from grader.spec import NOTHING_HIDDEN, Assignment, Hidden
from grader.verdict import Row, Verdict

FORMAT = 1
MOST_ROWS = 60

_HIDDEN_SENTENCES = {
    "skipped": "This check was not run.",
    "timeout": "Your program did not answer in time.",
    "crashed": "Your program ended during this check.",
    "out_of_memory": "Your program used more memory than it may.",
    "not_implemented": "Something that this check needs is not implemented yet.",
}


class CheckReport(msgspec.Struct, frozen=True):
    """One check with its verdict and points."""

    id: str
    title: str
    task: str
    visibility: Visibility
    hint: str
    points: float
    earned: float
    verdict: Verdict
    tags: tuple[str, ...] = ()


class Times(msgspec.Struct, frozen=True):
    """Seconds; the only fields that differ between two gradings of the same files."""

    wall_s: float
    checks_wall_s: dict[str, float]


class Report(msgspec.Struct, frozen=True):
    """One grading of one submission."""

    format: int
    assignment: str
    title: str
    course: str
    submission: str
    earned: float
    possible: float
    later: float
    more_checks: int
    checks: tuple[CheckReport, ...]
    problems: dict[str, str]
    corpus: str
    versions: dict[str, str]
    tier: str
    times: Times
    notes: tuple[str, ...] = ()
    more_points: float = 0

    @property
    def more(self) -> str:
        """What to say of the checks that were not run here; "" where there is none."""
        if not self.more_checks:
            return ""
        checks, run = ("check", "runs") if self.more_checks == 1 else ("checks", "run")
        points = "1 point" if self.more_points == 1 else f"{self.more_points:g} points"
        return f"{self.more_checks} more {checks} ({points}) {run} after the due date."


def make_report(
    assignment: Assignment,
    submission: str,
    judged: Sequence[tuple[Check, Verdict]],
    *,
    problems: Mapping[str, str],
    notes: Sequence[str] = (),
    corpus: str,
    tier: str,
    times: Times,
    more: Hidden = NOTHING_HIDDEN,
) -> Report:
    """Return the complete report: the instructor's. ``more`` is what was not run here."""
    total = score(assignment, judged)
    return Report(
        format=FORMAT,
        assignment=assignment.name,
        title=assignment.title,
        course=assignment.course,
        submission=submission,
        earned=number(total.earned),
        possible=number(total.possible),
        later=number(total.later),
        more_checks=more.checks,
        checks=tuple(
            CheckReport(
                id=check.id,
                title=check.title,
                task=check.task,
                visibility=check.visibility,
                hint=check.hint,
                points=number(check.points),
                earned=number(points_of(check, verdict)),
                verdict=_presentable(verdict),
                tags=check.tags,
            )
            for check, verdict in judged
        ),
        problems=dict(problems),
        corpus=corpus,
        versions={"grader": version("grader"), "python": platform.python_version()},
        tier=tier,
        times=times,
        notes=tuple(notes),
        more_points=more.points,
    )


def _presentable(verdict: Verdict) -> Verdict:
    """Return ``verdict`` fit for every rendering: nothing in its words acts on a terminal.

    Its table is cut to the last rows, which hold the difference. Its trace, which is run
    again and not shown, stays as it is.
    """
    found = verdict.counterexample
    if found is not None:
        rows = tuple(
            Row(row.step, *map(printable, (row.call, row.yours, row.expected)))
            for row in found.rows[-MOST_ROWS:]
        )
        picture = printable_lines(found.picture)
        found = msgspec.structs.replace(found, rows=rows, picture=picture)
    return msgspec.structs.replace(
        verdict,
        sentence=printable(verdict.sentence),
        error=printable(verdict.error),
        error_frames=tuple(map(printable, verdict.error_frames)),
        defect=printable_lines(verdict.defect),
        counterexample=found,
    )


def for_student(report: Report) -> Report:
    """Return what a student may see, now or once a hidden check is published.

    A check that is not visible keeps title, points, outcome, category and the
    author's hint. Inputs, expected values, worker text and tracebacks are gone, and
    from every check what its author has to mend.
    """
    return msgspec.structs.replace(
        report, checks=tuple(_redacted(check) for check in report.checks)
    )


def _redacted(check: CheckReport) -> CheckReport:
    if check.visibility == "visible" or check.verdict.outcome == "passed":
        verdict = msgspec.structs.replace(check.verdict, defect="")
        return msgspec.structs.replace(check, verdict=verdict)
    verdict = Verdict(
        check=check.id,
        outcome=check.verdict.outcome,
        category=check.verdict.category,
        sentence=_HIDDEN_SENTENCES.get(check.verdict.outcome, ""),
    )
    return msgspec.structs.replace(check, verdict=verdict)
