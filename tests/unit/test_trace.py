"""Ordinary calls become a trace; every step looks like the Python that a student writes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.trace import (
    TraceRecorder,
    Traces,
    bound_name,
    call_text,
    names_used,
    operations,
    traces,
)


@pytest.fixture
def t() -> TraceRecorder:
    return TraceRecorder()


# --- recording ----------------------------------------------------------------


def test_an_object_of_the_module_under_test_is_new_and_named_after_its_class(
    t: TraceRecorder,
) -> None:
    t.new("BuddyAllocator", nframes=16)

    assert t.steps == [["new", "buddy", "BuddyAllocator", {"nframes": 16}]]


def test_an_object_of_machine_is_given(t: TraceRecorder) -> None:
    t.given("SimHeap", limit=64)

    assert t.steps == [["given", "sim", "SimHeap", {"limit": 64}]]


def test_a_second_object_of_a_class_gets_a_number(t: TraceRecorder) -> None:
    for class_name in ("TLB", "TLB", "HTTPServer", "Tlb"):
        t.new(class_name)

    assert [step[1] for step in t.steps] == ["tlb", "tlb2", "http", "tlb3"]


def test_a_method_call_is_a_step(t: TraceRecorder) -> None:
    t.new("Heap").write(4, b"hi")

    assert t.steps[-1] == ["call", "heap", "write", [4, {"hex": "6869"}]]


def test_keyword_arguments_become_a_dict(t: TraceRecorder) -> None:
    t.new("Vm").mmap(length=4096, prot=3)

    assert t.steps[-1] == ["call", "vm", "mmap", {"length": 4096, "prot": 3}]


def test_positional_and_keyword_arguments_do_not_mix(t: TraceRecorder) -> None:
    with pytest.raises(TypeError, match="positional or keyword arguments, not both"):
        t.new("Vm").mmap(4096, prot=3)


def test_a_snapshot_an_attribute_a_function_and_a_generator_are_steps(t: TraceRecorder) -> None:
    heap = t.new("Heap")
    heap.snapshot()
    heap.get("used")
    t.fn("split", 5, 16)
    t.fn("split", va=5)
    t.next("put", {"n": 2}, [None, "x"])

    assert t.steps[1:] == [
        ["snap", "heap"],
        ["get", "heap", "used"],
        ["fn", "split", [5, 16]],
        ["fn", "split", {"va": 5}],
        ["next", "put", {"n": 2}, [None, "x"]],
    ]


def test_a_name_with_an_underscore_in_front_is_not_a_method(t: TraceRecorder) -> None:
    heap = t.new("Heap")

    with pytest.raises(AttributeError):
        heap._secret()


# --- references ---------------------------------------------------------------


def test_a_result_is_bound_only_when_it_is_used(t: TraceRecorder) -> None:
    heap = t.new("Heap")
    heap.alloc(1)
    block = heap.alloc(2)
    heap.free(block)

    assert t.steps[1:] == [
        ["call", "heap", "alloc", [1]],
        ["call", "heap", "alloc", [2], "-> a"],
        ["call", "heap", "free", ["$a"]],
    ]


def test_a_reference_reaches_elements_and_adds_constants(t: TraceRecorder) -> None:
    heap = t.new("Heap")
    block = heap.alloc(2)
    heap.use(block, block[1], block + 8, block[1] - 4, block[2][0] + 1 - 1)

    assert t.steps[-1][3] == ["$a", "$a.1", "$a+8", "$a.1-4", "$a.2.0"]


def test_references_reach_into_lists_dicts_and_other_objects(t: TraceRecorder) -> None:
    heap = t.new("Heap")
    block = heap.alloc(2)
    t.fn("f", [block, (block,)], {"at": block}, heap)

    assert t.steps[-1] == ["fn", "f", [["$a", ["$a"]], {"at": "$a"}, "$heap"]]


def test_a_text_that_starts_with_a_dollar_is_escaped(t: TraceRecorder) -> None:
    t.fn("open", "$a", "a$", "$")

    assert t.steps == [["fn", "open", ["$$a", "a$", "$$"]]]


def test_results_are_named_in_the_order_of_their_first_use(t: TraceRecorder) -> None:
    heap = t.new("Heap")
    blocks = [heap.alloc(n) for n in range(28)]
    for block in reversed(blocks):
        heap.free(block)

    assert [step[-1] for step in t.steps[1:29]] == [
        "-> ab",
        "-> aa",
        *(f"-> {letter}" for letter in reversed("abcdefghijklmnopqrstuvwxyz")),
    ]


def test_every_byte_of_an_argument_is_written_down(t: TraceRecorder) -> None:
    content = bytes(range(256)) * 4
    t.fn("write", content, bytes(4096))

    assert t.steps == [["fn", "write", [{"hex": content.hex()}, {"fill": [0, 4096]}]]]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (["new", "h", "Heap", {}], "h"),
        (["given", "m", "SimHeap", {}], "m"),
        (["call", "h", "alloc", [1], "-> a"], "a"),
        (["call", "h", "alloc", ["-> a"]], None),
        (["fn", "f", [], "-> b"], "b"),
        (["get", "h", "-> x"], None),
        (["get", "h", "used", "-> x"], "x"),
        (["snap", "h"], None),
    ],
)
def test_a_step_binds_the_name_that_it_ends_with(step: list[Any], name: str) -> None:
    assert bound_name(step) == name


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (["new", "h", "Heap", {"m": "$m"}], {"m"}),
        (["call", "h", "free", ["$a.1-4"]], {"h", "a"}),
        (["call", "h", "open", ["$$a"]], {"h"}),
        (["fn", "f", [["$a", {"k": "$b+1"}]]], {"a", "b"}),
        (["fn", "f", {"x": "$a"}], {"a"}),
        (["get", "h", "used"], {"h"}),
        (["snap", "h"], {"h"}),
        (["next", "put", {"q": "$q"}, ["$r"]], {"q", "r"}),
    ],
)
def test_a_step_needs_its_receiver_and_its_references(step: list[Any], names: Any) -> None:
    assert names_used(step) == names


def test_a_snapshot_is_not_an_operation() -> None:
    assert operations([["new", "h", "Heap", {}], ["snap", "h"], ["get", "h", "used"]]) == 2


# --- how a step looks ---------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (["given", "m", "SimHeap", {"limit": 64}], "m = SimHeap(limit=64)"),
        (["new", "h", "Heap", {"m": "$m", "policy": "first"}], "h = Heap(m=m, policy='first')"),
        (["call", "h", "alloc", [10], "-> a"], "a = h.alloc(10)"),
        (["call", "h", "alloc", []], "h.alloc()"),
        (["call", "h", "free", ["$a.1-4"]], "h.free(a[1] - 4)"),
        (["call", "h", "free", ["$a+8"]], "h.free(a + 8)"),
        (["call", "h", "open", ["$$a", None]], "h.open('$a', None)"),
        (["call", "h", "write", [0, {"hex": "6869"}]], "h.write(0, b'hi')"),
        (["call", "h", "write", [0, {"fill": [0, 4096]}]], "h.write(0, bytes([0]) * 4096)"),
        (["fn", "split", [5, [1, {"k": "$a"}]]], "split(5, [1, {'k': a}])"),
        (["fn", "f", [{"dict": [[1, 2]]}]], "f({1: 2})"),
        (["get", "h", "used", "-> b"], "b = h.used"),
        (["snap", "h"], "h.snapshot()"),
        (["next", "put", {"n": 1}, []], "put(n=1) after []"),
        (["next", "put", {"n": 1}, [None, "$a"]], "put(n=1) after [None, a]"),
    ],
)
def test_a_step_looks_like_python(step: list[Any], text: Any) -> None:
    assert call_text(step) == text


# --- families of traces -------------------------------------------------------


@traces(something_big=lambda _run: True)
def family(t: TraceRecorder, most: int = 9) -> None:
    heap = t.new("Heap", most=most)
    while t.more():
        heap.alloc(t.rng.randrange(most))
        heap.snapshot()


def test_a_family_knows_the_situations_that_it_must_reach() -> None:
    assert isinstance(family(), Traces)
    assert list(family().reaches) == ["something big"]


def test_a_seed_draws_the_same_trace_again_and_another_seed_another() -> None:
    assert family(most=1000).draw(1, 9) == family(most=1000).draw(1, 9)
    assert family(most=1000).draw(1, 9) != family(most=1000).draw(2, 9)


def test_a_drawn_trace_is_as_long_as_asked_for() -> None:
    assert operations(family().draw(1, 9)) == 9
    assert operations(family().draw(1, 1)) == 1


def test_a_builder_that_does_too_much_is_cut() -> None:
    @traces()
    def greedy(t: TraceRecorder) -> None:
        heap = t.new("Heap")
        for _ in range(100):
            heap.alloc(1)

    assert operations(greedy().draw(0, 7)) == 7


_DRAW = """
import json
from hypothesis import given, seed, settings
from grader.trace import traces

@traces()
def family(t):
    for _ in range(3):
        t.fn("f", t.rng.randrange(10**9))

drawn = []
@settings(max_examples=20, database=None)
@seed(7)
@given(family().strategy(6))
def collect(trace):
    drawn.append(trace)

collect()
print(json.dumps(drawn))
"""


def drawn_with(folder: Path, literals: str) -> list[object]:
    """Draw in a process that has imported a local module full of ``literals``."""
    (folder / "local.py").write_text(literals, encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import local\n{_DRAW}"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, timeout=60
    )
    return json.loads(found.stdout)


def test_two_processes_draw_the_same_whatever_local_modules_they_imported(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    one = drawn_with(tmp_path / "one", "A = [123456789, 'a word', 4.5, b'bytes']\n")
    other = drawn_with(tmp_path / "other", "B = [987654321, 'another', 0.125, True]\n")

    assert one == other
    assert len(one) == 20
