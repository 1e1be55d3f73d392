"""The future of a reference string, which only the optimal policy is allowed to know.

next use    the position at which a page is referenced again; infinity if never
rank        what sorts resident pages, the best victim first
"""

import math
from collections.abc import Hashable, Sequence


def next_uses(refs: Sequence[Hashable]) -> list[float]:
    """Return for each position when its page is used again, itself not counted."""
    next_use: dict[Hashable, int] = {}
    uses: list[float] = [math.inf] * len(refs)
    for now in reversed(range(len(refs))):
        uses[now] = next_use.get(refs[now], math.inf)
        next_use[refs[now]] = now
    return uses


def rank(next_use: float, loaded_at: int, page: Hashable) -> tuple[float, int, Hashable]:
    """Return the rank of ``page``: the farthest next use first, then the latest load.

    No two ranks share both numbers, so pages are never compared.
    """
    return -next_use, -loaded_at, page
