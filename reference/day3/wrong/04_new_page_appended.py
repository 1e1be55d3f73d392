# wrong 4 of policies: new page appended; loses D3.1 D3.2 D3.3 D3.4 D3.5 D3.11 D3.12
"""The frames are a list: the victim is removed from it, and the new page appended at its end."""

from collections.abc import Hashable

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_fault = right._Policy._fault


def _fault_at_the_end(self: right._Policy, page: Hashable, write: bool) -> Access:
    done = _fault(self, page, write)
    if done.victim is None:
        return done
    for row in vars(self).values():
        if isinstance(row, list) and row is not self._free:
            row.append(row.pop(done.frame))
    for frame, moved in enumerate(self._pages):
        self._frame_of[moved] = frame
    return done._replace(frame=len(self._pages) - 1)


right._Policy._fault = _fault_at_the_end
