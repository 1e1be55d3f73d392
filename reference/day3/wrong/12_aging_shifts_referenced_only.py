# wrong 12 of policies: aging shifts only frames with R = 1; loses D3.4
"""A frame without R keeps its age, instead of growing older."""

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


def _tick_referenced(self: right._Aging) -> None:
    for frame, r in enumerate(self._r):
        if r:
            self._age[frame] = self._age[frame] >> 1 | 1 << self._bits - 1
            self._r[frame] = 0


right._Aging._tick = _tick_referenced
