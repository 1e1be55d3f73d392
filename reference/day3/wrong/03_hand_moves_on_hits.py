# wrong 3 of policies: hand moves on hits; loses D3.2 D3.3
"""The hand advances at every access, and not only when it looks for a victim."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_touch = right._Referenced._touch


def _touch_and_advance(self: right._Clock, page: Hashable, frame: int) -> None:
    _touch(self, page, frame)
    self._hand = (self._hand + 1) % len(self._pages)


right._Clock._touch = _touch_and_advance
