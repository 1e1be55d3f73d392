# wrong 7 of policies: OPT's next use includes the current reference; loses D3.6
"""The table of next uses is filled with the current position before it is read."""

from collections.abc import Hashable, Sequence

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


def _next_uses_from_now(refs: Sequence[Hashable]) -> list[float]:
    next_use: dict[Hashable, int] = {}
    uses = [0.0] * len(refs)
    for now in reversed(range(len(refs))):
        next_use[refs[now]] = now
        uses[now] = next_use[refs[now]]
    return uses


right.next_uses = _next_uses_from_now
