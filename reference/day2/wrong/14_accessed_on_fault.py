# wrong 14 of mmu: A set on a fault; loses D2.15
"""The page is marked accessed before its permissions are checked."""

from machine import PTE_A, PageFault
from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _walk(self, table, va, kind, *, user):
        try:
            return super()._walk(table, va, kind, user=user)
        except PageFault as fault:
            if fault.reason != "notpresent":
                table.mark(va, PTE_A)
            raise
