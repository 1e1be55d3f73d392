"""The visible checks of segments.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays

from .pictures import segment_picture
from .traces import linear_traces, make, recorded, relocation_traces, split_traces


def _split_and_join(t: TraceRecorder) -> None:
    t.fn("split_va", 0x12345, 4096)
    t.fn("join_va", 0x12, 0x345, 4096)


def _base_and_bounds(t: TraceRecorder) -> None:
    relocation = make(t, "new", "relocation", "BaseBounds", base=0x4000, limit=100)
    for va in (99, 100, -1):
        relocation.translate(va)
    make(t, "new", "empty", "BaseBounds", base=0x4000, limit=0).translate(0)


def _linear(t: TraceRecorder) -> None:
    for va in (17, 9):
        t.fn("linear_translate", [0x80000005, 3], va, 16)


@weight(5)
@number("D2.1")
@visibility("visible")
@replays(lambda: recorded(_split_and_join, _base_and_bounds), part="worked examples")
@replays(split_traces, examples=120, part="split and join")
@replays(relocation_traces, examples=120, part="base and bounds")
@picture(segment_picture)
def check_split_and_relocation(run: Run) -> None:
    """split_va and join_va undo each other, and BaseBounds relocates what is within its limit."""
    assert run.transcript == run.expected


@weight(4)
@number("D2.3")
@visibility("visible")
@replays(lambda: recorded(_linear), part="worked examples")
@replays(linear_traces, examples=200, part="linear tables")
@picture(segment_picture)
def check_linear_tables(run: Run) -> None:
    """linear_translate finds the frame of a page, or traps."""
    assert run.transcript == run.expected
