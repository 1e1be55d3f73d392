"""What only day 1's hidden checks try: families of random traces.

Legend::

    t       the recorder of one trace; every draw comes from ``t.rng``
    live    results of calls that stand for live blocks, as far as a builder can know
"""

from random import Random
from typing import Any

from grader import Run, TraceRecorder, traces

from ..visible import situations as seen
from ..visible.traces import (
    ask_pages,
    bytes_to_ask,
    hole_options,
    request,
    signature,
    slab_on_pages,
    taken_from,
)

# --- holes --------------------------------------------------------------------


def _is_full_when_measured(run: Run) -> bool:
    return any(stats and stats["free"] == 0 for stats in seen.values(run, "stats"))


def _leaves_one_block(run: Run) -> bool:
    maps = seen.values(run, "compact")
    return any(new_of and any(old == new for old, new in new_of.items()) for new_of in maps)


def _moves_a_block(run: Run) -> bool:
    maps = seen.values(run, "compact")
    return any(new_of and any(old != new for old, new in new_of.items()) for new_of in maps)


@traces(
    full_when_measured=_is_full_when_measured,
    a_block_that_stays=_leaves_one_block,
    a_block_that_moves=_moves_a_block,
)
def compacting_traces(t: TraceRecorder) -> None:
    """Measure and compact a HoleAllocator, and ask for all that is free at once."""
    rng = t.rng
    hole = t.new("HoleAllocator", **hole_options(rng, policy="first", align=1))
    options = t.steps[0][3]
    hole.snapshot()
    live: list[Any] = []
    while t.more():
        kind = rng.random()
        if kind < 0.35:
            live.append(hole.alloc(request(rng, options["size"])))
        elif kind < 0.55 and live:
            hole.free(taken_from(live, rng))
        elif kind < 0.7:
            hole.stats()
        elif kind < 0.8:
            lowest = hole.holes()[0]
            hole.alloc(lowest[1] - options["header"])
        elif kind < 0.9:
            hole.compact()
            live = [options["base"] + options["header"]]  # there lies the lowest block, if any
        hole.snapshot()


# --- buddy --------------------------------------------------------------------


@traces(EINVAL=seen.refused, ENOMEM=seen.exhausted)
def failing_buddy_traces(t: TraceRecorder) -> None:
    """Allocate blocks of a BuddyAllocator, then make calls that mostly fail.

    No block is allocated after one was freed, so a stale pfn stays stale, however
    blocks are split and merged.
    """
    rng = t.rng
    buddy = t.new("BuddyAllocator", nframes=64, max_order=7)
    buddy.snapshot()
    live, stale = [], []
    for _ in range(rng.randint(1, max(1, t.most_operations // 4))):
        live.append(ask_pages(t, buddy, rng.choice((1, 1, 2))))
        buddy.snapshot()
    while t.more():
        kind = rng.randrange(5)
        if kind == 0 and live:
            stale.append(taken_from(live, rng))
            buddy.free(stale[-1])
        elif kind == 1 and live:
            buddy.free(rng.choice(live) + 1)
        elif kind == 2 and stale:
            buddy.free(rng.choice(stale))
        elif kind == 3:
            buddy.alloc(rng.choice((-1, 7, 8)))
        elif kind == 4:
            buddy.alloc_pages(rng.choice((0, -1, 65, 129)))
        else:
            buddy.free(rng.choice((-1, 64, 1000)))
        buddy.snapshot()


# --- slab ---------------------------------------------------------------------


@traces(EINVAL=seen.refused, a_slab_becomes_empty=seen.keeps_an_empty_slab)
def failing_slab_traces(t: TraceRecorder) -> None:
    """Give addresses back to a SlabCache, also some that it did not hand out."""
    rng = t.rng
    _, slab = slab_on_pages(t, constructs=False)
    slab.snapshot()
    ever: list[Any] = []
    while t.more():
        kind = rng.random()
        if not ever or kind < 0.35:
            ever.append(slab.alloc())
        elif kind < 0.65:
            slab.free(rng.choice(ever))
        elif kind < 0.9:
            slab.free(rng.choice(ever) + rng.choice((1, 4, 8, -1)))
        else:
            slab.free(rng.choice((-1, 1000, 1 << 20)))
        slab.snapshot()


# --- heap ---------------------------------------------------------------------


def _moves_its_block(run: Run) -> bool:
    """Return whether the reference moves a block to make it larger."""
    return seen.most_live(run) >= 2 and bool(seen.values(run, "realloc"))


def _clears_used_bytes(run: Run) -> bool:
    """Return whether the reference's calloc hands out an address that malloc did before."""
    before = {*seen.values(run, "malloc"), *seen.values(run, "realloc")} - {None}
    return bool(before.intersection(seen.values(run, "calloc")))


class _Blocks:
    """The blocks of a heap while a trace is built: (address, requested bytes)."""

    def __init__(self, t: TraceRecorder, **limit: int) -> None:
        self.rng = t.rng
        self.mem = t.given("SimHeap", **limit)
        self.heap = t.new("Heap", mem=self.mem)
        self.live: list[tuple[Any, int]] = []

    def malloc(self, n: int) -> None:
        """Allocate a block and fill it."""
        self.add(self.heap.malloc(n), n)
        self.sign(self.live[-1])

    def add(self, p: Any, n: int) -> None:
        """Note a new block."""
        self.live.append((p, n))

    def sign(self, block: tuple[Any, int]) -> None:
        """Fill a block with bytes of its own."""
        self.mem.store(block[0], signature(self.rng, block[1]))

    def any(self) -> tuple[Any, int]:
        """Return a live block."""
        return self.rng.choice(self.live)

    def take(self) -> tuple[Any, int]:
        """Return a live block, which is not to be live any longer."""
        block: tuple[Any, int] = taken_from(self.live, self.rng)
        return block


@traces(two_blocks_and_realloc=_moves_its_block, calloc_of_used_bytes=_clears_used_bytes)
def resizing_traces(t: TraceRecorder) -> None:
    """Call malloc, free, realloc and calloc; write contents and read them again."""
    blocks = _Blocks(t)
    rng, mem, heap = t.rng, blocks.mem, blocks.heap
    while t.more():
        kind = rng.random()
        n = bytes_to_ask(rng)
        if not blocks.live or (kind < 0.25 and len(blocks.live) < 10):
            blocks.malloc(n)
        elif kind < 0.4:
            heap.free(blocks.take()[0])
        elif kind < 0.65:
            p, old = blocks.take()
            q = heap.realloc(p, n)
            mem.load(q, min(old, n))
            blocks.add(q, n)
            if rng.random() < 0.5:
                blocks.sign((q, n))
        elif kind < 0.8:
            count = rng.choice((1, 2, 4))
            p = heap.calloc(count, n // count + 1)
            mem.load(p, count * (n // count + 1))
            blocks.add(p, count * (n // count + 1))
        elif kind < 0.85:
            _resize_at_the_edge(t, blocks)
        else:
            mem.load(*blocks.any())
        heap.snapshot()


def _resize_at_the_edge(t: TraceRecorder, blocks: _Blocks) -> None:
    """Let realloc be malloc, or free."""
    if t.rng.random() < 0.5:
        n = bytes_to_ask(t.rng)
        blocks.add(blocks.heap.realloc(None, n), n)
    else:
        blocks.heap.realloc(blocks.take()[0], 0)


@traces(an_address_is_used_again=seen.uses_again)
def round_traces(t: TraceRecorder) -> None:
    """Play rounds of as many mallocs of one size, and their frees in any order.

    Often there is memory for two rounds only, whatever a block needs beside its payload.
    """
    rng = t.rng
    n = bytes_to_ask(rng)
    count = rng.randint(1, 6 if t.most_operations > 10 else 1)
    is_scarce = rng.random() < 0.5
    mem = t.given("SimHeap", **({"limit": 2 * count * (n + 64)} if is_scarce else {}))
    heap = t.new("Heap", mem=mem)
    while t.more():
        live = []
        for _ in range(count):
            live.append(heap.malloc(n))
            mem.get("brk")
        while live:
            heap.free(taken_from(live, rng))
        heap.snapshot()


@traces(EINVAL=seen.refused, ENOMEM=seen.exhausted)
def failing_heap_traces(t: TraceRecorder) -> None:
    """Look at blocks, break and snapshot of a heap after calls that fail."""
    limit = t.rng.choice((4096, 1 << 16))
    blocks = _Blocks(t, limit=limit)
    stale: list[Any] = []
    while t.more():
        kind = t.rng.random()
        if not blocks.live or (kind < 0.2 and len(blocks.live) < 4):
            blocks.malloc(t.rng.choice((8, 24, 100)))
        elif kind < 0.35:
            stale.append(blocks.take()[0])
            blocks.heap.free(stale[-1])
        else:
            blocks.mem.get("brk")
            _fail(t.rng, blocks, stale, limit)
            blocks.mem.get("brk")
            blocks.mem.load(*blocks.any())
        blocks.heap.snapshot()


def _fail(rng: Random, blocks: _Blocks, stale: list[Any], limit: int) -> None:
    """Make one call that fails."""
    heap = blocks.heap
    p, _ = blocks.any()
    kind = rng.randrange(6)
    wrong = rng.choice(stale) if stale and rng.random() < 0.5 else p + rng.choice((1, 8, 16, -16))
    if kind == 0:
        heap.realloc(p, rng.choice((limit + 1, 1 << 20)))
    elif kind == 1:
        rng.choice((heap.malloc, lambda n: heap.calloc(2, n)))(rng.choice((limit + 1, 1 << 62)))
    elif kind == 2:
        rng.choice((heap.malloc, lambda n: heap.calloc(n, 0), lambda n: heap.realloc(p, n)))(-1)
    elif kind == 3:
        heap.realloc(wrong, rng.choice((0, 8, 100)))
    else:
        rng.choice((heap.free, heap.free, heap.usable_size))(wrong)
