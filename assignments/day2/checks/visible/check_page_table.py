"""The visible checks of page_table.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays
from grader.trace import Thing

from .bits import U, W
from .reading import costs, judge, leaves
from .table_pictures import table_picture
from .table_traces import (
    entry_traces,
    sparse_traces,
    table_traces,
    two_level_traces,
    unmap_all_traces,
)
from .traces import make, recorded


def _five_bits_each(t: TraceRecorder) -> Thing:
    return make(t, "new", "table", "PageTable", levels=2, index_bits=5, page_bits=5)


def _one_page(t: TraceRecorder) -> None:
    table = _five_bits_each(t)
    table.map(0x20, 3)
    for va in (0x25, 0x40, 0x400):
        table.walk(va)
    table.table_count()
    table.table_bytes()
    table.unmap(0x20)
    table.table_count()


def _one_huge_page(t: TraceRecorder) -> None:
    table = _five_bits_each(t)
    table.map(0x400, 32, U, 1)
    table.walk(0x425)
    table.unmap(0x420)
    table.map(0x400, 33, U, 1)
    table.protect(va=0x400, set_=W)
    table.table_count()


@weight(7)
@number("D2.4")
@visibility("visible")
@replays(lambda: recorded(_one_page, _one_huge_page), part="worked examples")
@replays(entry_traces, examples=80, part="make_pte, pte_pfn and pte_flags")
@replays(table_traces, examples=300, part="map, unmap, protect and mark")
@picture(table_picture)
def check_table_equals_the_dict(run: Run) -> None:
    """PageTable holds the pages that a dict from address to entry would hold."""
    judge(run, leaves)


@weight(6)
@number("D2.6")
@visibility("visible")
@replays(lambda: recorded(_one_page, _one_huge_page), part="worked examples")
@replays(sparse_traces, examples=200, part="tables and walks")
@replays(unmap_all_traces, examples=100, part="unmap all")
@picture(table_picture)
def check_table_is_sparse(run: Run) -> None:
    """PageTable has a table only where one is needed, and a walk reads one entry per level."""
    judge(run, costs)


@weight(2)
@number("D2.9")
@visibility("visible")
@replays(two_level_traces, examples=150)
@picture(table_picture)
def check_two_level_walks(run: Run) -> None:
    """PageTable.walk translates two-level cases as OSTEP does."""
    assert run.transcript == run.expected
