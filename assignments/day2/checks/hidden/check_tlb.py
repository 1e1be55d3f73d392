"""Hidden checks of tlb.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays

from ..visible.bits import PS, G, P, U
from ..visible.pictures import tlb_picture
from ..visible.reading import contents, judge
from ..visible.traces import make, recorded
from .traces import asid_traces, huge_entry_traces


def _a_global_page(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=4, ways=4)
    tlb.insert(2, 3, 9, P | G)
    tlb.lookup(1, 3)
    tlb.flush(2)
    tlb.lookup(1, 3)
    tlb.invlpg(1, 3)
    tlb.lookup(1, 3)


def _own_before_global(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=4, ways=4)
    tlb.insert(1, 3, 9, P | U)
    tlb.insert(2, 3, 8, P | G)
    tlb.insert(3, 3, 7, P | G)
    tlb.lookup(1, 3)
    tlb.lookup(4, 3)
    tlb.invlpg(4, 3)
    tlb.snapshot()


def _a_huge_page(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=4, ways=4)
    tlb.insert(0, 512, 1024, P | U | PS, 1)
    for vpn in (700, 512, 1023, 1024, 511):
        tlb.lookup(0, vpn)


@weight(6)
@number("D2.11")
@visibility("after_due_date")
@hint("Whose entries may a lookup find, and whose do invlpg, flush(asid) and flush() drop?")
@replays(lambda: recorded(_a_global_page, _own_before_global), part="worked examples")
@replays(lambda: asid_traces(asids=True), examples=200, part="with asids")
@replays(lambda: asid_traces(asids=False), examples=100, part="without asids")
@picture(tlb_picture)
def check_asids(run: Run) -> None:
    """TLB keeps address spaces apart, shares global entries, and drops what it is told to drop."""
    judge(run, contents)


@weight(4)
@number("D2.12")
@visibility("after_due_date")
@hint("One huge entry serves many pages; which set is it in, and which page drops it?")
@replays(lambda: recorded(_a_huge_page), part="worked examples")
@replays(huge_entry_traces, examples=200, part="pages of several sizes")
@picture(tlb_picture)
def check_huge_entries(run: Run) -> None:
    """TLB serves every base page of a huge page with one entry."""
    judge(run, contents)
