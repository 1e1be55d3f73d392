"""The hidden check of segments.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays

from ..visible.pictures import segment_picture
from ..visible.traces import is_laid_out, recorded, segment_table
from .traces import segment_traces, two_segment_traces


def _worked_example(t: TraceRecorder) -> None:
    table = segment_table(t, 6, [[32, 10, "rx", "up"], [100, 8, "rw", "down"]])
    table.translate(9)
    table.translate(9, "w")
    table.translate(10, "w")
    for va in (63, 56, 55, 64):
        table.translate(va)


@weight(5)
@number("D2.2")
@visibility("after_due_date")
@hint("Where does a segment that grows down begin and end, and which check comes first?")
@replays(lambda: recorded(_worked_example), part="worked examples", is_fair=is_laid_out)
@replays(segment_traces, examples=300, part="segments of all kinds", is_fair=is_laid_out)
@replays(two_segment_traces, examples=100, part="code up, stack down", is_fair=is_laid_out)
@picture(segment_picture)
def check_segments(run: Run) -> None:
    """SegmentTable translates within its segments, up and down, and traps in the right order."""
    assert run.transcript == run.expected
