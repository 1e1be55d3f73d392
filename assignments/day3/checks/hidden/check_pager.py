"""Hidden checks of pager.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays

from ..visible.pictures import pages_over_time
from ..visible.traces import pager_traces, recorded
from .pager_rules import judge_flow, judge_statistics
from .traces import statistics_traces


@weight(5)
@number("D3.12")
@visibility("after_due_date")
@hint("Follow one page through swap, and count frames and slots when a process exits.")
@replays(pager_traces, examples=200)
@picture(pages_over_time)
def check_pager_data_flow(run: Run) -> None:
    """Pager reads what it wrote, writes no clean page, and loses no frame or slot."""
    judge_flow(run)


def _first_example(t: TraceRecorder) -> None:
    pager = t.new("Pager", nframes=2, policy="fifo")
    pager.add_process(1, [(0, 4, "anon", True), (8, 10, "file", True)])
    pager.stats()
    pager.access(1, 0, True)
    for vpn in (8, 1, 0):
        pager.access(1, vpn)
    pager.access(1, 9, True)
    for vpn in (1, 5):
        pager.access(1, vpn)
    pager.stats(1)
    pager.exit(1)
    pager.stats(1)
    pager.stats()
    pager.stats(2)


@weight(5)
@number("D3.13")
@visibility("after_due_date")
@hint("Who pays for the victim, what does a refused access cost, and what remains after an exit?")
@replays(lambda: recorded(_first_example), part="worked examples")
@replays(statistics_traces, examples=200, part="counting")
@picture(pages_over_time)
def check_pager_statistics(run: Run) -> None:
    """Pager charges every event to the owner of the page, and the cost follows from that."""
    judge_statistics(run)
