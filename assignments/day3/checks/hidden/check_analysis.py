"""The hidden check of analysis.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays
from grader.trace import Trace

from ..visible.traces import TEXTBOOK, called
from .analysis_rules import judge_anomalies
from .traces import anomaly_traces, fifo_anomaly_traces, inclusion_traces, opt_frames_traces


def _anomaly_boundaries() -> list[Trace]:
    return [
        called("belady_anomalies", "fifo", [], 3),
        called("belady_anomalies", "fifo", TEXTBOOK, 1),
        called("belady_anomalies", "fifo", TEXTBOOK, 3),
        called("belady_anomalies", "fifo", TEXTBOOK, 4),
        called("belady_anomalies", "fifo", TEXTBOOK, 0),
        called("belady_anomalies", "lru", TEXTBOOK, -1),
        called("belady_anomalies", "random", TEXTBOOK, 3),
        called("belady_anomalies", "plain", TEXTBOOK, 3),
    ]


@weight(4)
@number("D3.9")
@visibility("after_due_date")
@hint("Compare each number of frames with one frame more; which policies can never be anomalous?")
@replays(
    lambda: [called("belady_anomalies", name, TEXTBOOK, 5) for name in ("fifo", "lru")],
    part="worked examples",
)
@replays(
    fifo_anomaly_traces, examples=80, module=("analysis", "policies"), part="anomalies of fifo"
)
@replays(anomaly_traces, examples=120, module=("analysis", "policies"), part="other policies")
@replays(inclusion_traces, examples=100, module=("analysis", "policies"), part="lru includes")
@replays(opt_frames_traces, examples=80, module=("analysis", "policies"), part="opt and its frames")
@replays(_anomaly_boundaries, part="boundaries")
def check_anomalies(run: Run) -> None:
    """belady_anomalies finds where one more frame means more misses, never for lru and opt."""
    judge_anomalies(run)
