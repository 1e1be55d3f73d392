"""What day 1's checks try: families of random traces, and examples written as calls.

Sizes are small and memory is tight, so that exact fits, ties and exhaustion come early.
A hidden check uses the same families with a secret seed.

    t       the recorder of one trace; every draw comes from ``t.rng``
    live    results of calls that stand for live blocks, as far as a builder can know
"""

from collections.abc import Callable
from random import Random
from typing import Any

from grader import TraceRecorder, traces
from grader.trace import Thing, Trace

from . import situations as seen

POLICIES = ("first", "best", "worst", "next")


def recorded(*examples: Callable[[TraceRecorder], object]) -> list[Trace]:
    """Return one trace per function that makes ordinary calls on a recorder."""
    found = []
    for example in examples:
        t = TraceRecorder()
        example(t)
        found.append(t.steps)
    return found


def taken_from(live: list[Any], rng: Random) -> Any:
    """Remove one of ``live``, any, and return it."""
    return live.pop(rng.randrange(len(live)))


# --- holes --------------------------------------------------------------------


def hole_options(rng: Random, **fixed: Any) -> dict[str, Any]:
    """Return arguments of a small HoleAllocator; ``fixed`` ones are not drawn."""
    drawn = {
        "base": rng.choice((0, 0, 10)),
        "policy": rng.choice(POLICIES),
        "align": rng.choice((1, 1, 4)),
        "header": rng.choice((0, 0, 1, 4)),
        "coalesce": rng.choice((True, True, False)),
        **fixed,
    }
    unit = drawn["align"] + drawn["header"]
    return {"size": rng.choice((4, 6, 8, 12, 24)) * unit + rng.choice((0, 0, 1)), **drawn}


def request(rng: Random, size: int) -> int:
    """Return how many bytes to ask an allocator of ``size`` bytes for: few different numbers."""
    return max(1, rng.choice((1, 1, 2, 2, 3, 4, size // 4, size // 2)))


def play_holes(t: TraceRecorder, *, compacts: bool, **fixed: Any) -> None:
    """Make valid calls on a HoleAllocator, mostly alloc and free, that keep it rather full."""
    rng = t.rng
    options = hole_options(rng, **fixed)
    size, align, header = options["size"], options["align"], options["header"]
    hole = t.new("HoleAllocator", **options)
    hole.snapshot()
    live: list[tuple[Any, int]] = []
    while t.more():
        held = sum(need for _, need in live)
        n = request(rng, size)
        need = -(-n // align) * align + header
        if not live or (rng.random() < 0.65 and held + need <= 1.2 * size):
            addr = hole.alloc(n)
            if held + need <= size:
                live.append((addr, need))
        elif rng.random() < 0.85:
            hole.free(taken_from(live, rng)[0])
        elif compacts and rng.random() < 0.5:
            hole.compact()
            live.clear()  # their addresses may have changed
        else:
            hole.size_of(rng.choice(live)[0])
        hole.snapshot()


@traces(
    exact_fit=seen.fits_exactly, ENOMEM=seen.exhausted, a_choice_between_holes=seen.could_choose
)
def hole_traces(t: TraceRecorder, **fixed: Any) -> None:
    """Make valid calls on a HoleAllocator; ``fixed`` arguments of it are not drawn."""
    play_holes(t, compacts=True, **fixed)


@traces(exact_fit=seen.fits_exactly, ENOMEM=seen.exhausted, the_search_wraps=seen.wraps)
def next_fit_traces(t: TraceRecorder) -> None:
    """Make valid calls on a HoleAllocator with next fit."""
    play_holes(t, compacts=True, policy="next")


@traces(exact_fit=seen.fits_exactly, ENOMEM=seen.exhausted, a_merge=seen.merges)
def merging_traces(t: TraceRecorder) -> None:
    """Make valid calls on a HoleAllocator that mostly merges its holes; nothing is compacted."""
    play_holes(t, compacts=False, align=1, coalesce=t.rng.random() < 0.8)


@traces(all_freed=seen.empties, a_merge=seen.merges)
def free_all_traces(t: TraceRecorder) -> None:
    """Allocate blocks of a HoleAllocator, and free them all in another order."""
    hole = t.new("HoleAllocator", **hole_options(t.rng, align=1, coalesce=True))
    live = []
    hole.snapshot()
    for _ in range(t.rng.randint(1, (t.most_operations - 1) // 2)):
        live.append(hole.alloc(t.rng.choice((1, 1, 2, 3))))
        hole.snapshot()
    while live:
        hole.free(taken_from(live, t.rng))
        hole.snapshot()


@traces(EINVAL=seen.refused, ENOMEM=seen.exhausted)
def failing_hole_traces(t: TraceRecorder) -> None:
    """Allocate blocks of a HoleAllocator, then make calls that mostly fail.

    No block is allocated after one was freed, so a stale address stays stale, whatever
    holes the allocator chooses.
    """
    rng = t.rng
    hole = t.new("HoleAllocator", **hole_options(rng, size=400, policy="first", align=1))
    header = int(t.steps[0][3]["header"])
    live, stale = [], []
    hole.snapshot()
    for _ in range(rng.randint(1, max(1, t.most_operations // 4))):
        live.append(hole.alloc(rng.choice((2, 3, 4))))
        hole.snapshot()
    while t.more():
        kind = rng.randrange(5)
        find = rng.choice((hole.free, hole.free, hole.size_of))
        if kind == 0 and live:
            stale.append(taken_from(live, rng))
            hole.free(stale[-1])
        elif kind == 1 and live:
            find(rng.choice(live) + rng.choice((1, -header or 1)))
        elif kind == 2 and stale:
            find(rng.choice(stale))
        elif kind == 3:
            hole.alloc(rng.choice((0, -1, 401)))
        else:
            find(rng.choice((-1, 399, 1000)))
        hole.snapshot()


# --- buddy --------------------------------------------------------------------


def ask_pages(t: TraceRecorder, buddy: Thing, order: int) -> Any:
    """Ask for a block of ``order``, or for so many pages that one is needed."""
    if t.rng.random() < 0.7:
        return buddy.alloc(order)
    return buddy.alloc_pages(t.rng.randint((1 << order) // 2 + 1, 1 << order))


@traces(
    two_splits_at_once=seen.splits_twice,
    two_merges_at_once=seen.merges_twice,
    ENOMEM=seen.exhausted,
    odd_frames=seen.has_odd_frames,
)
def buddy_traces(t: TraceRecorder) -> None:
    """Make valid calls on a small BuddyAllocator of any number of frames."""
    rng = t.rng
    nframes = rng.choice((2, 4, 8, 16, rng.randint(1, 12), rng.randint(1, 40)))
    max_order = rng.choice((1, 2, 3, 4))
    buddy = t.new("BuddyAllocator", nframes=nframes, max_order=max_order)
    buddy.snapshot()
    live: list[tuple[Any, int]] = []
    while t.more():
        held = sum(count for _, count in live)
        order = min(rng.choice((0, 0, 0, 1, 1, 2, 3)), max_order)
        if not live or (rng.random() < 0.55 and held + (1 << order) <= 1.2 * nframes):
            pfn = ask_pages(t, buddy, order)
            if held + (1 << order) <= nframes:
                live.append((pfn, 1 << order))
        elif rng.random() < 0.95:
            buddy.free(taken_from(live, rng)[0])
        else:
            buddy.free_blocks()
        buddy.snapshot()


@traces(all_freed=seen.empties, odd_frames=seen.has_odd_frames)
def buddy_free_all_traces(t: TraceRecorder) -> None:
    """Allocate blocks of a BuddyAllocator, and free them all in another order."""
    rng = t.rng
    buddy = t.new("BuddyAllocator", nframes=rng.randint(1, 40), max_order=rng.randint(0, 5))
    buddy.snapshot()
    live = []
    for _ in range(rng.randint(1, (t.most_operations - 1) // 2)):
        live.append(ask_pages(t, buddy, 0))
        buddy.snapshot()
    while live:
        buddy.free(taken_from(live, rng))
        buddy.snapshot()


# --- slab ---------------------------------------------------------------------


def slab_on_pages(t: TraceRecorder, *, constructs: bool) -> tuple[Thing, Thing]:
    """Make a page source and a small slab cache on it; return both."""
    rng = t.rng
    page_size = rng.choice((16, 32, 64))
    options: dict[str, Any] = {"page_size": page_size}
    if rng.random() < 0.3:
        options["order"] = 1
    if rng.random() < 0.3:
        options["align"] = rng.choice((1, 4, 16))
    source = t.given("PageSource", nframes=rng.choice((1, 2, 3, 6)))
    if constructs:
        options["ctor"] = t.given("Recorder", name="ctor")
    obj_size = rng.choice((page_size, page_size // 2, page_size // 2 - 1, page_size // 4))
    return source, t.new("SlabCache", name="t", obj_size=obj_size, buddy=source, **options)


@traces(
    a_second_slab=seen.has_two_slabs,
    a_slab_becomes_empty=seen.keeps_an_empty_slab,
    an_empty_slab_is_used=seen.uses_an_empty_slab,
    shrink_gives_back=seen.gives_back,
    ENOMEM=seen.exhausted,
)
def slab_traces(t: TraceRecorder, *, constructs: bool) -> None:
    """Make valid calls on a SlabCache; somebody else takes pages, too, and gives them back."""
    rng = t.rng
    source, slab = slab_on_pages(t, constructs=constructs)
    slab.snapshot()
    live: list[Any] = []
    elsewhere: list[Any] = []
    while t.more():
        kind = rng.random()
        if kind < 0.06:
            elsewhere.append(source.alloc(0))
        elif kind < 0.12 and elsewhere:
            source.free(taken_from(elsewhere, rng))
        elif kind < 0.2:
            slab.shrink()
        elif not live or kind < 0.65:
            live.append(slab.alloc())
        else:
            slab.free(taken_from(live, rng))
        slab.snapshot()


# --- heap ---------------------------------------------------------------------


def bytes_to_ask(rng: Random) -> int:
    """Return how many bytes to ask a heap for: at most 2 KiB, mostly few different numbers."""
    return rng.choice((1, 8, 8, 16, 24, 24, 32, 40, 100, 100, rng.randint(1, 300), 2000))


def signature(rng: Random, n: int) -> bytes:
    """Return ``n`` bytes by which a block knows itself, none of them zero."""
    first = rng.randint(1, 200)
    if n <= 40 and rng.random() < 0.5:
        return bytes(range(first, first + n))
    return bytes([first]) * n


@traces(
    an_address_is_used_again=seen.uses_again,
    three_blocks_live=lambda run: seen.most_live(run) >= 3,
)
def heap_traces(t: TraceRecorder) -> None:
    """Call malloc and free; fill every block with bytes of its own, and read them again."""
    rng = t.rng
    mem = t.given("SimHeap")
    heap = t.new("Heap", mem=mem)
    live: list[tuple[Any, int]] = []
    while t.more():
        kind = rng.random()
        if not live or (kind < 0.35 and len(live) < 10):
            n = bytes_to_ask(rng)
            live.append((heap.malloc(n), n))
            mem.store(live[-1][0], signature(rng, n))
        elif kind < 0.6:
            heap.free(taken_from(live, rng)[0])
        elif kind < 0.9:
            mem.load(*rng.choice(live))
        elif kind < 0.95:
            heap.usable_size(rng.choice(live)[0])
        else:
            mem.get("brk")
            heap.free_bytes()
        heap.snapshot()


# --- arena --------------------------------------------------------------------


@traces(
    exact_fit=seen.fills_the_arena,
    ENOMEM=seen.exhausted,
    a_gap_to_align=seen.skips_to_align,
    a_release_that_frees=seen.releases,
)
def arena_traces(t: TraceRecorder) -> None:
    """Make valid calls on a BumpArena; release marks in any order."""
    rng = t.rng
    size = rng.choice((8, 16, 20, 64))
    arena = t.new("BumpArena", size=size, align=rng.choice((1, 2, 4, 8, 8)))
    arena.snapshot()
    marks: list[Any] = []
    while t.more():
        kind = rng.random()
        if kind < 0.5:
            arena.alloc(request(rng, size))
        elif kind < 0.7:
            marks.append(arena.mark())
        elif kind < 0.85 and marks:
            arena.release(rng.choice(marks))
        elif kind < 0.9:
            arena.reset()
            marks.clear()
        else:
            arena.get(rng.choice(("used", "high_water")))
        arena.snapshot()


@traces(EINVAL=seen.refused, ENOMEM=seen.exhausted)
def failing_arena_traces(t: TraceRecorder) -> None:
    """Make calls on a BumpArena of which most fail, whatever lies in it."""
    rng = t.rng
    arena = t.new("BumpArena", size=100, align=rng.choice((1, 4, 8)))
    arena.snapshot()
    top: Any = 0
    while t.more():
        if rng.random() < 0.3:
            arena.alloc(rng.choice((1, 2)))
            arena.snapshot()
            top = arena.mark()
        elif rng.random() < 0.5:
            arena.alloc(rng.choice((0, -1, 101)))
        else:
            arena.release(rng.choice((-1, 101, top + 1)))
        arena.snapshot()
