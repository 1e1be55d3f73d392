"""What day 2's checks of the TLB try: few pages on few places, so that they meet."""

from grader import TraceRecorder, traces

from . import situations as seen
from .bits import A, D, P, U, W
from .traces import make

FLAGS = (P, P | U, P | W | U, P | U | A | D)


@traces(
    a_hit=seen.hits,
    a_miss_in_a_used_TLB=seen.misses_in_use,
    a_hit_changes_the_order=seen.reorders,
    an_eviction=seen.evicts,
    an_entry_is_replaced=seen.replaces,
    invlpg_drops=seen.drops,
    flush_drops=seen.flushes,
)
def lru_traces(t: TraceRecorder) -> None:
    """Use a small TLB in one address space, with base pages only."""
    rng = t.rng
    ways = rng.choice((1, 2, 2, 3, 4))
    entries = ways * rng.choice((1, 1, 2, 3))
    tlb = make(t, "new", "tlb", "TLB", entries=entries, ways=ways)
    asid = rng.choice((0, 1, 2))
    tlb.snapshot()
    while t.more():
        vpn = rng.randrange(entries + 2)
        kind = rng.random()
        if kind < 0.4:
            tlb.lookup(asid, vpn)
        elif kind < 0.82:
            tlb.insert(asid, vpn, 100 + rng.randrange(20), rng.choice(FLAGS))
        elif kind < 0.9:
            tlb.invlpg(asid, vpn)
        elif kind < 0.95:
            tlb.flush(*rng.choice(((), (asid,))))
        else:
            tlb.stats()
        tlb.snapshot()
