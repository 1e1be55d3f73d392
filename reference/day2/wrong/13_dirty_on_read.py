# wrong 13 of mmu: D set on a read or at insert; loses D2.15
"""Every access marks the page dirty, because some write may follow."""

from machine import PTE_A, PTE_D
from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _marks(self, kind):
        return PTE_A | PTE_D
