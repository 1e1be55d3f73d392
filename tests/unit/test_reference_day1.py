"""The reference of day 1: the worked examples, the boundaries, and properties on obvious models."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loading import load_reference
from machine import PageSource, Recorder, SimHeap, roundup
from machine.recorder import take_calls
from outcomes import error_of

DAY1 = load_reference(1)
HoleAllocator = DAY1.holes.HoleAllocator
BuddyAllocator = DAY1.buddy.BuddyAllocator
SlabCache = DAY1.slab.SlabCache
Heap = DAY1.heap.Heap
BumpArena = DAY1.arena.BumpArena

POLICIES = ["first", "best", "worst", "next"]

# A random operation: what to do, which live object to do it to, and how large.
OPERATIONS = st.lists(
    st.tuples(st.sampled_from("aaafffrc"), st.integers(0, 99), st.integers(1, 60)), max_size=60
)


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    take_calls()
    yield
    take_calls()


# --- holes ------------------------------------------------------------------------------------


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
    with pytest.raises(ValueError, match="at least|one of"):
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


class Intervals:
    """HoleAllocator's obvious model: two lists, looked through from end to end."""

    def __init__(self, size: int, base: int, policy: str, align: int, header: int, **kw: bool):
        self.size, self.base, self.policy = size, base, policy
        self.align, self.header, self.coalesce = align, header, kw["coalesce"]
        self.rover = base
        self.holes, self.live = [[base, size]], []

    def choose(self, need: int) -> list[int] | None:
        fit = [hole for hole in self.holes if hole[1] >= need]
        behind = [hole for hole in fit if hole[0] >= self.rover]
        orders = {
            "first": fit,
            "next": behind or fit,
            "best": sorted(fit, key=lambda hole: hole[1]),
            "worst": sorted(fit, key=lambda hole: -hole[1]),
        }
        return next(iter(orders[self.policy]), None)

    def alloc(self, n: int) -> int | None:
        need = -(-n // self.align) * self.align + self.header
        hole = self.choose(need)
        if hole is None:
            return None
        start = hole[0]
        hole[:] = [start + need, hole[1] - need]
        self.holes = [hole for hole in self.holes if hole[1]]
        self.rover = start + need
        self.live = sorted([*self.live, [start + self.header, n, need]])
        return start + self.header

    def free(self, i: int) -> int:
        addr, _, need = self.live.pop(i)
        self.holes = sorted([*self.holes, [addr - self.header, need]])
        for left, right in reversed(list(zip(self.holes, self.holes[1:], strict=False))):
            if self.coalesce and sum(left) == right[0]:
                left[1] += right[1]
                self.holes.remove(right)
        return addr

    def compact(self) -> dict[int, int]:
        moves, end = {}, self.base
        for block in self.live:
            moves[block[0]] = end + self.header
            block[0] = end + self.header
            end += block[2]
        rest = self.base + self.size - end
        self.holes, self.rover = [[end, rest]] if rest else [], self.base
        return moves

    def snapshot(self) -> dict[str, object]:
        return {"holes": self.holes, "live": self.live, "rover": self.rover}


def same_step(h: Any, model: Intervals, what: str, which: int, n: int) -> None:
    """Do one operation on both and compare what they return and what they have become."""
    if what == "a":
        expected = model.alloc(n)
        assert (error_of(h.alloc, n) == "ENOMEM") if expected is None else h.alloc(n) == expected
    elif what in "fr" and model.live:
        h.free(model.free(which % len(model.live)))
    elif what == "c" and which < 20:
        assert h.compact() == model.compact()
    assert h.snapshot() == model.snapshot()


@given(
    OPERATIONS,
    st.fixed_dictionaries(
        {
            "size": st.integers(1, 400),
            "base": st.sampled_from([0, 1000]),
            "policy": st.sampled_from(POLICIES),
            "align": st.sampled_from([1, 3, 8]),
            "header": st.sampled_from([0, 4]),
            "coalesce": st.booleans(),
        }
    ),
)
def test_holes_equal_the_list_of_intervals(
    operations: list[tuple[str, int, int]], shape: dict[str, Any]
) -> None:
    """Under every policy, with and without merging, step by step."""
    h, model = HoleAllocator(**shape), Intervals(**shape)

    for operation in operations:
        same_step(h, model, *operation)


@pytest.mark.parametrize("policy", POLICIES)
def test_holes_equal_the_list_of_intervals_when_there_are_many(policy: str) -> None:
    """Hundreds of holes, so that the index has to be more than one piece."""
    rng = random.Random(policy)  # noqa: S311 - reproducible
    shape = {"size": 20_000, "base": 64, "align": 4, "header": 8, "coalesce": True}
    h, model = HoleAllocator(policy=policy, **shape), Intervals(policy=policy, **shape)

    for _ in range(400):
        same_step(h, model, "a", 0, rng.randrange(1, 40))
    for _ in range(600):
        same_step(h, model, rng.choice("aff"), rng.randrange(10**6), rng.randrange(1, 60))

    assert len(h.holes()) > 50


# --- buddy ------------------------------------------------------------------------------------


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


def canonical(free: set[int], max_order: int) -> dict[int, list[int]]:
    """Return the maximal aligned blocks, of up to max_order, that lie in a set of frames."""
    blocks: dict[int, list[int]] = {}
    free = set(free)
    for order in range(max_order, -1, -1):
        size = 1 << order
        starts = range(0, max(free, default=0) + 1, size)
        blocks[order] = [pfn for pfn in starts if free.issuperset(range(pfn, pfn + size))]
        free -= {frame for pfn in blocks[order] for frame in range(pfn, pfn + size)}
    return blocks


@given(OPERATIONS, st.integers(1, 70), st.integers(0, 5))
def test_buddy_equals_the_canonical_decomposition(
    operations: list[tuple[str, int, int]], nframes: int, max_order: int
) -> None:
    """The free blocks depend only on which frames are free; the lowest that fits is taken."""
    b = BuddyAllocator(nframes, max_order)
    free, live = set(range(nframes)), {}

    for what, which, n in operations:
        blocks = canonical(free, max_order)
        assert b.snapshot() == {
            "free": blocks,
            "live": [list(item) for item in sorted(live.items())],
        }
        if what == "a":
            order = n % (max_order + 1)
            fit = [blocks[k][0] for k in range(order, max_order + 1) if blocks[k]]
            if not fit:
                assert error_of(b.alloc, order) == "ENOMEM"
                continue
            assert b.alloc(order) == fit[0]
            live[fit[0]] = order
            free -= set(range(fit[0], fit[0] + (1 << order)))
        elif live:
            pfn = sorted(live)[which % len(live)]
            b.free(pfn)
            free |= set(range(pfn, pfn + (1 << live.pop(pfn))))
            assert error_of(b.free, pfn) == "EINVAL"

    for pfn in live:
        b.free(pfn)
    assert b.snapshot() == BuddyAllocator(nframes, max_order).snapshot()


# --- slab -------------------------------------------------------------------------------------


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
    with pytest.raises(ValueError, match="^t: "):
        SlabCache("t", obj_size, PageSource(1), align=align)


@given(OPERATIONS, st.sampled_from([700, 1500, 4000]), st.integers(0, 1))
def test_slab_equals_a_bitmap_per_slab(
    operations: list[tuple[str, int, int]], obj_size: int, order: int
) -> None:
    """The page source is asked only when no object is free, and gets slabs back by `shrink`."""
    ctor = Recorder("ctor")
    s = SlabCache("t", obj_size, PageSource(8), order=order, ctor=ctor)
    stride, capacity = roundup(obj_size, 8), (4096 << order) // roundup(obj_size, 8)
    maps: dict[int, list[bool]] = {}
    created = 0

    for what, which, _ in operations:
        take_calls()
        live = [(pfn, i) for pfn in sorted(maps) for i in range(capacity) if maps[pfn][i]]
        if what == "a":
            free = [pfn for pfn in sorted(maps) if not all(maps[pfn])]
            partial = [pfn for pfn in free if any(maps[pfn])]
            fresh = next((pfn for pfn in range(0, 8, 1 << order) if pfn not in maps), None)
            pfn = next(iter(partial + free), fresh)
            if pfn is None:
                assert error_of(s.alloc) == "ENOMEM"
                continue
            created += pfn not in maps
            idx = maps.setdefault(pfn, [False] * capacity).index(False)
            maps[pfn][idx] = True
            assert s.alloc() == pfn * 4096 + idx * stride
            assert any(call[1] == "PageSource.alloc" for call in take_calls()) == (not free)
        elif what in "fr" and live:
            pfn, idx = live[which % len(live)]
            maps[pfn][idx] = False
            s.free(pfn * 4096 + idx * stride)
            assert take_calls() == []
        elif what == "c":
            empty = [
                pfn for pfn in sorted(maps) if not any(maps.pop(pfn) if not any(maps[pfn]) else [1])
            ]
            assert s.shrink() == len(empty)
            assert [call[2] for call in take_calls()] == [[pfn] for pfn in empty]
        used = [[pfn, [i for i in range(capacity) if maps[pfn][i]]] for pfn in sorted(maps)]
        assert s.snapshot() == {"stride": stride, "capacity": capacity, "slabs": used}
    assert len(ctor.calls) == created * capacity


# --- heap -------------------------------------------------------------------------------------


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
    rng = random.Random(0)  # noqa: S311 - reproducible
    peaks = []

    for _ in range(4):
        blocks = [h.malloc(40) for _ in range(50)]
        rng.shuffle(blocks)
        for p in blocks:
            h.free(p)
        peaks.append(mem.peak)

    assert peaks == [mem.base + 50 * 48] * 4


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


@given(OPERATIONS, st.sampled_from([256, 1024, 1 << 16]))
def test_heap_payloads_keep_their_contents(
    operations: list[tuple[str, int, int]], limit: int
) -> None:
    """Disjoint, aligned, 8 bytes apart; nobody writes into anybody else's bytes."""
    mem = SimHeap(limit)
    h = Heap(mem)
    held: dict[int, bytes] = {}

    for sign, (what, which, n) in enumerate(operations, start=1):
        p = sorted(held)[which % len(held)] if held else None
        before = (h.snapshot(), h.free_bytes(), mem.brk)
        call, args = {
            "a": (h.malloc, (n,)),
            "f": (h.free, (p,)),
            "r": (h.realloc, (p, 3 * n)),
            "c": (h.calloc, (n, 2)),
        }[what]
        try:
            q = call(*args)
        except MemoryError:
            raise
        except OSError:
            assert (h.snapshot(), h.free_bytes(), mem.brk) == before
            continue
        kept = held.pop(p, b"") if what in "fr" else b""
        if q is not None:
            size = h_size = {"a": n, "r": 3 * n, "c": 2 * n}[what]
            kept = bytes(size) if what == "c" else kept[:size]
            assert mem.load(q, len(kept)) == kept
            held[q] = bytes([sign]) * h_size
            mem.store(q, held[q])
        check_heap(h, mem, held)


def check_heap(h: Any, mem: SimHeap, held: dict[int, bytes]) -> None:
    """Compare the heap with the bytes that are expected in it."""
    ascending = sorted(held.items())
    assert h.snapshot() == {"live": [[p, len(b)] for p, b in ascending]}
    assert h.free_bytes() == mem.brk - mem.base - sum(map(len, held.values()))
    ends = [p + max(len(b) + 8, h.usable_size(p)) for p, b in ascending]
    assert all(end <= p for end, (p, _) in zip(ends, ascending[1:], strict=False))
    for p, expected in ascending:
        assert p % 16 == 0
        assert h.usable_size(p) >= len(expected)
        assert mem.load(p, h.usable_size(p))[: len(expected)] == expected


# --- arena ------------------------------------------------------------------------------------


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


@given(OPERATIONS, st.sampled_from([1, 8, 16]))
def test_arena_is_last_in_first_out(operations: list[tuple[str, int, int]], align: int) -> None:
    """Releasing a mark restores the state at the mark, whatever was allocated since."""
    a = BumpArena(300, align)
    marks = [a.mark()]

    for what, _, n in operations:
        if what == "a":
            before = a.snapshot()
            if error_of(a.alloc, n) is not None:
                assert a.snapshot() == before
                assert roundup(a.used, align) + n > 300
        elif what == "f":
            marks.append(a.mark())
        elif len(marks) > 1:
            a.release(marks[-1])
            assert a.used == marks.pop()
        assert 0 <= marks[-1] <= a.used <= a.high_water <= 300

    for mark in reversed(marks):
        a.release(mark)
    assert a.used == 0
