"""The hidden check of zpool.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays

from .traces import eviction_traces
from .zpool_rules import judge_order


@weight(3)
@number("D3.16")
@visibility("after_due_date")
@hint("Who leaves first after a key was stored a second time, and how many have to leave?")
@replays(eviction_traces, examples=200)
def check_eviction_order(run: Run) -> None:
    """ZPool writes back the pages that were stored earliest, and only as many as it must."""
    judge_order(run)
