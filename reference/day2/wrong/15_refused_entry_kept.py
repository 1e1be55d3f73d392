# wrong 15 of mmu: a fault on cached permission keeps the entry; loses D2.14
"""A refused translation stays in the TLB, so a page that is upgraded faults forever."""

from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _translate_by_entry(self, table, entry, va, kind, *, user):
        reason = self._refusal(entry.flags, kind, user=user)
        if reason is not None:
            raise self._fault(va, kind, reason)
        return super()._translate_by_entry(table, entry, va, kind, user=user)
