"""A failure in words: what a step did, what was expected, and how a program ended."""

from collections.abc import Iterator
from typing import Any

import pytest

from grader import explain
from grader.codec import Handle, LongBytes
from grader.explain import CATEGORIES, category, cells, clipped, narrowed, result_text, sentence
from grader.replay import Ending
from grader.transcript import RESULTS, Outcome, Run, Transcript

CALL = ["call", "h", "alloc", [1]]
SNAP = ["snap", "h"]


def ok(value: object, *calls: tuple[str, list[object], object]) -> Outcome:
    return Outcome("ok", (value,), calls)


def run(trace: list[list[object]], yours: list[Outcome], expected: list[Outcome]) -> Run:
    """Return a run whose transcripts are already parsed."""
    transcripts = []
    for found in (yours, expected):
        transcript = Transcript(trace, b"")
        transcript.__dict__["outcomes"] = found
        transcripts.append(transcript)
    return Run(trace, *transcripts)


# --- categories ---------------------------------------------------------------


def test_every_pair_of_results_that_can_differ_has_a_category() -> None:
    yours = {"ok", "err", "raise", "trap", "odd"}
    expected = {"ok", "err", "raise", "trap"}

    assert set(CATEGORIES) == {(one, other) for one in yours for other in expected}
    assert (yours | {"skip", "same"}) == {*RESULTS, "trap"}


def test_the_categories_are_the_curriculums_words() -> None:
    assert {*CATEGORIES.values(), "state differs"} == {
        *("wrong value", "wrong error", "missing error", "trap instead of value", "state differs")
    }


@pytest.mark.parametrize(
    ("step", "yours", "expected", "name"),
    [
        (CALL, ok(1), ok(2), "wrong value"),
        (SNAP, ok({}), ok({"a": 1}), "state differs"),
        (SNAP, Outcome("err", ("EINVAL",)), ok({}), "wrong error"),
        (CALL, Outcome("odd", ("set",)), ok(1), "wrong value"),
        (CALL, ok(1), Outcome("err", ("EINVAL",)), "missing error"),
        (CALL, Outcome("trap", ("BusError", 1, "r")), ok(1), "trap instead of value"),
        (CALL, Outcome("skip", ()), ok(1), "wrong value"),
    ],
)
def test_a_difference_belongs_to_a_category(
    step: list[Any], yours: Any, expected: Any, name: str
) -> None:
    assert category(step, yours, expected) == name


# --- results ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (ok(None), "None"),
        (ok("a\x1b[31mb"), "'a\\x1b[31mb'"),
        (ok(b"hi"), "b'hi'"),
        (ok(LongBytes(4096, 1)), "<4096 bytes, crc32 00000001>"),
        (ok(Handle("step 3")), "<step 3>"),
        (Outcome("err", ("EINVAL",)), "EINVAL"),
        (Outcome("raise", ("KeyError",)), "KeyError"),
        (Outcome("trap", ("SegFault", 8192, "r", "MAPERR")), "SegFault(8192, 'r', 'MAPERR')"),
        (Outcome("odd", ("set",)), "a value of type set"),
        (Outcome("odd", ("result of 300000 bytes",)), "a result of 300000 bytes"),
        (Outcome("skip", ()), "(skipped)"),
    ],
)
def test_a_result_looks_like_this(outcome: Any, text: Any) -> None:
    assert result_text(outcome) == text


def test_a_long_text_is_cut_and_control_characters_are_replaced() -> None:
    assert clipped("x" * 400) == "x" * 400
    assert clipped("x" * 401) == "x" * 396 + " ..."
    assert clipped("a\x1b\n\u202eb") == "a\ufffd\ufffd\ufffdb"


def test_a_text_of_any_length_is_cut_before_it_is_looked_at() -> None:
    class Text(str):
        """Fails where it is walked through whole."""

        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    assert clipped(Text("x" * 1000)) == "x" * 396 + " ..."


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (1, 2, ("", 1, 2)),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, ("b", 2, 3)),
        ({"a": [1, 2]}, {"a": [1, 3]}, ("a[1]", 2, 3)),
        ({"a": {5: {"x": 1}}}, {"a": {5: {"x": 2}}}, ("a[5]['x']", 1, 2)),
        ([[1], [2]], [[1], [3]], ("[1][0]", 2, 3)),
        ({"a": 1, "b": 2}, {"a": 2, "b": 3}, ("", {"a": 1, "b": 2}, {"a": 2, "b": 3})),
        (
            {"a": 1, "b": 2, "c": 3},
            {"a": 1, "b": 0, "c": 0},
            ("", {"b": 2, "c": 3}, {"b": 0, "c": 0}),
        ),
        ({"a": 1}, {"b": 1}, ("", {"a": 1}, {"b": 1})),
        ([1], [1, 2], ("", [1], [1, 2])),
        ({"a": [1]}, {"a": [1, 2]}, ("a", [1], [1, 2])),
        ({"a": 1.0}, {"a": 1}, ("a", 1.0, 1)),
        ([1, 2], [3, 4], ("", [1, 2], [3, 4])),
    ],
)
def test_a_difference_is_narrowed_to_its_place(one: Any, other: Any, found: Any) -> None:
    assert narrowed(one, other) == found


def test_equal_values_are_not_narrowed_to_nothing() -> None:
    assert narrowed({"a": 1}, {"a": 1}) == ("", {"a": 1}, {"a": 1})


@pytest.mark.parametrize(
    ("step", "yours", "expected", "found"),
    [
        (["new", "h", "Heap", {}], ok(None), ok(None), ("ok", "ok")),
        (SNAP, ok({"a": 1, "b": 2}), ok({"a": 1, "b": 3}), ("b: 2", "b: 3")),
        (SNAP, ok({"a": 1}), ok({"a": 1}), ("{'a': 1}", "{'a': 1}")),
        (CALL, ok(5), ok(6), ("5", "6")),
        (CALL, ok(5), Outcome("err", ("ENOMEM",)), ("5", "ENOMEM")),
        (
            CALL,
            ok(5, ("ctor", [0, "x"], None)),
            ok(5),
            ("5, calls ctor(0, 'x')", "5, calls nothing"),
        ),
    ],
)
def test_a_row_shows_what_differs(step: list[Any], yours: Any, expected: Any, found: Any) -> None:
    assert cells(step, yours, expected) == found


# --- sentences ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("yours", "expected", "words", "said"),
    [
        (ok(5), ok(6), "", "Step 2, `h.alloc(1)`, returned 5; expected 6."),
        (
            ok(5),
            Outcome("err", ("ENOMEM",)),
            "",
            "Step 2, `h.alloc(1)`, returned 5; expected the error ENOMEM (cannot allocate memory).",
        ),
        (
            Outcome("err", ("99999",)),
            ok(None),
            "",
            "Step 2, `h.alloc(1)`, raised 99999; expected None.",
        ),
        (
            Outcome("raise", ("KeyError",)),
            Outcome("raise", ("ValueError",)),
            "",
            "Step 2, `h.alloc(1)`, raised KeyError; expected the error ValueError.",
        ),
        (
            Outcome("trap", ("BusError", 8, "r")),
            Outcome("trap", ("SegFault", 8, "r", "ACCERR")),
            "",
            (
                "Step 2, `h.alloc(1)`, raised BusError(8, 'r'); "
                "expected the error SegFault(8, 'r', 'ACCERR')."
            ),
        ),
        (
            Outcome("odd", ("set",)),
            ok([]),
            "",
            "Step 2, `h.alloc(1)`, returned a value of type set; expected [].",
        ),
        (ok(5), ok(6), "an even one", "Step 2, `h.alloc(1)`, returned 5; expected an even one."),
        (
            ok(5, ("ctor", [1], None)),
            ok(5),
            "",
            "Step 2, `h.alloc(1)`: 5, calls ctor(1); expected 5, calls nothing.",
        ),
    ],
)
def test_a_call_is_told_in_one_sentence(yours: Any, expected: Any, words: str, said: str) -> None:
    trace = [["new", "h", "Heap", {}], CALL]

    assert sentence(run(trace, [ok(None), yours], [ok(None), expected]), 1, words) == said


def test_a_state_is_told_by_the_step_before_it() -> None:
    trace = [["new", "h", "Heap", {}], CALL, SNAP, SNAP]
    yours = [ok(None), ok(1), ok({"used": 1}), ok({"used": 2})]
    expected = [ok(None), ok(1), ok({"used": 1}), ok({"used": 3})]

    assert sentence(run(trace, yours, expected), 3, "") == (
        "After step 2, `h.alloc(1)`, used is 2; expected 3."
    )


def test_a_first_state_is_told_as_such() -> None:
    assert sentence(run([SNAP], [ok([1])], [ok([])]), 0, "") == (
        "At first the snapshot has [1]; expected []."
    )


# --- endings ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (Ending("timeout"), "no answer in time; it may run forever"),
        (Ending("signalled", 11), "the program was ended by signal SIGSEGV"),
        (Ending("signalled", 250), "the program was ended by signal 250"),
        (Ending("exited", 7), "the program ended itself (exit status 7)"),
    ],
)
def test_an_ending_is_told(ending: Ending, said: str) -> None:
    assert explain.ending_text(ending) == said
    assert explain.ending_sentence(CALL, ending) == f"During `h.alloc(1)`: {said}."


def test_an_end_during_the_import_is_told_without_a_step() -> None:
    assert explain.import_ended_sentence(("heap", "arena"), Ending("timeout")) == (
        "While heap.py or arena.py was imported: no answer in time; it may run forever."
    )


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (["new", "h", "Heap", {}], "`Heap.__init__` is not implemented yet."),
        (CALL, "`alloc` is not implemented yet."),
        (["fn", "split", []], "`split` is not implemented yet."),
        (["get", "h", "used"], "`used` is not implemented yet."),
        (SNAP, "`snapshot` is not implemented yet."),
        (["next", "put", {}, []], "`put` is not implemented yet."),
    ],
)
def test_what_is_not_written_yet_is_named(step: list[Any], said: str) -> None:
    assert explain.unwritten_sentence(step) == said


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            {"module": "heap", "error": {"type": "KeyError", "message": "5"}},
            "heap.py cannot be imported: KeyError: 5.",
        ),
        (
            {"module": "heap", "error": {"type": "E", "message": ""}},
            "heap.py cannot be imported: E.",
        ),
        ({"module": "holes", "error": {}}, "holes.py is missing; add it."),
    ],
)
def test_an_import_that_failed_is_told(detail: dict[str, Any], said: str) -> None:
    assert explain.import_sentence(detail, {"holes.py": "holes.py is missing; add it"}) == said


@pytest.mark.parametrize("error", [None, 5, [], "x", {"type": [1], "message": {}}])
def test_a_forged_import_report_is_told_without_a_fault(error: Any) -> None:
    assert explain.import_sentence({"module": ["\x1b"], "error": error}, {}).isprintable()


@pytest.mark.parametrize(
    "frames", [None, 5, "text", [5], [[1, 2]], [[[], {}, None, "\x1b"]], [["f", 1, "", "x"]] * 99]
)
def test_forged_frames_are_shown_without_a_fault(frames: Any) -> None:
    lines = explain.frame_lines({"frames": frames})

    assert len(lines) <= 4
    assert all(line.isprintable() for line in lines)


def test_frames_name_file_line_function_and_source() -> None:
    frames = [["heap.py", 3, "alloc", "x = 1"], ["heap.py", 9, "", "y ="]]

    assert explain.frame_lines({"frames": frames}) == [
        "heap.py:3 in alloc: x = 1",
        "heap.py:9: y =",
    ]
