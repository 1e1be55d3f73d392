# wrong 1 of policies: R = 0 at load; loses D3.2 D3.3 D3.4
"""A page that was just loaded counts as unreferenced, as if the fault were no reference."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_load = right._Referenced._load


def _load_without_r(self: right._Referenced, page: Hashable, frame: int, write: bool) -> None:
    _load(self, page, frame, write)
    self._r[frame] = 0


right._Referenced._load = _load_without_r
