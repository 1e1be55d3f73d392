# wrong 12 of mmu: TLB checks the live entry (no staleness); loses D2.14
"""A hit asks the page table again, so that what is cached can never be out of date."""

from page_table import pte_flags, pte_pfn
from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _translate_by_entry(self, table, entry, va, kind, *, user):
        pte, level, _ = table.walk(va)
        if not pte:
            self._drop(va)
            raise self._fault(va, kind, "notpresent")
        live = entry._replace(level=level, pfn=pte_pfn(pte), flags=pte_flags(pte))
        return super()._translate_by_entry(table, live, va, kind, user=user)
