"""The hidden check of load_control.py."""

from collections.abc import Callable, Sequence

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, replays
from grader.trace import Trace

from ..visible.traces import called, recorded
from .traces import admission_traces, meter_traces


def _records(
    faults: Sequence[bool], *, window: int, threshold: float
) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        meter = t.new("ThrashMeter", window=window, threshold=threshold)
        meter.snapshot()
        for fault in faults:
            meter.record(fault)
        meter.snapshot()

    return calls


def _boundaries() -> list[Trace]:
    mixed = [True, False, True, True, False]
    return [
        called("admit", {}, 8),
        called("admit", {1: 0, 2: 8}, 8),
        called("admit", {1: 8, 2: 0}, 7),
        called("admit", {5: 0, 1: 0}, 0),
        called("admit", {2: 3, 1: 3, 3: 3}, 6),
        called("admit", {1: 9, 2: 1}, 0),
        *recorded(
            *(
                _records(mixed, window=window, threshold=threshold)
                for window in (1, 2, 5, 6)
                for threshold in (0.0, 0.5, 1.0)
            ),
            _records([False, False], window=2, threshold=0.0),
            _records([True, True], window=2, threshold=1.0),
            _records([True], window=0, threshold=0.5),
            _records([True], window=-1, threshold=0.5),
        ),
    ]


@weight(4)
@number("D3.17")
@visibility("after_due_date")
@hint("Look at the first process that does not fit, at equal sizes, and at a window just full.")
@replays(
    lambda: [
        called("admit", {1: 5, 2: 3, 3: 4}, 8),
        called("admit", {4: 9}, 8),
        *recorded(_records([True, False, True, False, False], window=4, threshold=0.5)),
    ],
    part="worked examples",
)
@replays(admission_traces, examples=200, part="admit")
@replays(meter_traces, examples=150, part="ThrashMeter")
@replays(_boundaries, part="boundaries")
def check_load_control(run: Run) -> None:
    """Load control: admit lets small working sets in, and ThrashMeter notices too many faults."""
    assert run.transcript == run.expected
