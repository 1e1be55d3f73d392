"""Objects that a function returns can be called, keep their names, and show as made."""

import pytest

from grader import codec, explain
from grader.trace import Trace, TraceRecorder
from grader.transcript import Run, Transcript

MADE: Trace = [["fn", "make_policy", ["lru", 3], "-> policy"]]


def test_a_returned_object_is_a_receiver_with_a_name() -> None:
    """Its methods record steps on that name."""
    t = TraceRecorder()
    policy = t.thing(t.fn("make_policy", "lru", 3), "policy")
    policy.access(7, True)
    policy.snapshot()

    assert t.steps == [
        *MADE,
        ["call", "policy", "access", [7, True]],
        ["snap", "policy"],
    ]


def test_a_second_one_gets_a_number() -> None:
    """Two objects never share a name."""
    t = TraceRecorder()
    for _ in range(2):
        t.thing(t.fn("make_policy", "lru", 3), "policy")

    assert [step[-1] for step in t.steps] == ["-> policy", "-> policy2"]


def test_a_result_is_named_once() -> None:
    """A result that was used as an argument has its name already."""
    t = TraceRecorder()
    made = t.fn("make_policy", "lru", 3)
    t.fn("look", made)

    with pytest.raises(ValueError, match="has a name already"):
        t.thing(made, "policy")


def test_a_class_with_a_first_word_of_one_letter_lends_its_whole_name() -> None:
    """Names of one letter are for results."""
    t = TraceRecorder()
    t.new("ZPool", capacity=3)

    assert t.steps == [["new", "zpool", "ZPool", {"capacity": 3}]]


def _run(trace: Trace, yours: object, expected: object) -> Run:
    texts = [codec.encode([["ok", value]]) for value in (yours, expected)]
    return Run(trace, Transcript(trace, texts[0]), Transcript(trace, texts[1]))


def test_the_same_object_shows_as_ok() -> None:
    """A student does not know what the grader calls an object."""
    run = _run(MADE, {"handle": "step 1"}, {"handle": "step 1"})

    assert explain.cells(MADE[0], run.transcript[0], run.expected[0]) == ("ok", "ok")


def test_a_long_value_is_told_by_what_differs() -> None:
    """What is equal in both is left out of the sentence."""
    trace: Trace = [["fn", "simulate", ["lru", [1], 1]]]
    told = {"hits": 0, "misses": 1, "hitmiss": "M", "victims": [None], "resident": [1]}

    run = _run(trace, told | {"hits": 1}, told)

    assert (
        explain.sentence(run, 0, "")
        == "Step 1, `simulate('lru', [1], 1)`: hits: 1; expected hits: 0."
    )
    assert explain.sentence(run, 0, "no hit").endswith("`: hits: 1; expected no hit.")
