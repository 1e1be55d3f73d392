# wrong 13 of policies: esc clears R in pass A; loses D3.3
"""Both passes take R from the pages passed over, as the plain clock does."""

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


def _pass_a_clearing(self: right._Esc) -> int | None:
    for frame in self._revolution():
        if not self._r[frame] and not self._dirty[frame]:
            return frame
        self._r[frame] = 0
    return None


right._Esc._pass_a = _pass_a_clearing
