"""What day 1's visible checks try: families of random traces.

Sizes are small and memory is tight, so that exact fits, ties and exhaustion come early.
A hidden check uses the same families with a secret seed.

    t        the recorder of one trace; every draw comes from ``t.rng``
    live     results of calls that stand for live blocks, as far as a builder can know
    change   one call between two snapshots: step, outcome, state before, state after
"""

from collections.abc import Callable
from random import Random
from typing import Any

from grader import Run, TraceRecorder, traces
from grader.trace import Thing, Trace

from .situations import (
    odd_frames,
    changes,
    empties_a_slab,
    exhausted,
    frees_all,
    has_choice,
    is_exact_fit,
    joins_twice,
    merges,
    most_live,
    refused,
    reuses,
    splits_twice,
    wraps,
)

POLICIES = ("first", "best", "worst", "next")


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


def _random_holes(t: TraceRecorder, compacts: bool = True, **fixed: Any) -> None:
    rng = t.rng
    options = hole_options(rng, **fixed)
    hole = t.new("HoleAllocator", **options)
    hole.snapshot()
    live: list[tuple[Any, int]] = []
    while t.more():
        held = sum(need for _, need in live)
        n = request(rng, options["size"])
        need = -(-n // options["align"]) * options["align"] + options["header"]
        if not live or (rng.random() < 0.6 and held + need <= 1.2 * options["size"]):
            addr = hole.alloc(n)
            if held + need <= options["size"]:
                live.append((addr, need))
        elif rng.random() < 0.8:
            hole.free(live.pop(rng.randrange(len(live)))[0])
        elif compacts and rng.random() < 0.3:
            hole.compact()
            live.clear()  # their addresses may have changed
        else:
            hole.size_of(rng.choice(live)[0])
        hole.snapshot()


@traces(an_exact_fit=is_exact_fit, ENOMEM=exhausted, a_choice_of_holes=has_choice)
def hole_traces(t: TraceRecorder, **fixed: Any) -> None:
    """Valid calls on a HoleAllocator; ``fixed`` arguments of it are not drawn."""
    _random_holes(t, **fixed)


@traces(an_exact_fit=is_exact_fit, ENOMEM=exhausted, the_search_wraps=wraps)
def next_fit_traces(t: TraceRecorder, **fixed: Any) -> None:
    """Valid calls on a HoleAllocator with next fit."""
    _random_holes(t, policy="next", **fixed)


@traces(an_exact_fit=is_exact_fit, ENOMEM=exhausted, a_merge=merges)
def merging_traces(t: TraceRecorder) -> None:
    """Valid calls on a HoleAllocator that mostly merges holes, without compaction."""
    _random_holes(t, compacts=False, align=1, coalesce=t.rng.random() < 0.8)


@traces(all_is_free_again=frees_all)
def free_all_traces(t: TraceRecorder) -> None:
    """Some blocks of a HoleAllocator, all freed again in another order."""
    options = hole_options(t.rng, align=1, coalesce=True)
    hole = t.new("HoleAllocator", **options)
    live = []
    for _ in range(t.rng.randint(1, (t.most_operations - 1) // 2)):
        live.append(hole.alloc(t.rng.choice((1, 1, 2, 3))))
        hole.snapshot()
    t.rng.shuffle(live)
    for addr in live:
        hole.free(addr)
        hole.snapshot()


def failing_hole_traces(t: TraceRecorder) -> None:
    """A HoleAllocator whose blocks are first all allocated, then freed, with failures between.

    No block is allocated after the first was freed, so a stale address stays stale.
    """
    rng = t.rng
    options = hole_options(rng, policy="first", align=1, base=rng.choice((0, 10)))
    options["size"] = 400
    header = options["header"]
    hole = t.new("HoleAllocator", **options)
    live, stale = [], []
    hole.snapshot()
    for _ in range(rng.randint(1, max(1, t.most_operations // 4))):
        live.append(hole.alloc(rng.choice((2, 3, 4))))
        hole.snapshot()
    while t.more():
        kind = rng.randrange(6)
        if kind == 0 and live:
            stale.append(live.pop(rng.randrange(len(live))))
            hole.free(stale[-1])
        elif kind == 1 and live:
            rng.choice((hole.free, hole.size_of))(rng.choice(live) + rng.choice((1, 1, -header or 1)))
        elif kind == 2 and stale:
            rng.choice((hole.free, hole.free, hole.size_of))(rng.choice(stale))
        elif kind == 3:
            hole.alloc(rng.choice((0, -1, -5)))
        elif kind == 4:
            hole.alloc(rng.choice((401, 500)))
        else:
            rng.choice((hole.free, hole.size_of))(rng.choice((-1, 399, 1000)))
        hole.snapshot()


# --- buddy --------------------------------------------------------------------


def buddy_traces(t: TraceRecorder) -> None:
    """Valid calls on a small BuddyAllocator of any number of frames."""
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
            pfn = _buddy_request(t, buddy, order)
            if held + (1 << order) <= nframes:
                live.append((pfn, 1 << order))
        elif rng.random() < 0.95:
            buddy.free(live.pop(rng.randrange(len(live)))[0])
        else:
            buddy.free_blocks()
        buddy.snapshot()


def _buddy_request(t: TraceRecorder, buddy: Any, order: int) -> Any:
    """Ask for a block of ``order``, or for as many pages as need one."""
    if t.rng.random() < 0.7:
        return buddy.alloc(order)
    return buddy.alloc_pages(t.rng.randint((1 << order) // 2 + 1, 1 << order))


@traces(all_is_free_again=frees_all, an_odd_number_of_frames=odd_frames)
def buddy_free_all_traces(t: TraceRecorder) -> None:
    """Some blocks of a BuddyAllocator, all freed again in another order."""
    rng = t.rng
    buddy = t.new("BuddyAllocator", nframes=rng.randint(1, 40), max_order=rng.randint(0, 5))
    live = []
    buddy.snapshot()
    for _ in range(rng.randint(1, (t.most_operations - 1) // 2)):
        live.append(_buddy_request(t, buddy, 0 if rng.random() < 0.6 else 1))
        buddy.snapshot()
    rng.shuffle(live)
    for pfn in live:
        buddy.free(pfn)
        buddy.snapshot()


# --- slab ---------------------------------------------------------------------


def slab_on_pages(t: TraceRecorder, *, constructs: bool) -> tuple[Any, Any]:
    """Make a page source and a small slab cache on it; return both."""
    rng = t.rng
    page_size = rng.choice((16, 32, 64))
    arguments: dict[str, Any] = {"page_size": page_size}
    if rng.random() < 0.3:
        arguments["order"] = 1
    if rng.random() < 0.3:
        arguments["align"] = rng.choice((1, 4, 16))
    source = t.given("PageSource", nframes=rng.choice((1, 2, 3, 6)))
    if constructs:
        arguments["ctor"] = t.given("Recorder", name="ctor")
    obj_size = rng.choice((page_size, page_size // 2, page_size // 2 - 1, page_size // 4))
    return source, t.new("SlabCache", name="t", obj_size=obj_size, buddy=source, **arguments)


@traces(
    a_second_slab=lambda run: any(len(c.after["slabs"]) > 1 for c in changes(run)),
    a_slab_becomes_empty=empties_a_slab,
    a_shrink_that_gives_back=lambda run: any(
        c.method == "shrink" and c.value > 0 for c in changes(run)
    ),
    ENOMEM=exhausted,
)
def slab_traces(t: TraceRecorder, *, constructs: bool) -> None:
    """Valid calls on a SlabCache, with other users of its page source now and then."""
    rng = t.rng
    source, slab = slab_on_pages(t, constructs=constructs)
    slab.snapshot()
    live: list[Any] = []
    while t.more():
        kind = rng.random()
        if not live or kind < 0.5:
            live.append(slab.alloc())
        elif kind < 0.85:
            slab.free(live.pop(rng.randrange(len(live))))
        elif kind < 0.95:
            slab.shrink()
        else:
            source.alloc(0)
        slab.snapshot()


# --- heap ---------------------------------------------------------------------


def signed(rng: Random, n: int) -> bytes:
    """Return ``n`` bytes by which a block knows itself."""
    first = rng.randint(1, 255)
    if n <= 8 and rng.random() < 0.5:
        return bytes((first + place) % 256 for place in range(n))
    return bytes([first]) * n


def bytes_wanted(rng: Random) -> int:
    """Return how many bytes to ask a heap for: at most 2 KiB, mostly few different numbers."""
    return rng.choice((1, 8, 8, 16, 24, 24, 32, 40, 100, 100, rng.randint(1, 300), 2000))


def heap_traces(t: TraceRecorder) -> None:
    """malloc and free; every block is filled with bytes of its own and read again."""
    rng = t.rng
    mem = t.given("SimHeap")
    heap = t.new("Heap", mem=mem)
    live: list[tuple[Any, int]] = []
    while t.more():
        kind = rng.random()
        if not live or (kind < 0.35 and len(live) < 10):
            n = bytes_wanted(rng)
            live.append((heap.malloc(n), n))
            mem.store(live[-1][0], signed(rng, n))
        elif kind < 0.6:
            heap.free(live.pop(rng.randrange(len(live)))[0])
        elif kind < 0.9:
            p, n = rng.choice(live)
            mem.load(p, n)
        elif kind < 0.95:
            heap.usable_size(rng.choice(live)[0])
        else:
            mem.get("brk")
            heap.free_bytes()
        heap.snapshot()


# --- arena --------------------------------------------------------------------


@traces(
    ENOMEM=exhausted,
    an_exact_fit=lambda run: any(c.after["top"] == run.trace[0][3]["size"] for c in changes(run)),
    a_release_that_frees=lambda run: any(
        c.method == "release" and c.after["top"] < c.before["top"] for c in changes(run)
    ),
    a_gap=lambda run: any(c.method == "alloc" and c.value > c.before["top"] for c in changes(run)),
)
def arena_traces(t: TraceRecorder) -> None:
    """Valid calls on a BumpArena; marks are released in any order."""
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
            number = rng.randrange(len(marks))
            arena.release(marks[number])
            del marks[number + 1 :]
        elif kind < 0.9:
            arena.reset()
            marks.clear()
        else:
            arena.get(rng.choice(("used", "high_water")))
        arena.snapshot()


@traces(EINVAL=refused, ENOMEM=exhausted)
def failing_arena_traces(t: TraceRecorder) -> None:
    """Calls on a BumpArena that mostly fail, whatever lies in it."""
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


# --- fixed examples -----------------------------------------------------------


def recorded(*examples: Any) -> list[list[Any]]:
    """Return one trace per function that makes ordinary calls on a recorder."""
    found = []
    for example in examples:
        t = TraceRecorder()
        example(t)
        found.append(t.steps)
    return found


def freed(thing: Any, blocks: Sequence[Any]) -> None:
    """Record the freeing of every second of ``blocks``, from the first on."""
    for (index, block), _ in pairwise([*enumerate(blocks), (0, None)]):
        if index % 2 == 0:
            thing.free(block)
