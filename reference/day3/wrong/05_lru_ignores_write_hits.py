# wrong 5 of policies: LRU not refreshed by write hits; loses D3.1
"""A write hit sets the dirty bit and returns, before the page is made the newest."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


class _Lru(right._Lru):
    def access(self, page: Hashable, write: bool = False) -> Access:
        if write and page in self._frame_of:
            frame = self._frame_of[page]
            self._dirty[frame] = True
            return Access(True, frame, None, False)
        return super().access(page, write)


right._PLAIN["lru"] = _Lru
