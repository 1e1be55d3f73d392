# wrong 17 of tlb: invlpg ignores global entries; loses D2.11
"""Global entries are taken to survive everything, as they survive flush(asid)."""

from machine import PTE_G
from right.tlb import TLB as Right
from right.tlb import Entry

__all__ = ["TLB", "Entry"]


class TLB(Right):
    def _drop_page(self, asid, tag, level):
        entries = self._set(tag)
        entry = entries.find(asid, tag, level)
        if entry is not None and not entry.flags & PTE_G:
            entries.remove(entry)
