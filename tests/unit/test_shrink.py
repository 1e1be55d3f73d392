"""Shrinking ends, never returns a trace that passes, and finds the smallest for known bugs."""

import errno
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

import pytest

from grader.shrink import shrink, tidy
from grader.trace import REFERENCE, Trace, TraceRecorder, names_used

Bug = Callable[[Trace], int | None]
"""Returns the index of the first step at which a trace shows the bug, or None."""


def attempt_with(bug: Bug) -> Callable[[Sequence[Trace]], Trace | None]:
    """Return an attempt that runs candidates on ``bug``, cut at the failure as a worker's are."""

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        for trace in candidates:
            index = bug(trace)
            if index is not None:
                return trace[: index + 1]
        return None

    return attempt


def shrunk(trace: Trace, bug: Bug) -> Trace:
    small, whole = shrink(trace, attempt_with(bug), lambda: True)
    assert whole
    return small


def played(trace: Trace) -> Iterator[tuple[int, str, list[int], int]]:
    """Play ``new``, ``alloc`` and ``free`` on a heap of consecutive blocks.

    Yield (index, method, arguments, result); steps whose references are gone are skipped.
    """
    names: dict[str, int] = {}
    made = False
    addresses = count(100, 10)
    for index, step in enumerate(trace):
        made = made or step[0] == "new"
        if step[0] != "call" or not made:
            continue
        try:
            arguments = [resolved(argument, names) for argument in step[3]]
        except KeyError:
            continue
        result = next(addresses) if step[2] == "alloc" else errno.EINVAL
        if str(step[-1]).startswith("-> "):
            names[step[-1][3:]] = result
        yield index, step[2], arguments, result


def resolved(argument: Any, names: dict[str, int]) -> int:
    match = REFERENCE.match(argument) if type(argument) is str else None
    return names[match[1]] + int(match[3] or 0) if match else int(argument)


def frees_twice(trace: Trace) -> int | None:
    seen = set()
    for index, method, arguments, _ in played(trace):
        if method == "free":
            if arguments[0] in seen:
                return index
            seen.add(arguments[0])
    return None


def allocates_32_or_more(trace: Trace) -> int | None:
    found = (
        i for i, method, arguments, _ in played(trace) if method == "alloc" and arguments[0] >= 32
    )
    return next(found, None)


def allocates_three_times_16(trace: Trace) -> int | None:
    found = [i for i, method, arguments, _ in played(trace) if arguments[0] == 16]
    return found[2] if len(found) > 2 else None


def random_trace(seed: int, operations: int = 50) -> Trace:
    t = TraceRecorder(Random(seed), operations)
    heap = t.new("Heap", size=64, policy="best")
    blocks = [heap.alloc(t.rng.randrange(64))]
    while t.more():
        if t.rng.random() < 0.5:
            blocks.append(heap.alloc(t.rng.choice([8, 16, t.rng.randrange(64)])))
        else:
            heap.free(t.rng.choice(blocks))
        heap.snapshot()
    return t.steps


# --- known minimal traces -----------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_double_free_is_one_block_freed_twice(seed: int) -> None:
    assert shrunk(random_trace(seed), frees_twice) == [
        ["new", "heap", "Heap", {"size": 0}],
        ["call", "heap", "alloc", [0], "-> a"],
        ["call", "heap", "free", ["$a"]],
        ["call", "heap", "free", ["$a"]],
    ]


@pytest.mark.parametrize("seed", range(5))
def test_a_bound_is_found_to_the_byte(seed: int) -> None:
    assert shrunk(random_trace(seed), allocates_32_or_more) == [
        ["new", "heap", "Heap", {"size": 0}],
        ["call", "heap", "alloc", [32]],
    ]


def test_steps_that_are_needed_together_all_stay() -> None:
    small = shrunk(random_trace(3, operations=60), allocates_three_times_16)

    assert [step[3] for step in small[1:]] == [[16], [16], [16]]


def test_numbers_deep_inside_arguments_become_small() -> None:
    trace = [["fn", "f", {"sizes": [[900, 7], {"x": 40}], "word": "long", "flag": True}]]

    small = shrunk(trace, lambda t: 0 if t and t[0][2]["sizes"][0][0] >= 300 else None)

    assert small == [["fn", "f", {"sizes": [[300, 0], {"x": 0}]}]]


def test_names_of_objects_and_functions_are_never_numbers_to_make_small() -> None:
    trace = [["new", "h2", "Heap64", {}], ["get", "h2", "used3"]]

    small = shrunk(trace, lambda t: 1 if len(t) > 1 and t[1][2] == "used3" else None)

    assert small == trace


# --- for any bug --------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_bug_what_comes_back_is_a_whole_trace(seed: int) -> None:
    needle = Random(seed).randrange(1, 64)
    start = random_trace(seed)

    def strange(trace: Trace) -> int | None:
        text = json.dumps(trace)
        return len(trace) - 1 if len(text) % 64 >= needle or trace == start else None

    small, _ = shrink(start, attempt_with(strange), lambda: True)

    assert 0 < len(small) <= len(start)
    assert not set().union(*map(names_used, small)) - {"heap", *"abcdefghijklmnopqrstuvwxyz"}


@pytest.mark.parametrize("seed", range(10))
def test_no_candidate_refers_to_a_step_that_was_left_out(seed: int) -> None:
    bad = []

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        for trace in candidates:
            bound: set[str] = set()
            for step in trace:
                if not names_used(step) <= bound:
                    bad.append(step)
                if step[0] == "new":
                    bound.add(step[1])
                elif str(step[-1]).startswith("-> "):
                    bound.add(step[-1][3:])
        return attempt_with(frees_twice)(candidates)

    shrink(random_trace(seed), attempt, lambda: True)

    assert bad == []


def test_a_candidate_is_never_the_trace_itself() -> None:
    trace = random_trace(1)
    same = []

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        same.extend(each for each in candidates if each == trace)

    shrink(trace, attempt, lambda: True)

    assert same == []


def test_the_trace_that_is_given_is_left_as_it_was() -> None:
    trace = random_trace(2)
    before = json.dumps(trace)

    shrunk(trace, allocates_32_or_more)

    assert json.dumps(trace) == before


def test_a_bug_that_every_trace_shows_ends_with_one_step() -> None:
    assert shrunk(random_trace(0), lambda trace: 0 if trace else None) == [
        ["new", "heap", "Heap", {"size": 0}]
    ]


def test_a_bug_that_cannot_be_made_smaller_gives_the_trace_back() -> None:
    trace = [["new", "heap", "Heap", {}], ["call", "heap", "alloc", [0]]]

    assert shrunk(trace, lambda each: 1 if each == trace else None) == trace


# --- bounds -------------------------------------------------------------------


def test_no_batch_is_tried_after_the_bound_and_the_answer_says_so() -> None:
    batches = iter(range(3))
    tried = []

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        tried.append(len(candidates))
        return attempt_with(frees_twice)(candidates)

    small, whole = shrink(random_trace(0), attempt, lambda: next(batches, None) is not None)

    assert len(tried) == 3
    assert not whole
    assert frees_twice(small) == len(small) - 1


def test_one_pass_over_a_long_trace_needs_few_batches() -> None:
    batches = []

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        batches.append(len(candidates))
        return attempt_with(frees_twice)(candidates)

    shrink(random_trace(0), attempt, lambda: True)

    assert len(batches) <= 60


# --- tidying ------------------------------------------------------------------


def test_unused_names_go_and_the_others_are_a_b_c() -> None:
    trace = [
        ["new", "heap", "Heap", {}],
        ["call", "heap", "alloc", [1], "-> q"],
        ["call", "heap", "alloc", [2], "-> zz"],
        ["call", "heap", "split", ["$zz.1-4", ["$zz+8"]], "-> c"],
        ["get", "c", "used"],
    ]

    assert tidy(trace) == [
        ["new", "heap", "Heap", {}],
        ["call", "heap", "alloc", [1]],
        ["call", "heap", "alloc", [2], "-> a"],
        ["call", "heap", "split", ["$a.1-4", ["$a+8"]], "-> b"],
        ["get", "b", "used"],
    ]


def test_a_result_is_never_named_like_an_object() -> None:
    trace = [
        ["new", "a", "A", {}],
        ["call", "a", "alloc", [1], "-> q"],
        ["call", "a", "free", ["$q"]],
    ]

    assert tidy(trace)[1:] == [
        ["call", "a", "alloc", [1], "-> b"],
        ["call", "a", "free", ["$b"]],
    ]


def test_escaped_texts_stay_escaped() -> None:
    trace = [["fn", "open", ["$$a"], "-> q"], ["fn", "read", {"fd": "$q", "name": "$$q"}]]

    assert tidy(trace) == [
        ["fn", "open", ["$$a"], "-> a"],
        ["fn", "read", {"fd": "$a", "name": "$$q"}],
    ]
