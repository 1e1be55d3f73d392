"""One report, many renderings: every one valid, complete and calm."""

import json
from typing import Any, get_args
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.console import Console
from rich.text import Text

from grader.checks import Visibility
from grader.render import gradescope, junit, terminal
from grader.render.text import MARKS, WIDTH, plain, shared_widths, verdict_text
from grader.report import CheckReport, Report, Times
from grader.verdict import OUTCOMES, Counterexample, OutcomeName, Row, Verdict

NASTY = "\x00\x1b[31m\u202e\U0001f600]]>&<\"'\ufffe[bold]x[/bold] :smile: \\"


def check(
    outcome: OutcomeName = "failed",
    visibility: Visibility = "visible",
    check_id: str = "A.1",
    **changed: Any,
) -> CheckReport:
    earned = 4.0 if outcome == "passed" else 0.0
    verdict = Verdict(check_id, outcome, **changed)
    return CheckReport(check_id, "It works", "mod", visibility, "", 4.0, earned, verdict)


def report(*checks: CheckReport, **changed: Any) -> Report:
    whole = Report(
        format=1,
        assignment="day1",
        title="Counting",
        course="Testing",
        submission="ann",
        earned=sum(each.earned for each in checks),
        possible=sum(each.points for each in checks),
        later=0,
        more_checks=0,
        checks=checks,
        problems={},
        corpus="c" * 64,
        versions={"grader": "0"},
        tier="A",
        times=Times(1.25, {"A.1": 0.5}),
    )
    return msgspec.structs.replace(whole, **changed)


def table(*rows: tuple[str, str, str], is_minimal: bool = True, **changed: Any) -> Counterexample:
    return Counterexample(
        modules=("mod",),
        trace=[],
        expected=[],
        rows=tuple(Row(number, *row) for number, row in enumerate(rows, start=1)),
        is_minimal=is_minimal,
        is_stable=True,
        **changed,
    )


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    return any(map(nulls, value)) if isinstance(value, list) else value is None


# --- Gradescope ---------------------------------------------------------------

TOP_KEYS = {
    *("score", "execution_time", "output", "output_format", "visibility", "stdout_visibility"),
    *("tests", "extra_data"),
}
TEST_KEYS = {
    *("number", "name", "score", "max_score", "status", "output", "output_format", "visibility"),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("visibility", get_args(Visibility))
def test_results_json_is_gradescopes_schema_and_nothing_else(
    outcome: Any, visibility: Visibility
) -> None:
    found = json.loads(gradescope.render(report(check(outcome, visibility, sentence="Wrong."))))

    assert set(found) == TOP_KEYS
    assert set(found["tests"][0]) == TEST_KEYS
    assert found["tests"][0]["status"] == ("passed" if outcome == "passed" else "failed")
    assert found["tests"][0]["visibility"] == visibility
    assert not nulls(found)


def test_results_json_has_the_scores() -> None:
    found = json.loads(gradescope.render(report(check("passed"), check("failed"))))

    assert found["score"] == 4
    assert [(each["score"], each["max_score"]) for each in found["tests"]] == [(4, 4), (0, 4)]
    assert found["extra_data"] == {
        "corpus": "c" * 64,
        "versions": {"grader": "0"},
        "tier": "A",
        "report_format": 1,
    }


def test_tags_are_passed_on() -> None:
    tagged = msgspec.structs.replace(check(), tags=("paging", "slow"))

    tests = json.loads(gradescope.render(report(tagged, check())))["tests"]

    assert tests[0]["tags"] == ["paging", "slow"]
    assert "tags" not in tests[1]


def test_a_passed_check_has_nothing_to_say_and_another_one_has() -> None:
    tests = json.loads(gradescope.render(report(check("passed"), check(sentence="Off by one."))))

    assert [each["output"] for each in tests["tests"]] == ["", "wrong\nOff by one."]


def test_what_is_shown_now_is_the_same_whatever_hidden_checks_find() -> None:
    """Neither the time nor the length of a cut output says how many of them fail."""
    shown = check(sentence="Off by one. " * 1000)
    found = [
        report(
            shown,
            *[check(outcome, "after_due_date", "A.2")] * 20,
            times=Times(took_s, {"A.1": 0.5, "A.2": took_s - 0.5}),
        )
        for outcome, took_s in (("passed", 2.0), ("failed", 9.0))
    ]

    few, many = (json.loads(gradescope.render(each)) for each in found)

    assert few["tests"][0] == many["tests"][0]
    assert few["execution_time"] == many["execution_time"]


def test_hidden_checks_are_announced_and_the_points_are_not() -> None:
    later = [
        check("passed", "after_due_date"),
        check("failed", "hidden"),
        check(visibility="hidden"),
    ]

    found = json.loads(gradescope.render(report(check("passed"), *later)))

    assert found["output"].splitlines() == [
        "1 more check is shown only after the due date, or the late one where there is one.",
        "2 more checks are counted and never shown.",
    ]


def test_a_hidden_check_is_redacted() -> None:
    hidden = check(visibility="hidden", sentence="canary", error="canary", category="wrong value")

    text = gradescope.render(report(hidden)).decode()

    assert "canary" not in text
    assert "First difference: wrong value." in text


def test_all_outputs_together_stay_far_below_what_the_platform_cuts() -> None:
    long = table(*[("c" * 400, "y" * 400, "e" * 400)] * 60)
    checks = [check(sentence="s" * 5000, counterexample=long) for _ in range(4)]

    text = gradescope.render(report(*checks)).decode()

    outputs = [each["output"] for each in json.loads(text)["tests"]]
    assert max(map(len, outputs)) <= 8_000
    assert "\n... (cut here)\n" in outputs[0]


def test_a_cut_keeps_the_sentence_and_the_step_that_goes_wrong() -> None:
    rows = [(f"h.alloc({n})", str(n), str(n)) for n in range(400)]
    long = check(
        sentence="Step 401 is wrong.", counterexample=table(*rows, ("h.free(9)", "x", "y"))
    )

    (test,) = json.loads(gradescope.render(report(long)))["tests"]

    lines = test["output"].splitlines()
    assert lines[:2] == ["wrong", "Step 401 is wrong."]
    assert lines[-1].split() == ["401", "h.free(9)", "x", "y"]
    assert lines.count("... (cut here)") == 1
    assert {len(line.split()) for line in lines[6:] if "cut" not in line} == {4}


def test_a_pessimistic_result_is_valid_and_has_no_points() -> None:
    found = json.loads(gradescope.pessimistic("Not finished." + "x" * 20_000))

    assert (found["score"], found["tests"], found["visibility"]) == (0, [], "visible")
    assert len(found["output"]) <= 8_000
    assert found["output_format"] == "text"


def test_problems_of_files_are_told() -> None:
    found = json.loads(gradescope.render(report(problems={"a.py": "a.py is missing; add it"})))

    assert found["output"].splitlines()[-1] == "a.py is missing; add it."


# --- JUnit --------------------------------------------------------------------


def test_junit_counts_failures_errors_and_skipped() -> None:
    checks = [check(outcome, check_id=f"A.{n}") for n, outcome in enumerate(OUTCOMES)]

    suite = ET.fromstring(junit.render(report(*checks)))  # noqa: S314 - our own text

    assert suite.tag == "testsuite"
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
        *("9", "1", "6", "1")
    ]
    assert [case[0].tag if len(case) else "passed" for case in suite] == [
        *("passed", "failure", *["error"] * 5, "skipped", "error")
    ]


def test_junit_is_xml_whatever_a_submission_says() -> None:
    nasty = check(sentence=NASTY, error=NASTY, error_frames=(NASTY,), category=NASTY)

    suite = ET.fromstring(junit.render(report(nasty)))  # noqa: S314 - our own text

    assert suite[0].get("name") == "A.1 It works"
    assert suite[0][0].get("message")


# --- text ---------------------------------------------------------------------


def test_every_outcome_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == set(OUTCOMES)
    assert len(set(MARKS.values())) == len(OUTCOMES)


def test_the_steps_stand_as_a_table_with_yours_beside_expected() -> None:
    found = check(
        sentence="Step 2, `h.alloc(1)`, returned 5; expected 6.",
        counterexample=table(("h = Heap()", "ok", "ok"), ("h.alloc(1)", "5", "6")),
        error="KeyError: 5",
        error_frames=("heap.py:3 in alloc: x",),
    )

    assert verdict_text(found).splitlines() == [
        "Step 2, `h.alloc(1)`, returned 5; expected 6.",
        "",
        "step   call         yours   expected",
        "────────────────────────────────────",
        "   1   h = Heap()   ok      ok",
        "   2   h.alloc(1)   5       6",
        "KeyError: 5",
        "  heap.py:3 in alloc: x",
    ]


def test_a_trace_that_may_not_be_the_shortest_says_so() -> None:
    steps = [("f()", "1", "1")] * 3

    found = verdict_text(check(counterexample=table(*steps, ("f()", "1", "2"), is_minimal=False)))

    assert found.endswith("(The shortest trace that was tried; there may be a shorter one.)")


def test_nobody_wishes_three_steps_shorter() -> None:
    found = verdict_text(check(counterexample=table(("f()", "1", "2"), is_minimal=False)))

    assert "shorter" not in found


def test_a_picture_stands_below_the_table() -> None:
    found = verdict_text(check(counterexample=table(("f()", "1", "2"), picture="[####....]")))

    assert "[####....]" in found


def test_markup_of_a_submission_is_not_ours() -> None:
    found = check(sentence=NASTY, counterexample=table((NASTY, NASTY, NASTY)))

    assert "[bold]x[/bold] :smile:" in verdict_text(found)


def test_wide_cells_are_folded_and_nothing_is_lost() -> None:
    wide = table(("c" * 150, "y" * 90, "expected " * 9))

    lines = verdict_text(check(counterexample=wide)).splitlines()

    assert max(map(len, lines)) <= WIDTH
    assert "".join(lines).count("y") >= 90
    assert "".join(lines).count("c") >= 150


@pytest.mark.parametrize(
    ("columns", "total", "widths"),
    [
        ([["call"], ["yours"], ["expected"]], 60, [4, 5, 8]),
        ([["c" * 100], ["y" * 10], ["e" * 10]], 60, [40, 10, 10]),
        ([["c" * 100], ["y" * 100], ["e" * 100]], 60, [20, 20, 20]),
        ([[""], [""], [""]], 60, [0, 0, 0]),
        ([["a bb " * 20], ["y" * 25], ["e"]], 40, [19, 20, 1]),
    ],
)
def test_columns_share_the_width(columns: list[list[str]], total: int, widths: list[int]) -> None:
    found = shared_widths(columns, total)

    assert sum(found) <= total
    assert len(found) == 3
    assert found == widths or sum(widths) == total


# --- terminal -----------------------------------------------------------------


def test_the_terminal_shows_points_and_what_comes_later() -> None:
    whole = report(
        check("passed"),
        check(),
        later=2.5,
        more_checks=3,
        more_points=12.5,
        problems={"a.py": "a.py is"},
    )

    lines = plain(terminal.render(whole)).splitlines()

    assert lines[0].split() == ["check", "what", "result", "points"]
    assert lines[2].split() == ["A.1", "It", "works", "passed", "4", "/", "4"]
    assert lines[-3:] == [
        "4 of 8 points (2.5 more for items still to be written)",
        "3 more checks (12.5 points) run after the due date.",
        "a.py is.",
    ]


def test_a_wrong_answer_is_shown_before_what_is_not_written_yet() -> None:
    first, second, third = (
        check("skipped", check_id="A.1"),
        check("not_implemented", check_id="A.2"),
        check("failed", check_id="A.3"),
    )

    assert terminal.first_failure(report(first, second, third)) == third
    assert terminal.first_failure(report(first, second)) == second
    assert terminal.first_failure(report(check("passed"))) is None


def test_the_line_that_runs_it_again_stands_last() -> None:
    found = plain(terminal.failure(check(sentence="Wrong."), "grader repro x.json")).splitlines()

    assert found == [
        "A.1  It works",
        "Wrong.",
        "",
        "Run just these steps again:",
        "  grader repro x.json",
    ]


def test_nothing_is_coloured_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    Console(force_terminal=False, color_system=None).print(terminal.render(report(check())))

    assert "\x1b" not in capsys.readouterr().out


def test_titles_are_text_and_not_markup() -> None:
    odd = msgspec.structs.replace(check(), title="[red]A[/red] title")

    assert "[red]A[/red] title" in plain(terminal.render(report(odd)))
    assert plain(Text("x")) == "x"
