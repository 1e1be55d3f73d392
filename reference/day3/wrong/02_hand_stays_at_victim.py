# wrong 2 of policies: hand not advanced past the victim; loses D3.2 D3.3
"""The hand stays at the frame it has just given away."""

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]


_choose = right._Clock._choose


def _choose_and_stay(self: right._Clock) -> int:
    self._hand = _choose(self)
    return self._hand


right._Clock._choose = _choose_and_stay
