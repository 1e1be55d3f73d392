# wrong 11 of tlb: a miss changes the LRU order; loses D2.10
"""A miss already moves the coming victim out of the way, although nothing is inserted yet."""

from right.tlb import TLB as Right
from right.tlb import Entry

__all__ = ["TLB", "Entry"]


class TLB(Right):
    def lookup(self, asid, vpn):
        entry = super().lookup(asid, vpn)
        entries = self._set(vpn)
        if entry is None and entries.entries:
            self._touch(entries, entries.oldest())
        return entry
