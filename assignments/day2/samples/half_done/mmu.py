"""Day 2, part 4: the MMU.  So far without the TLB."""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err
from page_table import pte_pfn


class MMU:
    def __init__(self, tlb=None):
        if tlb is not None:
            raise NotImplementedError  # tomorrow
        self.pt = None
        self.accesses = 0
        self.walks = 0
        self.walk_refs = 0
        self.faults = 0

    def set_cr3(self, asid, pt, noflush=False):
        self.pt = pt

    def access(self, va, kind, user=True):
        if kind not in ("r", "w", "x"):
            raise ValueError("kind")
        if self.pt is None:
            raise err(errno.EINVAL)
        self.accesses += 1
        if not 0 <= va < 2 ** (self.pt.page_bits + self.pt.levels * self.pt.index_bits):
            self.fault(va, kind, "noncanonical")
        pte, level, refs = self.pt.walk(va)
        self.walks += 1
        self.walk_refs += refs
        if pte == 0:
            self.fault(va, kind, "notpresent")
        if user and not pte & PTE_U:
            self.fault(va, kind, "user")
        if kind == "w" and not pte & PTE_W:
            self.fault(va, kind, "write")
        if kind == "x" and pte & PTE_NX:
            self.fault(va, kind, "nx")
        if kind == "w":
            self.pt.mark(va, PTE_A | PTE_D)
        else:
            self.pt.mark(va, PTE_A)
        size = 2 ** (self.pt.page_bits + level * self.pt.index_bits)
        return pte_pfn(pte) * 2**self.pt.page_bits + va % size

    def fault(self, va, kind, reason):
        self.faults += 1
        raise PageFault(va, kind, reason)

    def invlpg(self, va):
        pass

    def stats(self):
        return {
            "accesses": self.accesses,
            "tlb_hits": 0,
            "tlb_misses": 0,
            "walks": self.walks,
            "walk_refs": self.walk_refs,
            "faults": self.faults,
        }

    def snapshot(self):
        return self.stats()
