# wrong 6 of page_table: never frees empty tables; loses D2.6
"""Unmapping clears the entry and forgets that its table may be empty now."""

from right.page_table import PageTable as Right
from right.page_table import make_pte, pte_flags, pte_pfn

__all__ = ["PageTable", "make_pte", "pte_flags", "pte_pfn"]


class PageTable(Right):
    def _free_empty(self, path):
        pass
