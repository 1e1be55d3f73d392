"""A report is complete for staff; for a student it holds nothing that must not be seen."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tiny import CANARIES, COUNTER, OFF_BY_ONE, make

from grader import outputs
from grader.checks import Check, Part, Visibility
from grader.render import as_json, gradescope
from grader.report import CheckReport, Report, Times, for_student, make_report
from grader.spec import Assignment
from grader.verdict import OUTCOMES, Counterexample, OutcomeName, Row, Verdict

ASSIGNMENT = Assignment(
    title="Counting",
    course="Testing",
    points=10,
    stubs=("a.py",),
    salt="s",
    later={"A.9": 2.5},
    folder="/course/assignments/day1",
)
CANARY = "canary"


def check(check_id: str = "A.1", visibility: Visibility = "visible", points: str = "4") -> Check:
    return Check(
        id=check_id,
        title="It works",
        points=Fraction(points),
        visibility=visibility,
        hint="Look at it.",
        judge=lambda _: None,
        parts=(Part(list, 1, ("mod",), ""),),
        path=Path("check_mod.py"),
    )


def verdict(outcome: OutcomeName = "failed", rows: int = 2) -> Verdict:
    """Return a verdict that says ``CANARY`` wherever it can."""
    found = Counterexample(
        modules=("mod",),
        trace=[["fn", CANARY, []]],
        expected=[["ok", CANARY]],
        rows=tuple(Row(n + 1, CANARY, CANARY, CANARY) for n in range(rows)),
        is_minimal=True,
        is_stable=True,
        picture=CANARY,
    )
    return Verdict(
        check="A.1",
        outcome=outcome,
        category="wrong value",
        sentence=CANARY,
        part=CANARY,
        error=CANARY,
        error_frames=(CANARY,),
        counterexample=found,
    )


def report(*judged: tuple[Check, Verdict]) -> Report:
    return make_report(
        ASSIGNMENT,
        "ann",
        judged,
        problems={"a.py": "a.py is missing"},
        corpus="c" * 64,
        tier="A",
        times=Times(1.5, {"A.1": 0.5}),
    )


# --- the complete one ---------------------------------------------------------


def test_a_report_sums_the_points() -> None:
    found = report(
        (check("A.1", points="0.1"), Verdict("A.1", "passed")),
        (check("A.2", points="0.2"), Verdict("A.2", "passed")),
        (check("A.3", points="7"), Verdict("A.3", "failed")),
    )

    assert (found.earned, found.possible, found.later) == (0.3, 7.3, 2.5)
    assert [each.earned for each in found.checks] == [0.1, 0.2, 0]


def test_a_report_comes_back_from_its_json() -> None:
    found = report((check(), verdict()))

    assert as_json.parse(as_json.render(found)) == found


def test_a_long_table_keeps_its_last_rows() -> None:
    (found,) = report((check(), verdict(rows=100))).checks

    assert found.verdict.counterexample is not None
    assert [row.step for row in found.verdict.counterexample.rows] == list(range(41, 101))


def test_a_report_says_with_what_it_was_made() -> None:
    found = report()

    assert set(found.versions) == {"grader", "python"}
    assert (found.corpus, found.tier, found.format) == ("c" * 64, "A", 1)


# --- what a student sees ------------------------------------------------------


def shown(visibility: Visibility, outcome: OutcomeName) -> CheckReport:
    (found,) = for_student(report((check(visibility=visibility), verdict(outcome)))).checks
    return found


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
def test_a_hidden_check_shows_title_points_outcome_category_and_hint_only(
    visibility: Visibility, outcome: Any
) -> None:
    if outcome == "passed":
        return
    found = shown(visibility, outcome)

    assert CANARY not in msgspec.json.encode(found).decode()
    assert (found.title, found.points, found.hint) == ("It works", 4, "Look at it.")
    assert (found.verdict.outcome, found.verdict.category) == (outcome, "wrong value")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_visible_check_shows_everything(outcome: Any) -> None:
    assert shown("visible", outcome).verdict == verdict(outcome)


@pytest.mark.parametrize("outcome", set(OUTCOMES) - {"passed"})
def test_a_hidden_check_that_does_not_pass_says_something(outcome: Any) -> None:
    found = shown("hidden", outcome)

    assert found.verdict.sentence or found.verdict.category


def test_a_hidden_check_that_passes_has_nothing_to_hide() -> None:
    passed = report((check(visibility="hidden"), Verdict("A.1", "passed")))

    assert for_student(passed).checks == passed.checks


# --- no secret surfaces -------------------------------------------------------

TALKATIVE = COUNTER.replace(
    "return self._value\n", "raise KeyError(f'canary-of-the-input {n} {self._limit}')\n"
)


@pytest.mark.parametrize("source", [OFF_BY_ONE, TALKATIVE, "import os\nos._exit(3)\n", "1 / 0\n"])
def test_no_canary_of_reference_hidden_checks_or_salt_reaches_a_student(
    tmp_path: Path, source: str | bytes | None
) -> None:
    day = make(tmp_path)
    spec = day.folder / "assignment.yaml"
    spec.write_text(spec.read_text("utf-8").partition("prereq")[0], encoding="utf-8")
    found = day.grade(day.submission(source))

    results = gradescope.render(found).decode()

    assert [canary for canary in CANARIES if canary in results] == []
    hidden = msgspec.json.decode(results)["tests"][2]
    assert hidden["visibility"] == "after_due_date"
    assert "Counter(" not in hidden["output"]
    assert "KeyError" not in hidden["output"]
    assert "Hint: Look at the limit." in hidden["output"] or hidden["status"] == "passed"


def test_the_traces_of_hidden_checks_stay_with_the_staff(tmp_path: Path) -> None:
    day = make(tmp_path)
    wrong = day.submission(COUNTER.replace("> self._limit", "> 2 * self._limit"))
    student = day.grade(wrong, shown_only=True)

    outputs.write_traces(student, tmp_path / "traces", wrong)

    assert {path.stem for path in (tmp_path / "traces").iterdir()} <= {"T.1", "T.2"}
