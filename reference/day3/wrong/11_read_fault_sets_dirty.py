# wrong 11 of policies: a read fault sets the dirty bit; loses D3.7 D3.11
"""Loading a page writes to its frame, so the frame is called dirty."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_load = right._Policy._load


def _load_dirty(self: right._Policy, page: Hashable, frame: int, write: bool) -> None:
    _load(self, page, frame, write)
    self._dirty[frame] = True


right._Policy._load = _load_dirty
