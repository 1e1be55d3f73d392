"""Hidden checks of page_table.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays

from ..visible.bits import U, W
from ..visible.reading import judge, judge_failing_calls, leaves
from ..visible.table_pictures import table_picture
from ..visible.traces import make, recorded
from .traces import failing_table_traces, huge_traces, wxorx_traces


def _one_huge_page(t: TraceRecorder) -> None:
    table = make(t, "new", "table", "PageTable", levels=2, index_bits=5, page_bits=5)
    table.map(0x400, 32, U, 1)
    table.walk(0x425)
    table.map(0x420, 1)
    table.unmap(0x420)
    table.map(0x400, 33, U, 1)
    table.protect(va=0x400, set_=W)


@weight(5)
@number("D2.5")
@visibility("after_due_date")
@hint("Give a call two wrong arguments: which is found first, and does anything change?")
@replays(failing_table_traces, examples=300)
@picture(table_picture)
def check_table_errors(run: Run) -> None:
    """PageTable refuses wrong calls with the first error that applies, and they change nothing."""
    judge_failing_calls(run, leaves)


@weight(4)
@number("D2.7")
@visibility("after_due_date")
@hint("Put huge pages over small ones and small ones into huge ones; then aim at their middle.")
@replays(lambda: recorded(_one_huge_page), part="worked examples")
@replays(huge_traces, examples=250, part="huge and small pages")
@picture(table_picture)
def check_huge_pages(run: Run) -> None:
    """PageTable maps huge pages as one entry, which nothing overlaps."""
    judge(run, leaves)


@weight(2)
@number("D2.8")
@visibility("after_due_date")
@hint("Both map and protect can make a page writable and executable; what is checked before?")
@replays(wxorx_traces, examples=200)
@picture(table_picture)
def check_wxorx(run: Run) -> None:
    """PageTable with wxorx never holds a page that is writable and executable."""
    judge(run, leaves)
