"""The visible check of tlb.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays

from .bits import P, U
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


@weight(6)
@number("D2.10")
@visibility("visible")
@replays(lambda: recorded(_two_sets), part="worked examples")
@replays(lru_traces, examples=300, part="lookup, insert, invlpg and flush")
@picture(tlb_picture)
def check_tlb_equals_the_model(run: Run) -> None:
    """TLB keeps, in each set, the entries used last, in the order of their use."""
    assert run.transcript == run.expected
