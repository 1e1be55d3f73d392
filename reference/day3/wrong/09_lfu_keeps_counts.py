# wrong 9 of policies: LFU keeps counts after eviction; loses D3.5
"""The counters are kept by page, and nobody resets the one of an evicted page."""

from collections import Counter
from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


class _Lfu(right._Lfu):
    def __init__(self, nframes: int) -> None:
        super().__init__(nframes)
        self._ever: Counter[Hashable] = Counter()

    def access(self, page: Hashable, write: bool = False) -> Access:
        done = super().access(page, write)
        self._ever[page] += 1
        self._count[done.frame] = self._ever[page]
        return done


right._PLAIN["lfu"] = _Lfu
