"""The MMU."""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err
from page_table import pte_flags, pte_pfn


class MMU:
    def __init__(self, tlb=None):
        self.tlb = tlb
        self.pt = None
        self.asid = 0
        self.n = {
            "accesses": 0,
            "tlb_hits": 0,
            "tlb_misses": 0,
            "walks": 0,
            "walk_refs": 0,
            "faults": 0,
        }

    def set_cr3(self, asid, pt, noflush=False):
        self.asid = asid
        self.pt = pt
        if self.tlb is not None:
            if not self.tlb.asids or not noflush:
                self.tlb.flush(asid)

    def size(self):
        return 2 ** (self.pt.page_bits + self.pt.index_bits * self.pt.levels)

    def access(self, va, kind, user=True):
        if kind not in ("r", "w", "x"):
            raise ValueError(kind)
        if self.pt is None:
            raise err(errno.EINVAL)
        self.n["accesses"] += 1
        if not 0 <= va < self.size():
            raise self.fault(va, kind, "noncanonical")
        vpn = va >> self.pt.page_bits
        entry = None
        if self.tlb is not None:
            entry = self.tlb.lookup(self.asid, vpn)
            if entry is not None:
                self.n["tlb_hits"] += 1
        if entry is not None:
            reason = self.check(entry.flags, kind, user)
            if reason:
                self.tlb.invlpg(self.asid, vpn)
                raise self.fault(va, kind, reason)
            if kind != "w" or entry.dirty:
                return self.address(entry.pfn, va, entry.level)
            self.tlb.invlpg(self.asid, vpn)
        if self.tlb is not None and self.tlb.lookup(self.asid, vpn) is None:
            self.n["tlb_misses"] += 1
        pte, level, refs = self.pt.walk(va)
        self.n["walks"] += 1
        self.n["walk_refs"] += refs
        reason = self.check(pte_flags(pte), kind, user) if pte else "notpresent"
        if reason:
            raise self.fault(va, kind, reason)
        pte = self.pt.mark(va, PTE_A | PTE_D if kind == "w" else PTE_A)
        if self.tlb is not None and level <= self.tlb.max_level:
            dirty = 1 if pte & PTE_D else 0
            self.tlb.insert(self.asid, vpn, pte_pfn(pte), pte_flags(pte), level, dirty)
        return self.address(pte_pfn(pte), va, level)

    def address(self, pfn, va, level):
        bits = self.pt.page_bits + self.pt.index_bits * level
        return (pfn << self.pt.page_bits) + va % 2**bits

    def check(self, flags, kind, user):
        if user and not flags & PTE_U:
            return "user"
        if kind == "w" and not flags & PTE_W:
            return "write"
        if kind == "x" and flags & PTE_NX:
            return "nx"
        return None

    def fault(self, va, kind, reason):
        self.n["faults"] += 1
        return PageFault(va, kind, reason)

    def invlpg(self, va):
        if self.tlb is not None and self.pt is not None and 0 <= va < self.size():
            self.tlb.invlpg(self.asid, va >> self.pt.page_bits)

    def stats(self):
        return dict(self.n)

    def snapshot(self):
        return self.stats()
