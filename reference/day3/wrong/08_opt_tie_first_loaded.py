# wrong 8 of policies: OPT tie takes the first loaded; loses D3.6
"""Of the pages never used again the one that was loaded first leaves."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


def _rank_first_loaded(
    next_use: float, loaded_at: int, page: Hashable
) -> tuple[float, int, Hashable]:
    return -next_use, loaded_at, page


right.rank = _rank_first_loaded
