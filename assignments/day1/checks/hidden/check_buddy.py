"""Hidden checks of buddy.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays

from ..visible.reading import judge_failing_calls
from ..visible.traces import buddy_free_all_traces, buddy_traces
from .traces import failing_buddy_traces


@weight(5)
@number("D1.9")
@visibility("after_due_date")
@hint("A block starts at a multiple of its size; think of frame counts like 13, and free all.")
@replays(buddy_traces, examples=200, part="alloc and free")
@replays(buddy_free_all_traces, examples=100, part="free all")
def check_buddy_alignment(run: Run) -> None:
    """Buddy blocks are aligned, no frame is lost, and freeing all restores the first state."""
    assert run.transcript == run.expected


@weight(3)
@number("D1.10")
@visibility("after_due_date")
@hint("A call that fails must be found out before it changes anything.")
@replays(failing_buddy_traces, examples=200)
def check_buddy_errors(run: Run) -> None:
    """BuddyAllocator refuses wrong calls with the right error, and they leave no trace."""
    judge_failing_calls(run)
