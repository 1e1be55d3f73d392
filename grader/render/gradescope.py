"""``results.json``: Gradescope's schema and nothing else.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from grader.printable import printable, printable_lines
from grader.render.text import MARKS, verdict_text
from grader.report import CheckReport, Report, for_student

MOST_OUTPUT = 8_000
MOST_OUTPUTS = 60_000
"""Characters of one test's output, and of all. The platform cuts each at 100,000, and at
the same length what it shows staff of the file when something is wrong with it."""

# When the platform shows a test; a test that is not shown yet hides the total score, too.
_WHEN_SHOWN = {
    "after_due_date": "shown only after the due date, or the late one where there is one",
    "after_published": "shown when the grades are published",
    "hidden": "counted and never shown",
}


def render(
    report: Report,
    *,
    score: float | None = None,
    remarks: Sequence[str] = (),
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """Return results.json for what a student may see of ``report``.

    A course's rules may set another ``score`` than the points earned, and say why in
    ``remarks``. ``extra`` is what the next grading of this student's work is to know.
    """
    shown = for_student(report)
    lines = _not_shown(shown) or [f"{shown.earned:g} of {shown.possible:g} points."]
    lines += [*remarks, *(f"{said}." for said in (*shown.notes, *shown.problems.values()))]
    seen = [check for check in shown.checks if check.visibility == "visible"]
    # What is shown now must not depend on what is not: neither its length nor its time.
    failing = sum(check.verdict.outcome != "passed" for check in seen)
    taken_s = sum(shown.times.checks_wall_s.get(check.id, 0.0) for check in seen)
    most = min(MOST_OUTPUT, MOST_OUTPUTS // max(1, failing))
    return _encode(
        {
            "score": shown.earned if score is None else score,
            "execution_time": round(taken_s, 3),
            "output": _cut("\n".join(lines)),
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [_test(check, most) for check in shown.checks],
            "extra_data": {
                "corpus": shown.corpus,
                "versions": shown.versions,
                "tier": shown.tier,
                "report_format": shown.format,
                **(extra or {}),
            },
        }
    )


def pessimistic(
    message: str,
    *,
    score: float = 0,
    tests: Sequence[Mapping[str, Any]] = (),
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a valid results.json without a grading, to stand until there is a better one.

    ``score`` and ``tests`` are those of an earlier one that stands, if there is one.
    """
    return _encode(
        {
            "score": score,
            "output": _cut(message),
            "output_format": "text",  # otherwise the message, file names and all, is HTML
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": list(tests),
            "extra_data": dict(extra or {}),
        }
    )


def _not_shown(report: Report) -> list[str]:
    """Return a line for each kind of check that is not shown now."""
    counts = Counter[str](check.visibility for check in report.checks)
    found = [(counts[visibility], when) for visibility, when in _WHEN_SHOWN.items()]
    return [
        f"{count} more {'check is' if count == 1 else 'checks are'} {when}."
        for count, when in found
        if count
    ]


def _test(check: CheckReport, most: int) -> dict[str, Any]:
    passed = check.verdict.outcome == "passed"
    output = "" if passed else f"{MARKS[check.verdict.outcome]}\n{verdict_text(check)}"
    tags = {"tags": [printable(tag) for tag in check.tags]} if check.tags else {}
    return {
        "number": check.id,
        "name": printable(check.title),
        "score": check.earned,
        "max_score": check.points,
        "status": "passed" if passed else "failed",
        "output": _cut(output, most),
        "output_format": "text",
        "visibility": check.visibility,
        **tags,
    }


def _cut(text: str, most: int = MOST_OUTPUT) -> str:
    """Return ``text``, without its middle where it is too long.

    The sentence stands first; the step that goes wrong is the last of the table.
    """
    text = printable_lines(text)
    if len(text) <= most:
        return text
    head, tail = text[: most // 3], text[-(most // 2) :]
    head, tail = head.rpartition("\n")[0] or head, tail.partition("\n")[2] or tail
    return f"{head}\n... (cut here)\n{tail}"


def _encode(results: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"
