"""Whatever is graded, results.json is what the platform documents, and reads as it should.

The platform shows the top-level output as HTML unless told otherwise, cuts each output at
100,000 characters, takes an escaped NUL for text, and refuses a file that is no JSON.
"""

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from contract.results_schema import MOST_CHARACTERS, Results, TestCase, read
from tiny import COUNTER, OFF_BY_ONE, STUB, Tiny

from grader import outputs
from grader.checks import Visibility
from grader.errors import SubmissionError
from grader.render import gradescope
from grader.report import CheckReport, Report, Times
from grader.verdict import OUTCOMES, Counterexample, OutcomeName, Row, Verdict

NASTY = "\x00\x1b[31m\ud800\u202e\ufffe</script><img src=x>[bold]" + "x" * 200_000


def adding(statement: str) -> str:
    """Return a counter that does ``statement`` where it should return the value."""
    return f"import os, sys\n{COUNTER.replace('return self._value', statement)}"


# What is handed in, how its first check ends, and what it earns.
SUBMISSIONS: dict[str, tuple[str | bytes | None, OutcomeName, float]] = {
    "reference": (COUNTER, "passed", 100),
    "stub": (STUB, "not_implemented", 0),
    "wrong": (OFF_BY_ONE, "failed", 30),
    "crash": (adding("os.abort()"), "crashed", 0),
    "exit": (adding("sys.exit(0)"), "raised", 0),
    "endless": (f"{COUNTER}while True: pass", "timeout", 0),
    "recursion": (adding("return self.add(n)"), "failed", 0),
    "garbled": (adding("[os.write(n, b'\\xff\\0[') for n in range(3, 9)]"), "crashed", 0),
    "not Python": (b"\xff\xfe\x00class", "not_implemented", 0),
    "empty": ("", "raised", 0),
    "missing": (None, "not_implemented", 0),
    "not a number": (adding("return float('nan')"), "failed", 0),
    "raises nasty text": (
        adding(f"raise RuntimeError({NASTY[:40]!a} + 'x' * 200_000)"),
        "raised",
        0,
    ),
    "returns nasty text": (adding(f"return {NASTY[:40]!a}"), "failed", 0),
    "prints nasty text": (adding(f"(print({NASTY!a}[:3] * 70_000), os._exit(0))"), "crashed", 0),
    "nasty type": (adding("return type('A\\ud800', (), {})()"), "raised", 0),
}


def outputs_of(results: Results) -> list[str]:
    assert isinstance(results.tests, list)
    return [test.output for test in results.tests if isinstance(test.output, str)]


# --- what we write ------------------------------------------------------------


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_a_graded_submission_gives_a_file_that_the_platform_takes(day: Tiny, name: str) -> None:
    source, outcome, score = SUBMISSIONS[name]
    folder = day.submission(source, notes="")

    graded = day.grade(folder)
    outputs.write_all(graded, day.root, folder)

    results = read((day.root / "results.json").read_bytes())
    tests = results.tests
    assert isinstance(tests, list)
    assert graded.checks[0].verdict.outcome == outcome
    assert results.score == score == sum(test.score for test in tests if test.score)
    assert [test.number for test in tests] == ["T.1", "T.2", "T.3", "T.4"]
    assert [test.max_score for test in tests] == [40, 10, 30, 20]
    assert sum(map(len, outputs_of(results))) < MOST_CHARACTERS / 10


@pytest.mark.parametrize("visibility", get_args(Visibility))
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_text_of_a_report_breaks_the_file(outcome: OutcomeName, visibility: Visibility) -> None:
    nasty = Verdict(
        *("A.1", outcome, NASTY, NASTY, NASTY, NASTY, (NASTY,)),
        counterexample=huge_table(NASTY[:400]),
    )
    check = CheckReport("A.1", NASTY[:99], "mod", visibility, NASTY[:99], 1, 0, nasty, (NASTY[:9],))

    content = gradescope.render(report(check, problems={"a.py": NASTY}))

    assert read(content)


def test_a_day_of_checks_that_all_fail_at_length_stays_far_below_what_is_cut() -> None:
    """Neither an output nor the file as a whole is cut, and no check is left without words."""
    verdict = Verdict("A.1", "failed", sentence="Step 60 is wrong.", counterexample=huge_table())
    checks = [
        CheckReport(f"A.{n}", "It works", "mod", "visible", "", 1, 0, verdict) for n in range(24)
    ]

    content = gradescope.render(report(*checks))

    found = outputs_of(read(content))
    assert sum(map(len, found)) <= 60_000
    assert len(content.decode()) < MOST_CHARACTERS
    assert {tuple(output.splitlines()[:2]) for output in found} == {("wrong", "Step 60 is wrong.")}
    assert all("(cut here)" in output for output in found)


@pytest.mark.parametrize("refused", [None, NASTY, "the submission /tmp/<b>x</b> is empty"])
def test_a_file_without_a_grade_is_taken_too(tmp_path: Path, refused: str | None) -> None:
    """The one that stands from the start, and the one that says why nothing could be graded."""
    outputs.prepare(tmp_path)
    if refused is not None:
        outputs.write_refusal(SubmissionError(refused), tmp_path)

    results = read((tmp_path / "results.json").read_bytes())

    assert (results.score, results.tests) == (0, [])
    assert (results.output_format, results.stdout_visibility) == ("text", "hidden")


def test_a_score_by_a_courses_rules_goes_before_the_points_earned() -> None:
    check = CheckReport("A.1", "It works", "mod", "visible", "", 10, 10, Verdict("A.1", "passed"))

    content = gradescope.render(
        report(check), score=7.5, remarks=["Late: a quarter less."], extra={"days_late": 1}
    )

    results = read(content)
    assert (results.score, outputs_of(results)) == (7.5, [""])
    assert isinstance(results.output, str)
    assert results.output.splitlines()[-1] == "Late: a quarter less."
    assert isinstance(results.extra_data, dict)
    assert results.extra_data["days_late"] == 1


def test_an_earlier_grading_that_stands_is_handed_on_whole(day: Tiny) -> None:
    earlier = json.loads(gradescope.render(day.grade(day.submission(OFF_BY_ONE))))

    content = gradescope.pessimistic("Too soon.", score=earlier["score"], tests=earlier["tests"])

    results = read(content)
    assert results.score == 30
    assert json.loads(content)["tests"] == earlier["tests"]


# --- how it reads -------------------------------------------------------------


def test_all_text_is_shown_as_text_and_never_as_html() -> None:
    """Top-level output is "simple_format" by default: HTML with line breaks."""
    verdict = Verdict("A.1", "raised", error="<script>alert(1)</script>")
    check = CheckReport("A.1", "<b>It works</b>", "mod", "visible", "", 1, 0, verdict)

    results = read(gradescope.render(report(check, problems={"<i>.py": "<i>.py is odd"})))

    assert results.output_format == "text"
    assert isinstance(results.tests, list)
    assert [test.output_format for test in results.tests] == ["text"]
    assert results.test_name_format in (msgspec.UNSET, "text")
    assert results.tests[0].name_format in (msgspec.UNSET, "text")


def test_what_students_see_before_the_due_date_tells_nothing_of_the_hidden_points(
    day: Tiny,
) -> None:
    """The platform leaves out the total while a test is not shown; so does our text."""
    content = gradescope.render(day.grade(day.submission(OFF_BY_ONE)))

    results = read(content)

    assert (results.visibility, results.stdout_visibility) == ("visible", "hidden")
    assert isinstance(results.tests, list)
    assert [test.visibility for test in results.tests] == [
        *("visible", "visible", "after_due_date", "hidden")
    ]
    assert results.output == (
        "1 more check is shown only after the due date, or the late one where there is one.\n"
        "1 more check is counted and never shown."
    )


def test_the_total_is_told_where_everything_is_shown(day: Tiny) -> None:
    graded = day.grade(day.submission(OFF_BY_ONE), shown_only=True)

    results = read(gradescope.render(graded))

    assert results.output == "10 of 50 points."


# --- the schema itself --------------------------------------------------------

WHOLE: dict[str, Any] = {
    "score": 44.0,
    "execution_time": 136,
    "output": "text",
    "output_format": "simple_format",
    "test_output_format": "md",
    "test_name_format": "html",
    "visibility": "after_due_date",
    "stdout_visibility": "after_published",
    "extra_data": {"any": [{"thing": True}]},
    "tests": [
        {
            "score": 2.0,
            "max_score": 2,
            "status": "passed",
            "name": "A name",
            "name_format": "text",
            "number": "1.1",
            "output": "lines\n",
            "output_format": "ansi",
            "tags": ["one", "two"],
            "visibility": "hidden",
            "extra_data": {},
        },
        {"name": "A notice", "status": "failed"},
    ],
    "leaderboard": [
        {"name": "Faults", "value": 15, "order": "asc"},
        {"name": "Ratio", "value": 0.926, "order": "desc"},
        {"name": "Stars", "value": "***"},
    ],
}


def test_the_schema_takes_every_field_of_the_documentation() -> None:
    results = read(json.dumps(WHOLE).encode())

    assert set(WHOLE) == set(Results.__struct_fields__)
    assert set(WHOLE["tests"][0]) == set(TestCase.__struct_fields__)
    assert msgspec.UNSET not in msgspec.structs.astuple(results)


@pytest.mark.parametrize(
    "least",
    [{"score": 0}, {"tests": [{"score": 1}]}, {"tests": [{"status": "passed"}], "score": 1}],
)
def test_the_schema_takes_the_least_that_is_a_score(least: dict[str, Any]) -> None:
    assert read(json.dumps(least).encode())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"grade": 1}, "unknown field `grade`"),
        ({"score": "44"}, "got `str` - at `$.score`"),
        ({"score": None}, "null"),
        ({"score": float("nan")}, "the number nan"),
        ({"execution_time": -1}, ">= 0"),
        ({"execution_time": "136"}, "got `str` - at `$.execution_time`"),
        ({"output": ["text"]}, "got `array` - at `$.output`"),
        ({"output": "x" * (MOST_CHARACTERS + 1)}, "length <= 100000 - at `$.output`"),
        ({"output": "a\0b"}, "the text 'a\\x00b'"),
        ({"output": "\ud800"}, "the text '\\ud800'"),
        ({"output_format": "markdown"}, "$.output_format"),
        ({"test_output_format": ""}, "$.test_output_format"),
        ({"test_name_format": "Text"}, "$.test_name_format"),
        ({"visibility": "shown"}, "$.visibility"),
        ({"stdout_visibility": True}, "$.stdout_visibility"),
        ({"extra_data": []}, "$.extra_data"),
        ({"extra_data": {"a": {"b": None}}}, "null"),
        ({"tests": {}}, "$.tests"),
        ({"tests": [{"name": "x"}]}, "neither a score nor a status - at `$.tests[0]`"),
        ({"tests": [{"score": 1, "points": 1}]}, "unknown field `points` - at `$.tests[0]`"),
        ({"tests": [{"score": 1, "max_score": float("inf")}]}, "the number inf"),
        ({"tests": [{"status": "skipped"}]}, "$.tests[0].status"),
        ({"tests": [{"score": 1, "name": 1}]}, "$.tests[0].name"),
        ({"tests": [{"score": 1, "name_format": "rst"}]}, "$.tests[0].name_format"),
        ({"tests": [{"score": 1, "number": 1.1}]}, "$.tests[0].number"),
        ({"tests": [{"score": 1, "output": "x" * 100_001}]}, "$.tests[0].output"),
        ({"tests": [{"score": 1, "output_format": "rst"}]}, "$.tests[0].output_format"),
        ({"tests": [{"score": 1, "tags": "slow"}]}, "$.tests[0].tags"),
        ({"tests": [{"score": 1, "visibility": "later"}]}, "$.tests[0].visibility"),
        ({"leaderboard": [{"name": "Faults"}]}, "missing required field `value`"),
        ({"leaderboard": [{"name": "a", "value": 1, "order": "up"}]}, "$.leaderboard[0].order"),
        ({"score": "absent", "tests": [{"status": "passed"}]}, "neither the file nor any test"),
    ],
)
def test_the_schema_refuses_what_is_not_documented(changed: dict[str, Any], why: str) -> None:
    whole = {name: value for name, value in (WHOLE | changed).items() if value != "absent"}

    with pytest.raises(ValueError, match=re.escape(why)):
        read(json.dumps(whole).encode())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Expecting value"),
        (b'{"score": 1', "delimiter"),
        (b"[]", "Expected `object`"),
        (b'{"score": 1}{}', "Extra data"),
        (b'{"score": 1, "score": 100}', "a field stands twice"),
        (b'\xef\xbb\xbf{"score": 1}', "BOM"),
        (b'{"score": 1, "output": "\xff"}', "can't decode"),
        (b'{"score": 1, "output": "\0"}', "Invalid control character"),
        (b'{"score": 1e999}', "the number inf"),
    ],
)
def test_the_schema_refuses_what_is_not_one_object_in_utf_8(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        read(content)


# --- reports ------------------------------------------------------------------


def report(*checks: CheckReport, problems: dict[str, str] | None = None) -> Report:
    return Report(
        format=1,
        assignment="day1",
        title="Counting",
        course="Testing",
        submission="ann",
        earned=0,
        possible=len(checks),
        later=0,
        more_checks=0,
        checks=checks,
        problems=problems or {},
        corpus="c" * 64,
        versions={"grader": "0"},
        tier="A",
        times=Times(1.25, {}),
    )


def huge_table(cell: str = "é" * 400) -> Counterexample:
    rows = tuple(Row(step, cell, cell, cell) for step in range(1, 61))
    return Counterexample(("mod",), [], [], rows, is_minimal=True, is_stable=True, picture=cell)
