# wrong 8 of page_table: refs always = levels; loses D2.6 D2.9
"""Every walk is charged in full, also one that ends early at a huge or missing entry."""

from right.page_table import PageTable as Right
from right.page_table import make_pte, pte_flags, pte_pfn

__all__ = ["PageTable", "make_pte", "pte_flags", "pte_pfn"]


class PageTable(Right):
    def walk(self, va):
        pte, level, refs = super().walk(va)
        return pte, level, self.levels if refs else 0
