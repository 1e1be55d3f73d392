"""The visible check of cost.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .traces import cost_traces, recorded


def _worked_examples(t: TraceRecorder) -> None:
    t.fn("eat", 0.98, 1, 100, 4)
    t.fn("flat_table_bytes", 48, 12, 8)
    t.fn("tlb_reach", 512, 4096)
    t.fn("internal_waste", [1, 4096, 5000], 4096)


@weight(4)
@number("D2.17")
@visibility("visible")
@replays(lambda: recorded(_worked_examples), part="worked examples")
@replays(cost_traces, examples=150, part="the formulas")
def check_cost(run: Run) -> None:
    """Compute what translation costs: the four formulas of cost.py."""
    assert run.transcript == run.expected
