"""The visible checks of mmu.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays

from .bits import NX, U, W
from .mmu_traces import access, is_consistent, isolation_traces, kernel_rules, own_traces
from .reading import addresses, judge
from .table_pictures import mmu_picture
from .traces import make, recorded


def _permissions(t: TraceRecorder) -> None:
    table = make(t, "new", "table", "PageTable")
    make(t, "new", "tlb", "TLB", entries=4, ways=4)
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    table.map(0x1000, 5, U | NX)
    mmu.set_cr3(1, table)
    mmu.access(0x1234, "r")
    mmu.access(0x1000, "w")
    table.protect(va=0x1000, set_=W)
    mmu.invlpg(0x1000)
    mmu.access(0x1000, "w")
    table.unmap(0x1000)
    mmu.invlpg(0x1000)
    mmu.access(0x1000, "r")


def _first_write(t: TraceRecorder) -> None:
    table = make(t, "new", "table", "PageTable")
    make(t, "new", "tlb", "TLB", entries=4, ways=4)
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    table.map(0x2000, 6)
    mmu.set_cr3(1, table)
    for kind in ("r", "w", "w", "x"):
        mmu.access(0x2000, kind)
    access(mmu, 0x2000, "r", user=False)


@weight(6)
@number("D2.13")
@visibility("visible")
@replays(
    lambda: recorded(_permissions, _first_write),
    module=("mmu", "tlb", "page_table"),
    part="worked examples",
    is_fair=is_consistent,
)
@replays(
    own_traces,
    examples=300,
    module=("mmu", "tlb", "page_table"),
    part="your MMU with your TLB and your PageTable",
    is_fair=is_consistent,
)
@picture(mmu_picture)
def check_tlb_is_not_seen(run: Run) -> None:
    """MMU gives the same address or fault with a TLB, if told of changes, as without one."""
    judge(run, addresses)


@weight(4)
@number("D2.16")
@visibility("visible")
@replays(isolation_traces, examples=200, part="two address spaces", is_fair=is_consistent)
@replays(kernel_rules, part="the kernel", is_fair=is_consistent)
@picture(mmu_picture)
def check_isolation(run: Run) -> None:
    """MMU keeps address spaces apart, and lets the kernel ignore U but not W and NX."""
    judge(run, addresses)
