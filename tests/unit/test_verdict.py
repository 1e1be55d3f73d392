"""What an answer means, also where the check itself breaks over it."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader import codec
from grader.checks import Check, Judge, Part
from grader.corpus_file import Recorded
from grader.replay import Answer, Ending
from grader.transcript import Run, Transcript
from grader.verdict import ENOUGH_BYTES, Failure, accepts_expected, failures, judged

TRACE = [["new", "h", "Heap", {}], ["call", "h", "alloc", [1]], ["snap", "h"]]
EXPECTED = [["ok", None], ["ok", 8], ["ok", {"used": 1}]]
STRANGE = [["ok", None], ["ok", "eight"], ["ok", {"used": 1}]]


def check(judge: Judge) -> Check:
    return Check(
        id="T.1",
        title="It works",
        points=Fraction(1),
        visibility="visible",
        hint="",
        judge=judge,
        parts=(Part(list, 1, ("mod",), ""),),
        path=Path("check_mod.py"),
    )


def run_of(entries: Any, expected: Any = EXPECTED) -> Run:
    texts = [codec.encode(each) for each in (entries, expected)]
    yours, wanted = (Transcript(TRACE, text) for text in texts)
    return Run(TRACE, yours, wanted)


def adds(run: Run) -> None:
    """Break over anything but a number."""
    for _, step, yours, _ in run.steps():
        if step[0] == "call" and yours.value + 1 == 0:
            raise AssertionError


def failed(judge: Judge, entries: Any = STRANGE) -> Failure:
    found = judged(check(judge), run_of(entries))
    assert found is not None
    return found


# --- a judge that breaks ------------------------------------------------------


def test_an_answer_over_which_the_judge_breaks_is_wrong_where_it_first_differs() -> None:
    found = failed(adds)

    assert (found.outcome, found.index, found.words) == ("failed", 1, "")


def test_the_defect_says_which_check_broke_and_what_to_do() -> None:
    assert failed(adds).defect == (
        "check_mod.py: T.1 cannot judge this submission's answers "
        '(TypeError: can only concatenate str (not "int") to str); '
        "let it judge any transcript, and grade again"
    )


def test_a_judge_that_judges_has_no_defect() -> None:
    def equal(run: Run) -> None:
        assert run.transcript == run.expected

    assert failed(equal).defect == ""


def test_an_exception_of_the_submission_keeps_its_outcome_though_the_judge_breaks() -> None:
    found = failed(adds, [["ok", None], ["raise", "KeyError"], ["ok", {"used": 1}]])

    assert (found.outcome, found.index) == ("raised", 1)
    assert found.defect


def test_an_answer_equal_to_the_references_is_never_blamed_for_a_broken_judge() -> None:
    def broken(run: Run) -> None:
        raise KeyError(run.trace)

    near = [["ok", None], ["ok", 0.1 + 0.2], ["ok", {}]]
    exact = [["ok", None], ["ok", 0.3], ["ok", {}]]

    assert judged(check(broken), run_of(near, exact)) is None


@pytest.mark.parametrize("index", [3, -1, 10**30, "1", None, 1.0, True])
def test_a_step_that_is_not_there_is_a_defect_of_the_judge(index: Any) -> None:
    def differs(run: Run) -> None:
        run.differ(index, "something else")

    found = failed(differs)

    assert (found.index, found.words) == (1, "")
    assert "T.1 cannot judge this submission's answers" in found.defect


def test_a_defect_is_no_longer_than_a_line_or_two() -> None:
    def shouting(_: Run) -> None:
        raise ValueError("x" * 10**6)

    assert len(failed(shouting).defect) < 500


def test_a_text_that_is_no_transcript_is_never_put_before_a_judge() -> None:
    asked = []
    found = judged(check(asked.append), run_of({"not": "a transcript"}))

    assert found is not None
    assert found.ending is not None
    assert found.ending.kind == "garbled"
    assert asked == []


def test_whether_a_check_accepts_what_is_expected_does_not_depend_on_the_answer() -> None:
    assert accepts_expected(check(adds), run_of(STRANGE)) is True
    assert accepts_expected(check(adds), run_of(EXPECTED, STRANGE)) is False


# --- many wrong answers -------------------------------------------------------


def wrong_of(size: int) -> bytes:
    """Return a wrong answer of about ``size`` bytes."""
    return codec.encode([["ok", None], ["ok", "x" * size], ["ok", {"used": 1}]])


@pytest.mark.parametrize(
    ("size", "found"), [(10, 6), (ENOUGH_BYTES // 2, 2), (ENOUGH_BYTES + 1, 1)]
)
def test_wrong_answers_are_read_until_that_is_enough(size: int, found: int) -> None:
    """What a program says costs time of ours, however much it says."""

    def equal(run: Run) -> None:
        assert run.transcript == run.expected

    recorded = Recorded((codec.encode(TRACE),) * 6, (codec.encode(EXPECTED),) * 6, 1.0)
    answer = Answer((wrong_of(size),) * 6, Ending("finished"), 0.1, 1 << 20, imported=True)

    assert len(list(failures(check(equal), recorded, answer))) == found
