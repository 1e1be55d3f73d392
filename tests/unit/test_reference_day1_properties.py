"""The reference of day 1 under random operations, beside obvious models."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loading import load_reference
from machine import PageSource, Recorder, SimHeap, roundup
from machine.recorder import take_calls
from models_day1 import Bitmaps, Intervals, canonical
from outcomes import error_of

DAY1 = load_reference(1)

POLICIES = ["first", "best", "worst", "next"]

# What to do (allocate, free, and two rare things), to which live object, and how large.
OPERATION = st.tuples(st.sampled_from("aaaaffffrc"), st.integers(0, 99), st.integers(1, 60))

# Short ones to understand a failure by, long ones to find it.
OPERATIONS = st.lists(OPERATION, max_size=6) | st.lists(OPERATION, min_size=25, max_size=60)

HOLE_ALLOCATORS = st.fixed_dictionaries(
    {
        "size": st.integers(1, 400),
        "base": st.sampled_from([0, 1000]),
        "policy": st.sampled_from(POLICIES),
        "align": st.sampled_from([1, 3, 8]),
        "header": st.sampled_from([0, 4]),
        "coalesce": st.booleans(),
    }
)

Operations = list[tuple[str, int, int]]


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    take_calls()
    yield
    take_calls()


@given(HOLE_ALLOCATORS, OPERATIONS)
def test_holes_equal_the_list_of_intervals(shape: dict[str, Any], operations: Operations) -> None:
    """Under every policy, with and without merging, step by step."""
    h, model = DAY1.holes.HoleAllocator(**shape), Intervals(**shape)

    for operation in operations:
        step_holes(h, model, *operation)


@pytest.mark.parametrize("policy", POLICIES)
def test_many_holes_equal_the_list_of_intervals(policy: str) -> None:
    """Hundreds of holes are more than one chunk of an index, or one look at a list."""
    shape: dict[str, Any] = {"size": 20_000, "base": 64, "align": 4, "header": 8, "coalesce": True}
    h = DAY1.holes.HoleAllocator(policy=policy, **shape)
    model = Intervals(policy=policy, **shape)
    rng = random.Random(policy)

    for _ in range(400):
        step_holes(h, model, "a", 0, rng.randrange(1, 40))
    for _ in range(600):
        step_holes(h, model, rng.choice("aff"), rng.randrange(10**6), rng.randrange(1, 60))

    assert len(h.holes()) > 50


def step_holes(h: Any, model: Intervals, what: str, which: int, n: int) -> None:
    """Do one operation on both; they return the same and become the same."""
    if what == "a":
        expected = model.alloc(n)
        assert (error_of(h.alloc, n) == "ENOMEM") if expected is None else h.alloc(n) == expected
    elif what in "fr" and model.live:
        h.free(model.free(which % len(model.live)))
    elif what == "c":
        assert h.compact() == model.compact()
    assert h.snapshot() == model.snapshot()


@given(HOLE_ALLOCATORS, OPERATIONS)
def test_stats_of_holes_add_up(shape: dict[str, Any], operations: Operations) -> None:
    """Every byte is used or free; what is not asked for is internal fragmentation."""
    h, model = DAY1.holes.HoleAllocator(**shape), Intervals(**shape)
    for operation in operations:
        step_holes(h, model, *operation)

    stats = h.stats()

    assert stats["used"] + stats["free"] == stats["total"] == shape["size"]
    assert stats["internal"] == sum(need - n for _, n, need in model.live)
    assert stats["largest"] == max((size for _, size in model.holes), default=0)
    assert stats["nholes"] == len(model.holes)
    assert 0 <= stats["external"] < 1


@given(st.integers(1, 70), st.integers(0, 5), OPERATIONS)
def test_buddy_equals_the_canonical_decomposition(
    nframes: int, max_order: int, operations: Operations
) -> None:
    """The free blocks depend only on which frames are free; the lowest that fits is taken."""
    b = DAY1.buddy.BuddyAllocator(nframes, max_order)
    free = set(range(nframes))
    live: dict[int, int] = {}

    for what, which, n in operations:
        if what == "a":
            order = n % (max_order + 1)
            blocks = canonical(free, max_order)
            fit = [blocks[k][0] for k in range(order, max_order + 1) if blocks[k]]
            if not fit:
                assert error_of(b.alloc, order) == "ENOMEM"
                continue
            assert b.alloc(order) == fit[0]
            assert fit[0] % (1 << order) == 0
            live[fit[0]] = order
            free -= set(range(fit[0], fit[0] + (1 << order)))
        elif live:
            pfn = sorted(live)[which % len(live)]
            b.free(pfn)
            free |= set(range(pfn, pfn + (1 << live.pop(pfn))))
            assert error_of(b.free, pfn) == "EINVAL"
        assert b.free_blocks() == canonical(free, max_order)
        assert b.snapshot()["live"] == [[pfn, live[pfn]] for pfn in sorted(live)]

    for pfn in live:
        b.free(pfn)
    assert b.snapshot() == DAY1.buddy.BuddyAllocator(nframes, max_order).snapshot()


@given(st.sampled_from([700, 1500, 4000]), st.integers(0, 1), OPERATIONS)
def test_slab_equals_a_bitmap_per_slab(obj_size: int, order: int, operations: Operations) -> None:
    """The page source is asked only when no object is free, and gets slabs back by `shrink`."""
    ctor = Recorder("ctor")
    s = DAY1.slab.SlabCache("t", obj_size, PageSource(8), order=order, ctor=ctor)
    model = Bitmaps(stride=roundup(obj_size, 8), order=order, nframes=8)

    for what, which, _ in operations:
        take_calls()
        if what == "a":
            asked = [] if model.has_free_object() else ["PageSource.alloc"]
            addr = model.alloc()
            assert (error_of(s.alloc) == "ENOMEM") if addr is None else s.alloc() == addr
            assert [call[1] for call in take_calls() if call[1] != "ctor"] == asked
        elif what in "fr" and (addr := model.free(which)) is not None:
            s.free(addr)
            assert error_of(s.free, addr) == "EINVAL"
            assert take_calls() == []
        elif what == "c":
            empty = model.shrink()
            assert s.shrink() == len(empty)
            assert take_calls() == [["call", "PageSource.free", [pfn], None] for pfn in empty]
        assert s.snapshot() == model.snapshot()
    assert len(ctor.calls) == model.created * model.capacity


@given(st.sampled_from([256, 1024, 1 << 16]), OPERATIONS)
def test_heap_payloads_keep_their_contents(limit: int, operations: Operations) -> None:
    """Disjoint, aligned, 8 bytes apart; nobody writes into anybody else's bytes."""
    mem = SimHeap(limit)
    h = DAY1.heap.Heap(mem)
    held: dict[int, bytes] = {}  # payload -> the bytes that were stored there

    for sign, (what, which, n) in enumerate(operations, start=1):
        p = sorted(held)[which % len(held)] if held else None
        call, args, size = {
            "a": (h.malloc, (n,), n),
            "f": (h.free, (p,), 0),
            "r": (h.realloc, (p, 3 * n), 3 * n),
            "c": (h.calloc, (n, 2), 2 * n),
        }[what]
        before = h.snapshot(), h.free_bytes(), mem.brk
        try:
            q = call(*args)
        except OSError:
            assert (h.snapshot(), h.free_bytes(), mem.brk) == before
        else:
            kept = held.pop(p, b"")[:size] if p is not None and what in "fr" else b""
            if q is not None:
                kept = bytes(size) if what == "c" else kept
                assert mem.load(q, len(kept)) == kept
                held[q] = bytes([sign]) * size
                mem.store(q, held[q])
        check_heap(h, mem, held)


def check_heap(h: Any, mem: SimHeap, held: dict[int, bytes]) -> None:
    """Compare the heap with the bytes that are expected in it."""
    blocks = sorted(held.items())
    assert h.snapshot() == {"live": [[p, len(stored)] for p, stored in blocks]}
    assert h.free_bytes() == mem.brk - mem.base - sum(len(stored) for _, stored in blocks)
    ends = [p + max(len(stored) + 8, h.usable_size(p)) for p, stored in blocks]
    assert all(end <= p for end, (p, _) in zip(ends, blocks[1:], strict=False))
    for p, stored in blocks:
        assert p % 16 == 0
        assert mem.load(p, h.usable_size(p)).startswith(stored)


@given(st.sampled_from([1, 8, 16]), OPERATIONS)
def test_arena_is_last_in_first_out(align: int, operations: Operations) -> None:
    """Releasing a mark restores the top at the mark, whatever was allocated since."""
    a = DAY1.arena.BumpArena(300, align)
    marks = [a.mark()]

    for what, _, n in operations:
        if what == "a":
            top = a.used
            if error_of(a.alloc, n) is None:
                assert a.used == roundup(top, align) + n
            else:
                assert a.used == top > 300 - align - n
        elif what == "f":
            marks.append(a.mark())
        elif len(marks) > 1:
            a.release(marks[-1])
            assert a.used == marks.pop()
        assert a.used <= a.high_water <= 300

    for mark in reversed(marks):
        a.release(mark)
    assert a.used == 0
