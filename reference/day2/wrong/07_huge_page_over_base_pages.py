# wrong 7 of page_table: EEXIST missed when a huge page overlaps 4 KiB pages; loses D2.4 D2.7 D2.18
"""Only leaves count as taken; a table in the way of a huge page is overwritten."""

from right.page_table import PageTable as Right
from right.page_table import make_pte, pte_flags, pte_pfn

__all__ = ["PageTable", "make_pte", "pte_flags", "pte_pfn"]


class PageTable(Right):
    def _overlaps(self, path, depth):
        if len(path) <= depth:
            return super()._overlaps(path, depth)
        table, index = path[depth - 1]
        del table.below[index]
        del path[depth:]
        return False
