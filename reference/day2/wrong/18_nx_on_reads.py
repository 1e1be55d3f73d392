# wrong 18 of mmu: NX checked on reads; loses D2.13 D2.14
"""A page that may not be executed may not be read either, as if NX meant no access."""

from machine import PTE_NX
from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _refusal(self, flags, kind, *, user):
        reason = super()._refusal(flags, kind, user=user)
        if reason is None and kind == "r" and flags & PTE_NX:
            return "nx"
        return reason
