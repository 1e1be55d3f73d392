"""The MMU as one long function, top to bottom like the description."""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err

PFN_MASK = (1 << 40) - 1


class MMU:
    def __init__(self, tlb=None):
        self.tlb = tlb
        self.pt = None
        self.asid = None
        self.accesses = 0
        self.tlb_hits = 0
        self.tlb_misses = 0
        self.walks = 0
        self.walk_refs = 0
        self.faults = 0

    def set_cr3(self, asid, pt, noflush=False):
        self.asid = asid
        self.pt = pt
        if self.tlb is None:
            return
        if not self.tlb.asids:
            self.tlb.flush(0)
        elif not noflush:
            self.tlb.flush(asid)

    def access(self, va, kind, user=True):
        if kind != "r" and kind != "w" and kind != "x":
            raise ValueError("kind must be r, w or x")
        if self.pt is None:
            raise err(errno.EINVAL)
        self.accesses += 1
        pt = self.pt
        if va < 0 or va >= self.end():
            self.faults += 1
            raise PageFault(va, kind, "noncanonical")

        vpn = va >> pt.page_bits
        entry = None
        if self.tlb is not None:
            entry = self.tlb.lookup(self.asid, vpn)
            if entry is None:
                self.tlb_misses += 1
            else:
                self.tlb_hits += 1

        if entry is not None:
            self.check(entry.flags, va, kind, user, cached=True)
            if kind != "w" or entry.dirty == 1:
                return self.result(va, entry.pfn, entry.level)

        pte, level, refs = pt.walk(va)
        self.walks += 1
        self.walk_refs += refs
        cached = entry is not None
        if pte == 0:
            if cached:
                self.tlb.invlpg(self.asid, vpn)
            self.faults += 1
            raise PageFault(va, kind, "notpresent")
        self.check(pte, va, kind, user, cached=cached)
        pte = pt.mark(va, PTE_A | PTE_D if kind == "w" else PTE_A)
        pfn = (pte >> 12) & PFN_MASK
        if cached:
            self.tlb.invlpg(self.asid, vpn)
        if self.tlb is not None and level <= self.tlb.max_level:
            flags = pte & ~(PFN_MASK << 12)
            self.tlb.insert(self.asid, vpn, pfn, flags, level, 1 if pte & PTE_D else 0)
        return self.result(va, pfn, level)

    def check(self, flags, va, kind, user, cached):
        reason = None
        if user and not flags & PTE_U:
            reason = "user"
        elif kind == "w" and not flags & PTE_W:
            reason = "write"
        elif kind == "x" and flags & PTE_NX:
            reason = "nx"
        if reason is not None:
            if cached:
                self.tlb.invlpg(self.asid, va >> self.pt.page_bits)
            self.faults += 1
            raise PageFault(va, kind, reason)

    def result(self, va, pfn, level):
        pt = self.pt
        size = 1 << (pt.page_bits + pt.index_bits * level)
        return (pfn << pt.page_bits) + (va & (size - 1))

    def end(self):
        return 1 << (self.pt.page_bits + self.pt.index_bits * self.pt.levels)

    def invlpg(self, va):
        if self.tlb is not None and self.pt is not None and 0 <= va < self.end():
            self.tlb.invlpg(self.asid, va >> self.pt.page_bits)

    def stats(self):
        return {
            "accesses": self.accesses,
            "tlb_hits": self.tlb_hits,
            "tlb_misses": self.tlb_misses,
            "walks": self.walks,
            "walk_refs": self.walk_refs,
            "faults": self.faults,
        }

    def snapshot(self):
        return self.stats()
