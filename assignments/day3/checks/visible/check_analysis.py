"""Visible checks of analysis.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, picture, replays
from grader.trace import Trace

from .pictures import rows_of_numbers
from .traces import called, distance_traces, working_set_traces

REFS = [1, 2, 3, 1, 1, 4, 2]


def _distance_boundaries() -> list[Trace]:
    return [
        called("stack_distances", []),
        called("stack_distances", [5]),
        called("stack_distances", [5, 5, 5]),
        called("stack_distances", [1, 2, 3, 4, 4, 3, 2, 1]),
        called("miss_curve", [], 0),
        called("miss_curve", [], 3),
        called("miss_curve", REFS, 0),
        called("miss_curve", REFS, 1),
        called("miss_curve", REFS, -1),
        called("miss_curve", [5, 5, 5], 2),
        called("miss_curve", [1, 2, 3, 1, 2, 3], 5),
    ]


def _working_set_boundaries() -> list[Trace]:
    return [
        called("working_set", [], 3),
        called("working_set", REFS, 1),
        called("working_set", REFS, len(REFS)),
        called("working_set", REFS, 100),
        called("working_set", REFS, 0),
        called("working_set", [], 0),
        called("working_set", [5, 5, 5, 5], 2),
        called("working_set", [1, 2, 3, 4], 4),
    ]


@weight(6)
@number("D3.8")
@visibility("visible")
@replays(
    lambda: [called("stack_distances", REFS), called("miss_curve", REFS, 4)],
    part="worked examples",
)
@replays(distance_traces, examples=200, part="distances and curves")
@replays(_distance_boundaries, part="boundaries")
@picture(rows_of_numbers)
def check_stack_distances(run: Run) -> None:
    """stack_distances says how deep pages lie in the LRU stack, miss_curve how often LRU misses."""
    assert run.transcript == run.expected


@weight(4)
@number("D3.10")
@visibility("visible")
@replays(lambda: [called("working_set", REFS, 3)], part="worked examples")
@replays(working_set_traces, examples=200, part="windows")
@replays(_working_set_boundaries, part="boundaries")
@picture(rows_of_numbers)
def check_working_sets(run: Run) -> None:
    """working_set counts the distinct pages among the last tau references."""
    assert run.transcript == run.expected
