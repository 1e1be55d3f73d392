"""``summary.md``: the points as Markdown, for the summary page of a CI job.

Every text but our own is escaped, so that whatever a program answered or a file is
called, it is shown and does nothing: no markup, no HTML, no order to the CI system.
"""

import re
from collections.abc import Iterator

from rich.text import Text

from grader.printable import printable
from grader.render import terminal
from grader.render.text import MARKS, verdict_parts
from grader.report import CheckReport, Report, for_student
from grader.verdict import Counterexample

# What has a meaning in GitHub's Markdown; a backslash makes it a letter (CommonMark, 2.4).
_ACTIVE = re.compile(r"[!#$&*+\-.:<>@\[\\\]^_`{|}~]")
_NO_LINK = "&#8288;"  # addresses and names are looked for after the backslashes are gone


def render(report: Report) -> bytes:
    """Return what a student may see of ``report``; the first line is the total."""
    shown = for_student(report)
    total, *notes = terminal.totals(shown)
    lines = [total.plain, "", *_points(shown)]
    for note in notes:
        lines += ["", escaped(note.plain)]
    first = terminal.first_failure(shown)
    if first is not None:
        lines += ["", *_failure(first)]
    return "\n".join([*lines, ""]).encode()


def escaped(text: str) -> str:
    """Return ``text`` on one line, so that Markdown shows just these letters."""
    shown = _ACTIVE.sub(r"\\\g<0>", printable(" ".join(text.split())))
    return shown.replace("\\@", f"\\@{_NO_LINK}")


def _points(report: Report) -> Iterator[str]:
    yield "| check | what | result | points |"
    yield "|---|---|---|--:|"
    for check in report.checks:
        points = f"{check.earned:g} / {check.points:g}"
        yield _row(check.id, check.title, MARKS[check.verdict.outcome], points)


def _failure(check: CheckReport) -> Iterator[str]:
    yield f"### {escaped(check.id)} {escaped(check.title)}"
    found = check.verdict.counterexample
    for part in verdict_parts(check.verdict, check.hint):
        if not isinstance(part, Text):
            yield from ("", *_steps(found)) if found is not None else ()
        elif found is None or part.plain != found.picture:  # a drawing needs its spaces
            yield from ("", escaped(part.plain))


def _steps(found: Counterexample) -> Iterator[str]:
    yield "| step | call | yours | expected |"
    yield "|--:|---|---|---|"
    for row in found.rows:
        yield _row(str(row.step), row.call, row.yours, row.expected)


def _row(*cells: str) -> str:
    return "| " + " | ".join(map(escaped, cells)) + " |"
