"""The MMU (day 2).  Takes the bits out of an entry itself."""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err

PFN_BITS = 0xFFFFFFFFFF << 12


class MMU:
    def __init__(self, tlb=None):
        self.tlb = tlb
        self.pt = None
        self.asid = None
        self.accesses = self.tlb_hits = self.tlb_misses = 0
        self.walks = self.walk_refs = self.faults = 0

    def set_cr3(self, asid, pt, noflush=False):
        self.asid, self.pt = asid, pt
        self.top = 1 << (pt.page_bits + pt.index_bits * pt.levels)
        if self.tlb is None or (noflush and self.tlb.asids):
            return
        self.tlb.flush(asid)

    def access(self, va, kind, user=True):
        if kind not in tuple("rwx"):
            raise ValueError("kind")
        if self.pt is None:
            raise err(errno.EINVAL)
        self.accesses += 1
        try:
            if va < 0 or va >= self.top:
                raise PageFault(va, kind, "noncanonical")
            if self.tlb is not None:
                e = self.tlb.lookup(self.asid, va >> self.pt.page_bits)
                if e is not None:
                    self.tlb_hits += 1
                    return self.use(e, va, kind, user)
                self.tlb_misses += 1
            return self.walk(va, kind, user)
        except PageFault:
            self.faults += 1
            raise

    def use(self, e, va, kind, user):
        try:
            self.check(e.flags, va, kind, user)
        except PageFault:
            self.invlpg(va)
            raise
        if kind == "w" and e.dirty == 0:
            self.invlpg(va)
            return self.walk(va, kind, user)
        return self.physical(e.pfn, e.level, va)

    def walk(self, va, kind, user):
        pte, level, refs = self.pt.walk(va)
        self.walks += 1
        self.walk_refs += refs
        if pte == 0:
            raise PageFault(va, kind, "notpresent")
        self.check(pte, va, kind, user)
        pte = self.pt.mark(va, PTE_A | (PTE_D if kind == "w" else 0))
        pfn = (pte & PFN_BITS) >> 12
        if self.tlb is not None and level <= self.tlb.max_level:
            vpn = va >> self.pt.page_bits
            dirty = int(bool(pte & PTE_D))
            self.tlb.insert(self.asid, vpn, pfn, pte & ~PFN_BITS, level=level, dirty=dirty)
        return self.physical(pfn, level, va)

    def physical(self, pfn, level, va):
        size = 1 << (self.pt.page_bits + level * self.pt.index_bits)
        return (pfn << self.pt.page_bits) + va % size

    def check(self, flags, va, kind, user):
        if user and not flags & PTE_U:
            raise PageFault(va, kind, "user")
        if kind == "w" and not flags & PTE_W:
            raise PageFault(va, kind, "write")
        if kind == "x" and flags & PTE_NX:
            raise PageFault(va, kind, "nx")

    def invlpg(self, va):
        if self.tlb is not None and self.pt is not None and 0 <= va < self.top:
            self.tlb.invlpg(self.asid, va >> self.pt.page_bits)

    def stats(self):
        names = ["accesses", "tlb_hits", "tlb_misses", "walks", "walk_refs", "faults"]
        return {name: getattr(self, name) for name in names}

    def snapshot(self):
        return self.stats()
