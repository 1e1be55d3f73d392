"""The decorators mean here what they mean to gradescope-utils' own runner.

The same decorated functions go both ways: as methods of a unittest case through its
JSONTestRunner, and through our loader, score and rendering.
"""

import functools
import io
import json
import unittest
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from contract.results_schema import Results, read
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner
from tiny import make

from grader.checks import Check, load_check_file, load_checks
from grader.errors import SpecError
from grader.render import gradescope
from grader.report import Times, make_report
from grader.verdict import Verdict

HEAD = """\
from gradescope_utils.autograder_utils.decorators import (
    hide_errors, leaderboard, number, partial_credit, tags, visibility, weight
)
from grader import replays
"""

# Judges that pass where they are given True.
VISIBLE = '''
@weight(2.5)
@number("A.1")
@replays(list)
def check_default(passes):
    """No visibility, two and a half points"""
    assert passes


@weight(1)
@number(2)
@visibility("visible")
@tags("first", "second")
@replays(list)
def check_all(passes):
    """Every decorator that a check may have"""
    assert passes


@weight(0)
@number("A.3")
@replays(list)
def check_nothing(passes):
    """Worth nothing"""
    assert passes
'''

HIDDEN = "".join(
    f'''
@weight(4)
@number("B.{index}")
@visibility("{visibility}")
@replays(list)
def check_{visibility}(passes):
    """Shown when it is {visibility}"""
    assert passes
'''
    for index, visibility in enumerate(["hidden", "after_due_date", "after_published"], start=1)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("visible", "hidden"):
        (tmp_path / "checks" / name).mkdir(parents=True)
    return tmp_path / "checks"


def write(folder: Path, text: str, name: str = "visible") -> Path:
    path = folder / name / "check_mod.py"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


@pytest.fixture
def checks(folder: Path) -> list[Check]:
    write(folder, VISIBLE)
    write(folder, HIDDEN, "hidden")
    return load_checks(folder)


def theirs(judges: list[Callable[[Any], None]], *, passes: bool) -> dict[str, Any]:
    """Return what their runner writes of ``judges`` as the tests of one case."""

    def method(judge: Callable[[Any], None]) -> Callable[[unittest.TestCase], None]:
        return functools.wraps(judge)(lambda _: judge(passes))

    methods = {f"test_{index}": method(judge) for index, judge in enumerate(judges)}
    case = type("Case", (unittest.TestCase,), methods)
    out = io.StringIO()
    JSONTestRunner(stream=out).run(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def ours(checks: list[Check], tmp_path: Path, *, passes: bool) -> bytes:
    """Return what we write when each judge of ``checks`` finds what it is given."""
    assignment = make(tmp_path).assignment
    judged = [(check, Verdict(check.id, "passed" if passes else "failed")) for check in checks]
    return gradescope.render(
        make_report(assignment, "ann", judged, problems={}, corpus="", tier="A", times=Times(0, {}))
    )


def common(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what both say about each test; visible is what the platform takes for nothing."""
    names = ("number", "name", "score", "max_score", "status", "visibility", "tags")
    defaults = {"visibility": "visible", "tags": []}
    return [
        {name: test.get(name, defaults.get(name)) for name in names} for test in results["tests"]
    ]


# --- what is honoured ---------------------------------------------------------


@pytest.mark.parametrize("passes", [True, False])
def test_both_say_the_same_about_the_same_functions(
    checks: list[Check], tmp_path: Path, *, passes: bool
) -> None:
    """Number, title, points, status, visibility, tags, and the sum of the points."""
    one = json.loads(ours(checks, tmp_path, passes=passes))
    other = theirs([check.judge for check in checks], passes=passes)

    assert common(one) == common(other)
    assert one["score"] == other["score"] == (15.5 if passes else 0)


def test_what_is_compared_is_what_the_decorators_say(checks: list[Check]) -> None:
    found = [(check.id, check.points, check.visibility, check.tags) for check in checks]

    assert found == [
        ("2", 1, "visible", ("first", "second")),
        ("A.1", Fraction(5, 2), "visible", ()),
        ("A.3", 0, "visible", ()),
        ("B.1", 4, "hidden", ()),
        ("B.2", 4, "after_due_date", ()),
        ("B.3", 4, "after_published", ()),
    ]


def test_our_schema_takes_their_file_too(checks: list[Check]) -> None:
    """But for one field: they write the seconds as text."""
    other = theirs([check.judge for check in checks], passes=False)

    seconds = other.pop("execution_time")

    assert type(seconds) is str
    assert type(read(json.dumps(other).encode())) is Results


def test_a_title_is_a_sentence_where_theirs_is_a_line(folder: Path) -> None:
    """The one difference that is meant: a full stop ends our title, a line break theirs."""
    text = VISIBLE.replace("Worth nothing", "Worth\n    nothing. In all cases.")
    write(folder, text)

    check = load_checks(folder)[-1]

    assert check.title == "Worth nothing"
    assert theirs([check.judge], passes=True)["tests"][0]["name"] == "Worth"


# --- what is refused ----------------------------------------------------------


@pytest.mark.parametrize(
    ("decorator", "why"),
    [
        ("@partial_credit(4)", "@partial_credit is not for a check: a check earns its @weight or"),
        ('@leaderboard("Speed")', "@leaderboard is not for a check: a check judges and has no"),
        ('@hide_errors("No.")', "@hide_errors is not for a check: a check that shows nothing"),
        ('@tags("a", "")', "@tags('a', ''); give each tag as a text of its own"),
        ("@tags(1)", "@tags(1,); give each tag as a text of its own"),
    ],
)
@pytest.mark.parametrize("above", [True, False])
def test_a_decorator_that_would_do_nothing_here_is_refused(
    folder: Path, decorator: str, why: str, *, above: bool
) -> None:
    """Wherever it stands among the others, with the line of the check."""
    there = '@weight(0)\n@number("A.3")'
    wanted = f"{decorator}\n{there}" if above else there.replace("\n", f"\n{decorator}\n")
    path = write(folder, VISIBLE.replace(there, wanted))

    with pytest.raises(SpecError) as refused:
        load_checks(folder)

    line = path.read_text(encoding="utf-8").splitlines().index("def check_nothing(passes):") - 3
    assert str(refused.value).startswith(f"{path}:{line} check_nothing: {why}")


def test_a_decorator_of_the_course_is_none_of_our_business(folder: Path) -> None:
    """A wrapped check keeps its place in the file and its decorators."""
    own = """
import functools

def own(judge):
    @functools.wraps(judge)
    def wrapper(run):
        return judge(run)
    return wrapper
"""
    path = write(folder, own + VISIBLE.replace("@weight(1)", "@weight(1)\n@own"))

    assert [check.id for check in load_check_file(path)] == ["A.1", "2", "A.3"]
