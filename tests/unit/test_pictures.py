"""A check may draw its failures; a drawing is cut to size, and one that breaks stops no grading."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.checks import Check, picture
from grader.explain import TALLEST_PICTURE, WIDEST_PICTURE, picture_text
from grader.replay import Ending
from grader.trace import Trace
from grader.transcript import Run, Transcript
from grader.verdict import Failure, drawn

TRACE: Trace = [["fn", "f", []], ["fn", "g", []]]


def check(draw: Callable[[Run, int], str] | None) -> Check:
    """Return a check with a picture."""
    path = Path("check_mod.py")
    return Check("A.1", "It works", Fraction(1), "visible", "", lambda _: None, (), path, draw)


def failure(ending: Ending | None = None) -> Failure:
    """Return a failure of the second step."""
    run = Run(TRACE, Transcript(TRACE, b'[["ok",1],["ok",2]]'), Transcript(TRACE, b"[]"))
    return Failure(run, 1, "failed", ending=ending)


def test_a_picture_is_drawn_of_the_failing_step() -> None:
    """The author's function gets the run and the index of the step."""
    shown = drawn(
        check(lambda run, index: f"{run.trace[index][1]}: {run.transcript[index].value}"), failure()
    )

    assert shown == ("g: 2", "")


def test_a_check_without_a_picture_has_none() -> None:
    """Nothing is drawn unless an author has said how."""
    assert drawn(check(None), failure()) == ("", "")


def test_a_program_that_ended_is_not_drawn() -> None:
    """There is no answer to draw."""
    assert drawn(check(lambda *_: "drawn"), failure(Ending("timeout"))) == ("", "")


def test_a_picture_that_breaks_is_the_authors_fault() -> None:
    """It is left out and told to the staff; no grading ends for it."""
    shown, defect = drawn(check(lambda run, _: run.trace[7]), failure())

    assert shown == ""
    assert defect == (
        "check_mod.py: A.1 cannot draw this submission's answers "
        "(IndexError: list index out of range); let it draw any transcript, and grade again"
    )


def test_what_is_no_text_is_no_picture() -> None:
    """A list of lines is easily returned instead of the lines."""
    lines: Any = ["a", "list"]

    shown, defect = drawn(check(lambda *_: lines), failure())

    assert shown == ""
    assert "cannot draw" in defect


def test_the_decorator_leaves_the_judge_as_it_was() -> None:
    """A decorated judge is still the function that it was."""

    def judge(run: Run) -> None:
        """Accept anything."""

    assert picture(lambda *_: "")(judge) is judge


def test_a_drawing_is_cut_to_size() -> None:
    """What is too wide or too high is left out."""
    lines = picture_text("\n".join(["x" * 200] * 100)).split("\n")

    assert [len(line) for line in lines] == [WIDEST_PICTURE] * TALLEST_PICTURE


def test_a_drawing_keeps_its_columns_and_loses_control_characters() -> None:
    """Blanks at the left line things up; an escape sequence could hide things."""
    assert (
        picture_text("    ref  1   \n  \x1b[2Jx\n\n")
        == "    ref  1\n  \N{REPLACEMENT CHARACTER}[2Jx"
    )
