"""Hidden checks of mmu.py, with stand-ins for the table and the TLB."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays

from ..visible.bits import U, W, pte_of
from ..visible.mmu_traces import is_consistent
from ..visible.reading import bookkeeping, judge, translations
from ..visible.table_pictures import mmu_picture
from ..visible.traces import make, recorded
from .mmu_traces import mark_traces, stale_traces, user_rules


def _permissions(t: TraceRecorder) -> None:
    table = make(t, "given", "table", "PlainTable")
    make(t, "given", "tlb", "PlainTLB")
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    table.put(0x1000, pte_of(5, U))
    mmu.set_cr3(1, table)
    mmu.access(0x1234, "r")
    mmu.access(0x1000, "w")
    table.put(0x1000, pte_of(5, U | W))
    mmu.access(0x1000, "w")
    table.drop(0x1000)
    mmu.access(0x1000, "r")
    mmu.invlpg(0x1000)
    mmu.access(0x1000, "r")


def _first_write(t: TraceRecorder) -> None:
    table = make(t, "given", "table", "PlainTable")
    make(t, "given", "tlb", "PlainTLB")
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    table.put(0x2000, pte_of(6, U | W))
    mmu.set_cr3(1, table)
    for kind in ("r", "w", "w"):
        mmu.access(0x2000, kind)
        mmu.stats()
        table.snapshot()


@weight(6)
@number("D2.14")
@visibility("after_due_date")
@hint("What is cached decides until it is dropped; a refusal drops it, a first write walks.")
@replays(lambda: recorded(_permissions), part="worked examples", is_fair=is_consistent)
@replays(user_rules, part="what an access needs", is_fair=is_consistent)
@replays(stale_traces, examples=300, part="changes behind the TLB's back", is_fair=is_consistent)
@picture(mmu_picture)
def check_staleness(run: Run) -> None:
    """MMU believes its TLB until told otherwise, and refuses for the first reason that applies."""
    judge(run, translations)


@weight(4)
@number("D2.15")
@visibility("after_due_date")
@hint("When is A set, when D, and what does the first write after a read count as?")
@replays(lambda: recorded(_first_write), part="worked examples", is_fair=is_consistent)
@replays(mark_traces, examples=250, part="marks and counters", is_fair=is_consistent)
@picture(mmu_picture)
def check_marks_and_counters(run: Run) -> None:
    """MMU sets A by granted accesses and D by granted writes, and counts what it does."""
    judge(run, bookkeeping)
