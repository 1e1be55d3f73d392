"""Hidden checks of heap.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays

from ..visible.heap_rules import is_fair, judge_heap
from .heap_rules import ReuseShadow
from .traces import failing_heap_traces, resizing_traces, round_traces


@weight(5)
@number("D1.16")
@visibility("after_due_date")
@hint("How many bytes does realloc copy, and what did the bytes that calloc hands out hold before?")
@replays(resizing_traces, examples=250, is_fair=is_fair)
def check_realloc_and_calloc(run: Run) -> None:
    """Heap.realloc keeps the bytes that fit, and calloc gives zeros, also in used memory."""
    judge_heap(run)


@weight(4)
@number("D1.17")
@visibility("after_due_date")
@hint("Use freed memory again, and do what can fail before you change anything.")
@replays(round_traces, examples=80, part="reuse", is_fair=is_fair)
@replays(failing_heap_traces, examples=200, part="failing calls", is_fair=is_fair)
def check_reuse_and_failing_calls(run: Run) -> None:
    """Heap uses freed memory again, and calls that fail change nothing."""
    judge_heap(run, ReuseShadow)
