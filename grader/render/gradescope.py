"""``results.json``: Gradescope's schema and nothing else.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
"""

from typing import Any

import msgspec

from grader.render.text import MARKS, verdict_text
from grader.report import CheckReport, Report, for_student

MOST_OUTPUT = 8_000
"""Characters of one test's output; the platform cuts everything at 100,000 together."""


def render(report: Report) -> bytes:
    """Return results.json for what a student may see of ``report``."""
    shown = for_student(report)
    hidden = [check for check in shown.checks if check.visibility != "visible"]
    lines = [f"{shown.earned:g} of {shown.possible:g} points."]
    if hidden:
        lines = [f"{len(hidden)} checks are shown after the due date."]
    lines += [f"{problem}." for problem in shown.problems.values()]
    return _encode(
        {
            "score": shown.earned,
            "execution_time": round(shown.times.wall_s, 3),
            "output": _cut("\n".join(lines)),
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [_test(check) for check in shown.checks],
            "extra_data": {
                "corpus": shown.corpus,
                "versions": shown.versions,
                "tier": shown.tier,
                "report_format": shown.format,
            },
        }
    )


def pessimistic(message: str) -> bytes:
    """Return a valid results.json without any points, to stand until there is a better one."""
    return _encode({"score": 0, "output": _cut(message), "visibility": "visible", "tests": []})


def _test(check: CheckReport) -> dict[str, Any]:
    passed = check.verdict.outcome == "passed"
    output = "" if passed else f"{MARKS[check.verdict.outcome]}\n{verdict_text(check)}"
    return {
        "number": check.id,
        "name": check.title,
        "score": check.earned,
        "max_score": check.points,
        "status": "passed" if passed else "failed",
        "output": _cut(output),
        "output_format": "text",
        "visibility": check.visibility,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MOST_OUTPUT else text[: MOST_OUTPUT - 20] + "\n... (cut here)"


def _encode(results: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n"
