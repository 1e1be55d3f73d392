"""What Gradescope makes of a results.json, and whom it then shows what.

Pure: owns the platform's known behaviour and nothing of ours, so that tests and previews
can hold what we write against it. Never runs anything.

https://gradescope-autograders.readthedocs.io/en/latest/specs/#controlling-test-case-visibility
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MOST_CHARACTERS = 100_000
_CUT = "\n... (cut by the platform) ...\n"
FAILED = "The autograder failed to execute correctly. Please ask the staff."
TIMED_OUT = "Your submission timed out."

Moment = Literal["before the due date", "after the due date", "once grades are published"]
MOMENTS: tuple[Moment, ...] = (
    "before the due date",
    "after the due date",
    "once grades are published",
)
_SHOWN: Mapping[Moment, frozenset[str]] = {
    "before the due date": frozenset(("visible",)),
    "after the due date": frozenset(("visible", "after_due_date")),
    "once grades are published": frozenset(("visible", "after_due_date", "after_published")),
}


@dataclass(frozen=True)
class Taken:
    """What the platform keeps of a run; ``is_error`` is its own word that nothing was graded."""

    results: Mapping[str, Any]
    score: float
    is_error: bool


def take(content: bytes | None, *, timed_out: bool = False) -> Taken:
    """Return what becomes of a results.json; ``content`` is None where there is none."""
    if timed_out:
        return Taken({"score": 0, "output": TIMED_OUT}, 0, is_error=False)
    try:
        found = json.loads((content or b"").decode("utf-8", "replace").replace("\0", "\ufffd"))
        score = _score(found)
        for part in (found, *found.get("tests", [])):
            part["output"] = _cut(part.get("output", ""))
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return Taken({"score": 0, "output": FAILED}, 0, is_error=True)
    return Taken(found, score, is_error=False)


def _score(results: Mapping[str, Any]) -> float:
    """Return the score: that of the whole where there is one, or else of the tests."""
    if "score" in results:
        return float(results["score"])
    if not results["tests"]:
        raise LookupError("neither a score nor tests")
    return sum(float(test["score"]) for test in results["tests"])


def _cut(text: str) -> str:
    """Return an output without the middle of what is too long."""
    if len(text) <= MOST_CHARACTERS:
        return text
    half = (MOST_CHARACTERS - len(_CUT)) // 2
    return text[:half] + _CUT + text[len(text) - half :]


@dataclass(frozen=True)
class View:
    """What a student sees at one moment; ``total`` is None where the platform withholds it."""

    moment: Moment
    total: float | None
    output: str
    tests: tuple[Mapping[str, Any], ...]
    withheld: int


def view(taken: Taken, moment: Moment) -> View:
    """Return what is shown: the total only if no test is withheld, whatever its points."""
    shown = _SHOWN[moment]
    default = taken.results.get("visibility", "visible")
    tests = taken.results.get("tests", [])
    seen = tuple(test for test in tests if test.get("visibility", default) in shown)
    withheld = len(tests) - len(seen)
    total = taken.score if not withheld and default in shown else None
    return View(moment, total, str(taken.results.get("output", "")), seen, withheld)
