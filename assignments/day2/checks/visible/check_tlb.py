"""The visible check of tlb.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays

from .bits import G, P, U
from .pictures import tlb_picture
from .tlb_traces import lru_traces
from .traces import make, recorded


def _two_sets(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=4, ways=2)
    tlb.lookup(1, 0)
    tlb.insert(1, 0, 100, P | U)
    tlb.lookup(1, 2)
    tlb.insert(1, 2, 102, P | U)
    tlb.lookup(1, 0)
    tlb.lookup(1, 4)
    tlb.insert(1, 4, 104, P | U)
    tlb.snapshot()
    tlb.stats()
    tlb.lookup(1, 2)
    tlb.lookup(2, 0)


def _use_of_a_global_entry(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=2, ways=2)
    tlb.insert(1, 0, 100, P | G)
    tlb.insert(1, 1, 101, P)
    tlb.lookup(2, 0)
    tlb.snapshot()
    tlb.insert(1, 2, 102, P)
    tlb.snapshot()
    tlb.stats()


def _two_global_entries(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=4, ways=4)
    tlb.insert(1, 5, 101, P | G)
    tlb.insert(2, 5, 102, P | G)
    tlb.lookup(3, 5)
    tlb.lookup(1, 5)
    tlb.lookup(3, 5)
    tlb.snapshot()


@weight(6)
@number("D2.10")
@visibility("visible")
@replays(
    lambda: recorded(_two_sets, _use_of_a_global_entry, _two_global_entries), part="worked examples"
)
@replays(lru_traces, examples=300, part="lookup, insert, invlpg and flush")
@picture(tlb_picture)
def check_tlb_equals_the_model(run: Run) -> None:
    """TLB keeps, in each set, the entries used last, in the order of their use."""
    assert run.transcript == run.expected
