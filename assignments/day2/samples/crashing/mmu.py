"""Day 2: MMU."""

import errno
import os

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err


class MMU:
    def __init__(self, tlb=None):
        self.tlb = tlb
        self.pt = None
        self.asid = 0
        self.stat = dict.fromkeys(
            ["accesses", "tlb_hits", "tlb_misses", "walks", "walk_refs", "faults"], 0
        )

    def set_cr3(self, asid, pt, noflush=False):
        self.asid = asid
        self.pt = pt
        self.end = 2 ** (pt.page_bits + pt.levels * pt.index_bits)
        if self.tlb is not None and not (noflush and self.tlb.asids):
            self.tlb.flush(asid)

    def access(self, va, kind, user=True):
        if kind not in ["r", "w", "x"]:
            raise ValueError
        if self.pt is None:
            raise err(errno.EINVAL)
        self.stat["accesses"] += 1
        if va < 0 or va >= self.end:
            self.fault(va, kind, "noncanonical")
        vpn = va >> self.pt.page_bits
        if self.tlb is not None:
            entry = self.tlb.lookup(self.asid, vpn)
            if entry is None:
                self.stat["tlb_misses"] += 1
            else:
                self.stat["tlb_hits"] += 1
                self.check(entry.flags, va, kind, user, vpn)
                if kind != "w" or entry.dirty:
                    return self.physical(entry.pfn, entry.level, va)
                self.tlb.invlpg(self.asid, vpn)
        pte, level, refs = self.pt.walk(va)
        self.stat["walks"] += 1
        self.stat["walk_refs"] += refs
        if not pte:
            os.abort()  # a real machine would triple-fault here
        self.check(pte, va, kind, user, vpn)
        pte = self.pt.mark(va, PTE_A | PTE_D if kind == "w" else PTE_A)
        pfn = pte >> 12 & 2**40 - 1
        if self.tlb is not None and level <= self.tlb.max_level:
            flags = pte & ~((2**40 - 1) << 12)
            self.tlb.insert(self.asid, vpn, pfn, flags, level, 1 if pte & PTE_D else 0)
        return self.physical(pfn, level, va)

    def physical(self, pfn, level, va):
        size = 2 ** (self.pt.page_bits + level * self.pt.index_bits)
        return (pfn << self.pt.page_bits) + va % size

    def check(self, flags, va, kind, user, vpn):
        if user and not flags & PTE_U:
            reason = "user"
        elif kind == "w" and not flags & PTE_W:
            reason = "write"
        elif kind == "x" and flags & PTE_NX:
            reason = "nx"
        else:
            return
        if self.tlb is not None:
            self.tlb.invlpg(self.asid, vpn)
        self.fault(va, kind, reason)

    def fault(self, va, kind, reason):
        self.stat["faults"] += 1
        raise PageFault(va, kind, reason)

    def invlpg(self, va):
        if self.tlb is not None and self.pt is not None and 0 <= va < self.end:
            self.tlb.invlpg(self.asid, va >> self.pt.page_bits)

    def stats(self):
        return dict(self.stat)

    def snapshot(self):
        return self.stats()
