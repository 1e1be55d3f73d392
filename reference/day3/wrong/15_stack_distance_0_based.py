# wrong 15 of analysis: stack distance 0-based; loses D3.8
"""The distance is the number of other pages used in between: 0 for the page just used."""

from collections.abc import Hashable, Sequence

from right import analysis as right
from right.analysis import belady_anomalies, miss_curve, working_set

__all__ = ["belady_anomalies", "miss_curve", "stack_distances", "working_set"]


def stack_distances(refs: Sequence[Hashable]) -> list[int | None]:
    return [None if depth is None else depth - 1 for depth in right.stack_distances(refs)]
