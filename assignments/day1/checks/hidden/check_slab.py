"""The hidden check of slab.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays

from ..visible.traces import slab_traces
from .traces import failing_slab_traces


@weight(5)
@number("D1.13")
@visibility("after_due_date")
@hint("Pages come only when no object is free and go only in shrink; who checks an address?")
@replays(lambda: slab_traces(constructs=False), examples=150, part="grow and shrink")
@replays(failing_slab_traces, examples=150, part="wrong addresses")
def check_slab_keeps_its_pages(run: Run) -> None:
    """SlabCache takes a page only when it must, keeps empty slabs, and refuses wrong addresses."""
    assert run.transcript == run.expected
