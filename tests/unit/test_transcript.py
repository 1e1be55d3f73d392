"""A transcript is parsed strictly, compared type for type, and never trusted."""

import json
from typing import Any

import pytest

from grader.codec import CodecError, Handle
from grader.transcript import (
    Difference,
    Outcome,
    Run,
    Transcript,
    differs,
    first_difference,
    first_entries,
    outcomes,
    same,
)

TRACE = [["new", "h", "Heap", {}], ["call", "h", "alloc", [1]], ["snap", "h"]]


def transcript(*entries: object, trace: list[list[object]] | None = None) -> Transcript:
    return Transcript(trace or TRACE, json.dumps(entries).encode())


# --- parsing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "outcome"),
    [
        (["ok", [1, {"hex": "6869"}]], Outcome("ok", ([1, b"hi"],))),
        (["ok", {"handle": "h"}], Outcome("ok", (Handle("h"),))),
        (["err", "EINVAL"], Outcome("err", ("EINVAL",))),
        (["raise", "ValueError"], Outcome("raise", ("ValueError",))),
        (["odd", "set"], Outcome("odd", ("set",))),
        (["trap", "SegFault", 8, "r", "MAPERR"], Outcome("trap", ("SegFault", 8, "r", "MAPERR"))),
        (["trap", "BusError", 8, "w"], Outcome("trap", ("BusError", 8, "w"))),
        (["trap", "PageFault", 8, "x", "nx"], Outcome("trap", ("PageFault", 8, "x", "nx"))),
    ],
)
def test_each_kind_of_outcome_is_read(entry: list[Any], outcome: Any) -> None:
    assert outcomes([["fn", "f", ["$gone"]]], [entry]) == [outcome]


def test_a_step_that_needs_a_failed_step_is_skipped() -> None:
    found = outcomes(TRACE, [["raise", "ValueError"], ["skip"], ["skip"]])

    assert [outcome.result for outcome in found] == ["raise", "skip", "skip"]


@pytest.mark.parametrize(
    "entries",
    [
        [["skip"], ["skip"], ["skip"]],
        [["ok", None], ["skip"], ["ok", {}]],
        [["ok", None], ["ok", 8], ["skip"]],
    ],
)
def test_a_skip_without_a_cause_is_a_forgery(entries: list[Any]) -> None:
    """Skipped steps are never wrong, so a program that skips all would have no wrong step."""
    with pytest.raises(CodecError):
        outcomes(TRACE, entries)


def test_calls_belong_to_the_step_during_which_they_happened() -> None:
    found = outcomes(
        TRACE,
        [
            ["ok", None],
            ["call", "ctor", [0], None],
            ["call", "ctor", [1], {"err": "ENOMEM"}],
            ["err", "ENOMEM"],
            ["ok", {}],
        ],
    )

    assert [outcome.calls for outcome in found] == [
        (),
        (("ctor", [0], None), ("ctor", [1], {"err": "ENOMEM"})),
        (),
    ]


def test_an_equal_snapshot_is_the_one_before_with_the_calls_of_its_own_step() -> None:
    found = outcomes(
        [["snap", "h"], ["snap", "g"], ["snap", "h"]],
        [["ok", {"used": 1}], ["ok", {}], ["call", "ctor", [], None], ["same"]],
    )

    assert found[2] == Outcome("ok", ({"used": 1},), (("ctor", [], None),))


def test_a_snapshot_equal_to_one_that_was_too_long_to_send_is_as_odd() -> None:
    found = outcomes([["snap", "h"], ["snap", "h"]], [["odd", "result of 300000 bytes"], ["same"]])

    assert found[1] == Outcome("odd", ("result of 300000 bytes",))


def test_a_snapshot_is_equal_to_no_odd_one_that_was_sent() -> None:
    with pytest.raises(CodecError, match="the same as nothing"):
        outcomes([["snap", "h"], ["snap", "h"]], [["odd", "set"], ["same"]])


@pytest.mark.parametrize(
    "entries",
    [
        {},
        None,
        "ok",
        5,
        [["ok", None]],
        [["ok", None]] * 4,
        [["ok"], ["skip"], ["skip"]],
        [["ok", 1, 2], ["skip"], ["skip"]],
        [["skip", 1], ["skip"], ["skip"]],
        [["err", 22], ["skip"], ["skip"]],
        [["raise", None], ["skip"], ["skip"]],
        [["odd", []], ["skip"], ["skip"]],
        [["won", 1], ["skip"], ["skip"]],
        [[], ["skip"], ["skip"]],
        [[["ok"], 1], ["skip"], ["skip"]],
        [[{}, 1], ["skip"], ["skip"]],
        ["ok", ["skip"], ["skip"]],
        [None, ["skip"], ["skip"]],
        [["same"], ["skip"], ["skip"]],
        [["skip"], ["skip"], ["same"]],
        [["skip"], ["skip"], ["err", "EINVAL"], ["call", "ctor", [], None]],
        [["call", "ctor", []], ["skip"], ["skip"], ["skip"]],
        [["call", 5, [], None], ["skip"], ["skip"], ["skip"]],
        [["call", "ctor", None, None], ["skip"], ["skip"], ["skip"]],
        [["trap"], ["skip"], ["skip"]],
        [["trap", "SegFault", 8, "r"], ["skip"], ["skip"]],
        [["trap", "Mine", 8, "r"], ["skip"], ["skip"]],
        [["trap", ["SegFault"], 8, "r", "MAPERR"], ["skip"], ["skip"]],
        [["ok", {"hex": "zz"}], ["skip"], ["skip"]],
    ],
    ids=repr,
)
def test_anything_else_is_refused(entries: Any) -> None:
    with pytest.raises(CodecError):
        outcomes(TRACE, entries)


@pytest.mark.parametrize(
    ("step", "before"),
    [
        (["fn", "f", []], ["ok", 1]),
        (["fn", "f", ["$a"]], ["ok", 1]),
        (["fn", "f", ["$a"]], ["odd", "set"]),
        (["fn", "f", ["$a.1", "$a.0+4"]], ["ok", [1, 2]]),
        (["call", "a", "m", []], ["ok", {"handle": "a"}]),
    ],
)
def test_a_step_whose_references_have_values_cannot_be_skipped(
    step: list[Any], before: list[Any]
) -> None:
    trace = [["fn", "f", [], "-> a"], step]

    with pytest.raises(CodecError, match="without cause"):
        outcomes(trace, [before, ["skip"]])


@pytest.mark.parametrize(
    ("step", "before"),
    [
        (["fn", "f", ["$a"]], ["err", "ENOMEM"]),
        (["fn", "f", ["$a"]], ["raise", "KeyError"]),
        (["fn", "f", ["$gone"]], ["ok", 1]),
        (["fn", "f", ["$a.2"]], ["ok", [1, 2]]),
        (["fn", "f", ["$a+1"]], ["ok", "text"]),
        (["fn", "f", [f"$a+{10**400}"]], ["ok", 0.5]),
        (["call", "h", "m", []], ["ok", 1]),
        (["snap", "h"], ["ok", 1]),
    ],
)
def test_a_step_that_refers_to_nothing_is_skipped(step: list[Any], before: list[Any]) -> None:
    trace = [["fn", "f", [], "-> a"], step]

    assert outcomes(trace, [before, ["skip"]])[1].result == "skip"


def test_text_that_is_not_a_transcript_is_refused_only_when_looked_at() -> None:
    garbage = Transcript(TRACE, b"garbage")

    with pytest.raises(CodecError):
        len(garbage)


def test_the_entries_of_the_first_steps_include_their_calls() -> None:
    entries = [["ok", None], ["call", "c", [], None], ["ok", 1], ["call", "c", [], None], ["skip"]]

    assert first_entries(entries, 2) == entries[:3]
    assert first_entries(entries, 3) == entries


# --- comparing ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1),
        (0.1 + 0.2, 0.3),
        (0.0, -0.0),
        ([1, [2.0]], [1, [2.0 + 1e-10]]),
        ({1: 0.5, "a": None}, {"a": None, 1: 0.5 + 1e-10}),
        (b"x", b"x"),
        (Handle("h"), Handle("h")),
    ],
)
def test_equal_values_are_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (1.0, 1),
        (0, False),
        (None, 0),
        ("1", 1),
        ("a", b"a"),
        (1.0, 1.0 + 1e-8),
        (1e12, 1e12 + 0.5),
        ([1], [1, 1]),
        ([], None),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({1: 0}, {"1": 0}),
        ({}, []),
        (Handle("h"), Handle("g")),
        (Handle("h"), "h"),
    ],
)
def test_values_of_other_types_or_sizes_are_not(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


@pytest.mark.parametrize(
    ("yours", "expected", "answer"),
    [
        (Outcome("ok", (1,)), Outcome("ok", (1,)), False),
        (Outcome("ok", (1,)), Outcome("ok", (2,)), True),
        (Outcome("ok", ("EINVAL",)), Outcome("err", ("EINVAL",)), True),
        (Outcome("err", ("EINVAL",)), Outcome("err", ("ENOMEM",)), True),
        (Outcome("skip", ()), Outcome("ok", (1,)), False),
        (Outcome("ok", (1,)), Outcome("skip", ()), False),
        (Outcome("ok", (1,), (("c", [1], None),)), Outcome("ok", (1,)), True),
        (Outcome("ok", (1,), (("c", [1], 0.0),)), Outcome("ok", (1,), (("c", [1], 0.0),)), False),
        (Outcome("ok", (1,), (("c", [1], 0),)), Outcome("ok", (1,), (("c", [True], 0),)), True),
    ],
)
def test_a_skipped_step_never_differs_and_calls_count(
    yours: Any, expected: Any, answer: bool
) -> None:
    assert differs(yours, expected) is answer


def test_the_first_difference_is_the_first_step_that_differs() -> None:
    expected = transcript(["ok", None], ["ok", 4], ["ok", {}])
    yours = transcript(["ok", None], ["ok", 5], ["ok", {"x": 1}])

    assert first_difference(yours, expected) == 1
    assert first_difference(expected, expected) is None
    assert yours != expected


def test_transcripts_are_equal_by_text_or_by_meaning() -> None:
    one = transcript(["ok", None], ["ok", 0.3], ["ok", {}])
    other = transcript(["ok", None], ["ok", 0.1 + 0.2], ["ok", {}])

    assert one == other
    assert one != "a transcript"


def test_equal_texts_are_equal_without_being_parsed() -> None:
    assert Transcript(TRACE, b"not parsed") == Transcript(TRACE, b"not parsed")


def test_a_transcript_is_a_sequence_of_outcomes() -> None:
    yours = transcript(["ok", None], ["err", "EINVAL"], ["ok", {}])

    assert len(yours) == 3
    assert yours[1].fields == ("EINVAL",)
    assert [outcome.result for outcome in yours] == ["ok", "err", "ok"]
    assert yours[1].value is None


def test_a_transcript_with_a_tolerance_has_no_hash() -> None:
    with pytest.raises(TypeError):
        hash(transcript(["skip"], ["skip"], ["skip"]))


# --- what a check judges ------------------------------------------------------


def test_a_check_walks_the_steps_of_a_run() -> None:
    yours = transcript(["ok", None], ["ok", 5], ["ok", {}])
    expected = transcript(["ok", None], ["ok", 4], ["ok", {}])

    steps = list(Run(TRACE, yours, expected).steps())

    assert steps[1] == (1, TRACE[1], Outcome("ok", (5,)), Outcome("ok", (4,)))
    assert len(steps) == 3


def test_a_check_says_at_which_step_what_was_expected() -> None:
    yours = transcript(["skip"], ["skip"], ["skip"])

    with pytest.raises(Difference, match="step 2: expected a block of its own") as found:
        Run(TRACE, yours, yours).differ(1, "a block of its own")

    assert found.value.index == 1
    assert found.value.expected == "a block of its own"
