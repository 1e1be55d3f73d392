"""The reference of day 1: the worked examples and the boundaries, literally."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from loading import load_reference
from machine import PageSource, Recorder, SimHeap
from machine.recorder import take_calls
from outcomes import error_of

DAY1 = load_reference(1)
HoleAllocator = DAY1.holes.HoleAllocator
BuddyAllocator = DAY1.buddy.BuddyAllocator
SlabCache = DAY1.slab.SlabCache
Heap = DAY1.heap.Heap
BumpArena = DAY1.arena.BumpArena


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    take_calls()
    yield
    take_calls()


def test_holes_example_1_sizes_and_headers() -> None:
    """A request is rounded up, then gets its header; an exact fit leaves no hole."""
    h = HoleAllocator(100, base=1000, align=8, header=4)

    assert [h.alloc(10), h.alloc(8), h.alloc(1)] == [1004, 1024, 1036]
    h.free(1024)
    assert [h.alloc(9), h.alloc(8)] == [1048, 1024]
    assert h.snapshot() == {
        "holes": [[1064, 36]],
        "live": [[1004, 10, 20], [1024, 8, 12], [1036, 1, 12], [1048, 9, 20]],
        "rover": 1032,
    }


def test_holes_example_2_next_fit() -> None:
    """A hole that only reaches across the rover counts as starting below it."""
    h = HoleAllocator(100, policy="next")

    assert [h.alloc(20), h.alloc(20), h.alloc(20)] == [0, 20, 40]
    h.free(0)
    h.free(40)
    assert (h.holes(), h.snapshot()["rover"]) == ([(0, 20), (40, 60)], 60)
    assert (h.alloc(10), h.snapshot()["rover"]) == (0, 10)
    assert error_of(h.alloc, 70) == "ENOMEM"
    assert (h.alloc(45), h.snapshot()["rover"]) == (40, 85)
    assert h.holes() == [(10, 10), (85, 15)]
    assert h.alloc(15) == 85


@pytest.mark.parametrize(
    ("policy", "addr"), [("first", 0), ("best", 25), ("worst", 40), ("next", 75)]
)
def test_holes_example_3_four_policies(policy: str, addr: int) -> None:
    """The same holes, four choices."""
    h = HoleAllocator(100, policy=policy)
    blocks = [h.alloc(n) for n in (20, 5, 10, 5, 30, 5)]
    for block in blocks[::2]:
        h.free(block)

    assert h.holes() == [(0, 20), (25, 10), (40, 30), (75, 25)]
    assert h.alloc(8) == addr


def test_holes_example_4_no_merging() -> None:
    """Adjacent holes stay apart until memory is compacted."""
    h = HoleAllocator(100, coalesce=False)
    h.alloc(40)
    h.alloc(40)
    h.free(0)
    h.free(40)

    assert h.holes() == [(0, 40), (40, 40), (80, 20)]
    assert error_of(h.alloc, 60) == "ENOMEM"
    assert h.compact() == {}
    assert h.holes() == [(0, 100)]


def test_enough_memory_in_holes_that_are_too_small_is_enomem() -> None:
    """100 bytes are free, the largest hole has 20, and a request for 40 fails."""
    h = HoleAllocator(180)
    blocks = [h.alloc(20) for _ in range(9)]
    for block in blocks[::2]:
        h.free(block)

    assert error_of(h.alloc, 40) == "ENOMEM"
    assert h.stats() == {
        "total": 180, "used": 80, "requested": 80, "free": 100, "nholes": 5, "largest": 20,
        "external": 0.8, "internal": 0, "enomem": 1, "moved": 0,
    }  # fmt: skip


def test_compact_maps_every_live_block() -> None:
    """Blocks that stay are in the map, and only those that move count as moved."""
    h = HoleAllocator(100, base=50, header=2)
    assert [h.alloc(8), h.alloc(18), h.alloc(28)] == [52, 62, 82]
    h.free(62)

    assert h.compact() == {52: 52, 82: 62}
    assert h.snapshot() == {
        "holes": [[90, 60]],
        "live": [[52, 8, 10], [62, 28, 30]],
        "rover": 50,
    }
    assert h.stats()["moved"] == 30


def test_full_memory_has_no_external_fragmentation() -> None:
    """Nothing is free: the largest hole is 0, and so is the ratio."""
    h = HoleAllocator(10)
    h.alloc(10)

    assert h.holes() == []
    assert (h.stats()["largest"], h.stats()["external"]) == (0, 0.0)


@pytest.mark.parametrize(
    "bad", [{"size": 0}, {"base": -1}, {"align": 0}, {"header": -1}, {"policy": "quick"}]
)
def test_holes_refuses_bad_values(bad: dict[str, Any]) -> None:
    """Sizes that make no sense, and a policy that nobody knows."""
    with pytest.raises(ValueError, match=r"at least|one of"):
        HoleAllocator(**{"size": 10, **bad})


def test_holes_boundaries_of_alloc() -> None:
    """Everything fits exactly once; a byte more, or none at all, does not."""
    h = HoleAllocator(10)

    assert [error_of(h.alloc, n) for n in (0, -1, 11)] == ["EINVAL", "EINVAL", "ENOMEM"]
    assert h.alloc(10) == 0
    assert error_of(h.alloc, 1) == "ENOMEM"


def test_holes_free_takes_live_user_addresses_only() -> None:
    """Neither the header, nor an interior address, nor a block freed before."""
    h = HoleAllocator(100, base=8, header=4)
    addr = h.alloc(10)
    before = h.snapshot()

    assert [error_of(h.free, bad) for bad in (8, addr + 1, 0, -1)] == ["EINVAL"] * 4
    assert error_of(h.size_of, addr + 1) == "EINVAL"
    assert (h.size_of(addr), h.snapshot()) == (10, before)
    h.free(addr)
    assert error_of(h.free, addr) == "EINVAL"


@pytest.mark.parametrize("bad", ["8", None, 8.0, [8]])
def test_holes_refuses_what_is_no_int(bad: object) -> None:
    """A wrong type is a TypeError, not an OSError."""
    h = HoleAllocator(100)

    for call in (h.alloc, h.free, h.size_of):
        with pytest.raises(TypeError):
            call(bad)


def test_buddy_example_1_thirteen_frames() -> None:
    """No frame is lost, and a buddy that is split is no buddy to merge with."""
    b = BuddyAllocator(13, 3)

    assert b.free_blocks() == {0: [12], 1: [], 2: [8], 3: [0]}
    assert [b.alloc(0), b.alloc(1), b.alloc(0)] == [12, 8, 10]
    b.free(12)
    b.free(8)
    assert b.snapshot() == {"free": {0: [11, 12], 1: [8], 2: [], 3: [0]}, "live": [[10, 0]]}
    assert b.alloc(3) == 0
    assert [error_of(b.alloc, 3), error_of(b.alloc, 4)] == ["ENOMEM", "EINVAL"]


def test_buddy_example_2_merging_twice() -> None:
    """Freeing the last frame joins the halves, and the halves of those."""
    b = BuddyAllocator(16, 4)

    assert [b.alloc(1), b.alloc(0), b.alloc(2)] == [0, 2, 4]
    assert b.free_blocks() == {0: [3], 1: [], 2: [], 3: [8], 4: []}
    b.free(0)
    assert b.free_blocks() == {0: [3], 1: [0], 2: [], 3: [8], 4: []}
    b.free(2)
    assert b.free_blocks() == {0: [], 1: [], 2: [0], 3: [8], 4: []}


def test_buddy_boundaries() -> None:
    """One frame, order 0, and every request that cannot be."""
    b = BuddyAllocator(1, 0)

    assert [error_of(b.alloc, order) for order in (-1, 1)] == ["EINVAL", "EINVAL"]
    assert [error_of(b.alloc_pages, n) for n in (0, -1, 2)] == ["EINVAL"] * 3
    assert b.alloc_pages(1) == 0
    assert error_of(b.alloc_pages, 1) == "ENOMEM"
    assert error_of(b.free, 1) == "EINVAL"


def test_alloc_pages_rounds_up_to_a_power_of_two() -> None:
    """2**max_order pages are the most that one block has."""
    b = BuddyAllocator(32, 3)

    assert [b.alloc_pages(n) for n in (1, 2, 3, 5, 8)] == [0, 2, 4, 8, 16]
    assert b.snapshot()["live"] == [[0, 0], [2, 1], [4, 2], [8, 3], [16, 3]]
    assert error_of(b.alloc_pages, 9) == "EINVAL"


@pytest.mark.parametrize(("nframes", "max_order"), [(0, 3), (-1, 3), (4, -1)])
def test_buddy_refuses_bad_values(nframes: int, max_order: int) -> None:
    """There is at least one frame, and at least order 0."""
    with pytest.raises(ValueError, match="at least"):
        BuddyAllocator(nframes, max_order)


def test_slab_examples_1_and_2() -> None:
    """Freed objects come back first; an emptied slab is kept until it is asked for."""
    s = SlabCache("t", 1500, PageSource(4))

    assert s.alloc() == 0
    assert take_calls() == [["call", "PageSource.alloc", [0], 0]]
    assert [s.alloc(), s.alloc()] == [1504, 4096]
    s.free(0)
    take_calls()
    assert s.alloc() == 0
    assert take_calls() == []

    for addr in (0, 1504, 4096):
        s.free(addr)
    assert s.snapshot() == {"stride": 1504, "capacity": 2, "slabs": [[0, []], [1, []]]}
    assert error_of(s.free, 1504) == "EINVAL"
    assert s.shrink() == 2
    assert take_calls() == [
        ["call", "PageSource.free", [0], None],
        ["call", "PageSource.free", [1], None],
    ]


def test_slab_constructs_every_object_once() -> None:
    """In ascending order, when the slab is created, and never again."""
    ctor = Recorder("ctor")
    s = SlabCache("t", 2048, PageSource(2), order=1, ctor=ctor)

    s.free(s.alloc())
    s.alloc()

    assert ctor.calls == [[0], [2048], [4096], [6144]]


def test_slab_prefers_partial_slabs_to_empty_ones() -> None:
    """Even when the empty one is lower."""
    s = SlabCache("t", 2048, PageSource(3))
    addrs = [s.alloc() for _ in range(4)]
    for addr in (*addrs[:2], addrs[3]):
        s.free(addr)

    assert s.snapshot()["slabs"] == [[0, []], [1, [0]]]
    assert [s.alloc(), s.alloc()] == [6144, 0]


def test_slab_failures_change_nothing() -> None:
    """Interior and foreign addresses are refused; ENOMEM comes from the page source."""
    s = SlabCache("t", 4096, PageSource(1))
    assert s.alloc() == 0
    before = s.snapshot()

    assert [error_of(s.free, addr) for addr in (8, 4096, -4096)] == ["EINVAL"] * 3
    assert error_of(s.alloc) == "ENOMEM"
    assert s.snapshot() == before == {"stride": 4096, "capacity": 1, "slabs": [[0, [0]]]}


@pytest.mark.parametrize(("obj_size", "align"), [(0, 8), (4097, 8), (8, 3), (8, 0)])
def test_slab_refuses_bad_values(obj_size: int, align: int) -> None:
    """An object is at least a byte and at most a slab; align is a power of two."""
    with pytest.raises(ValueError, match="t: "):
        SlabCache("t", obj_size, PageSource(1), align=align)


def test_heap_example_1_realloc_keeps_the_prefix() -> None:
    """Payloads are aligned, with room for a header between them."""
    mem = SimHeap()
    h = Heap(mem)
    p, q = h.malloc(24), h.malloc(8)
    assert (p % 16, q % 16, abs(q - p) >= 32) == (0, 0, True)
    mem.store(p, b"abcdefghijklmnopqrstuvwx")

    r = h.realloc(p, 100)

    assert mem.load(r, 24) == b"abcdefghijklmnopqrstuvwx"
    assert r != p
    assert error_of(h.free, p) == "EINVAL"


def test_heap_example_2_exhausted_memory() -> None:
    """Every refused call leaves the break, the blocks and their bytes."""
    mem = SimHeap(limit=4096)
    h = Heap(mem)
    p = h.malloc(1000)
    mem.store(p, b"x" * 1000)
    before = (mem.brk, h.snapshot())

    assert error_of(h.malloc, 1 << 20) == "ENOMEM"
    assert error_of(h.realloc, p, 1 << 20) == "ENOMEM"
    assert error_of(h.calloc, 1 << 40, 1 << 40) == "ENOMEM"
    assert h.malloc(0) is None
    assert (mem.brk, h.snapshot()) == before
    assert mem.load(p, 1000) == b"x" * 1000


def test_heap_without_a_block() -> None:
    """None and 0 are no errors; negative sizes and dead payloads are."""
    h = Heap(SimHeap())
    p = h.malloc(10)

    assert [h.free(None), h.calloc(0, 5), h.calloc(5, 0), h.realloc(None, 0)] == [None] * 4
    assert h.usable_size(None) == 0
    assert [error_of(h.malloc, -1), error_of(h.realloc, p, -1)] == ["EINVAL"] * 2
    assert [error_of(h.calloc, -1, 0), error_of(h.calloc, 0, -1)] == ["EINVAL"] * 2
    assert [error_of(h.free, p + 16), error_of(h.usable_size, p + 1)] == ["EINVAL"] * 2
    assert h.realloc(p, 0) is None
    assert [error_of(h.free, p), error_of(h.realloc, p, 5)] == ["EINVAL"] * 2


def test_calloc_clears_recycled_memory() -> None:
    """The block was dirty when it was freed."""
    mem = SimHeap()
    h = Heap(mem)
    p = h.malloc(64)
    mem.store(p, b"\xff" * 64)
    h.free(p)

    q = h.calloc(8, 8)

    assert q == p
    assert mem.load(q, 64) == bytes(64)


def test_equal_rounds_need_no_more_memory_than_one() -> None:
    """Whatever the order in which blocks are freed, their memory is found again."""
    mem = SimHeap()
    h = Heap(mem)
    rng = random.Random(0)
    peaks = []

    for _ in range(4):
        blocks = [h.malloc(40) for _ in range(50)]
        rng.shuffle(blocks)
        for p in blocks:
            h.free(p)
        peaks.append(mem.peak)

    assert peaks == [mem.base + 50 * 48] * 4


def test_realloc_reads_no_further_than_the_block() -> None:
    """The topmost block moves down to a larger one; behind it there is no memory to read."""
    mem = SimHeap()
    h = Heap(mem)
    low, high = h.malloc(200), h.malloc(24)
    mem.store(high, b"abcdefghijklmnopqrstuvwx")
    h.free(low)

    p = h.realloc(high, 100)

    assert p == low
    assert mem.load(p, 24) == b"abcdefghijklmnopqrstuvwx"


def test_a_failed_realloc_next_to_a_hole_leaves_the_hole() -> None:
    """The freed neighbours are still there, for others."""
    mem = SimHeap(limit=160)
    h = Heap(mem)
    a, b, c = h.malloc(40), h.malloc(40), h.malloc(40)
    h.free(a)
    mem.store(b, b"b" * 40)

    assert error_of(h.realloc, b, 100) == "ENOMEM"
    assert h.snapshot()["live"] == [[b, 40], [c, 40]]
    assert mem.load(b, 40) == b"b" * 40
    assert h.malloc(40) == a


def test_arena_examples_1_and_2() -> None:
    """Releasing a mark frees what came after it; the high water stays."""
    a = BumpArena(64)

    assert [a.alloc(5), a.alloc(3), a.mark(), a.alloc(10)] == [0, 8, 11, 16]
    a.release(11)
    assert a.alloc(1) == 16
    assert [error_of(a.alloc, 100), error_of(a.release, 18)] == ["ENOMEM", "EINVAL"]
    assert a.snapshot() == {"top": 17, "high_water": 26}
    a.reset()
    assert (a.used, a.high_water) == (0, 26)


def test_arena_boundaries() -> None:
    """The last byte can be had; nothing beyond it, and nothing below zero."""
    a = BumpArena(8)

    assert [error_of(a.alloc, n) for n in (0, -1, 9)] == ["EINVAL", "EINVAL", "ENOMEM"]
    assert a.alloc(8) == 0
    assert [error_of(a.alloc, 1), error_of(a.release, -1)] == ["ENOMEM", "EINVAL"]
    a.release(8)
    assert a.used == 8


@pytest.mark.parametrize(("size", "align"), [(0, 8), (-1, 8), (8, 0), (8, 3)])
def test_arena_refuses_bad_values(size: int, align: int) -> None:
    """There is at least one byte, and align is a power of two."""
    with pytest.raises(ValueError, match="at least"):
        BumpArena(size, align)
