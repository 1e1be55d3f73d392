# wrong 14 of analysis: working-set window tau + 1; loses D3.10
"""The window holds the tau references before the current one, and the current one too."""

from collections.abc import Hashable, Sequence

from right import analysis as right
from right.analysis import belady_anomalies, miss_curve, stack_distances

__all__ = ["belady_anomalies", "miss_curve", "stack_distances", "working_set"]


def working_set(refs: Sequence[Hashable], tau: int) -> list[int]:
    if tau < 1:
        raise ValueError(f"tau must be at least 1, got {tau}")
    return right.working_set(refs, tau + 1)
