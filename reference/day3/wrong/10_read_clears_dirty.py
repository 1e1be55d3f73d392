# wrong 10 of policies: a later read clears the dirty bit; loses D3.7 D3.11
"""A hit sets dirty = write instead of dirty = dirty or write."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_access = right._Policy.access


def _access_last_write_counts(self: right._Policy, page: Hashable, write: bool = False) -> Access:
    done = _access(self, page, write)
    self._dirty[done.frame] = bool(write)
    return done


right._Policy.access = _access_last_write_counts
