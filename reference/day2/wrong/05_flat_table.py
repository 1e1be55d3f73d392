# wrong 5 of page_table: a flat table; loses D2.6
"""One array with an entry for every page there could be, and an honest count of its size.

The array itself stays sparse here, so that the mistake shows in its count and not as
the end of the memory of whoever grades it.
"""

from right.page_table import PageTable as Right
from right.page_table import make_pte, pte_flags, pte_pfn

__all__ = ["PageTable", "make_pte", "pte_flags", "pte_pfn"]


class PageTable(Right):
    def table_count(self):
        return 1 << self.index_bits * (self.levels - 1)
