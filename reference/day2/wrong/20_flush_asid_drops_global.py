# wrong 20 of tlb: flush(asid) also drops global entries; loses D2.11
"""Flushing an address space drops all its entries, also those that belong to everybody."""

from machine import PTE_G
from right.tlb import TLB as Right
from right.tlb import Entry

__all__ = ["TLB", "Entry"]


class TLB(Right):
    def _is_flushed(self, entry, asid):
        return super()._is_flushed(entry, asid) or bool(entry.flags & PTE_G)
