"""The MMU.

An access needs bits, and an entry offers bits.  NX is the odd one out (it forbids), so it
is turned round first; then an access is allowed if nothing that it needs is missing.
"""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err
from page_table import pte_flags, pte_pfn

NEEDS = {"r": 0, "w": PTE_W, "x": PTE_NX}
REASONS = ((PTE_U, "user"), (PTE_W, "write"), (PTE_NX, "nx"))


class Refused(Exception):
    """Somebody said no; the reason is args[0]."""


class NoTLB:
    """Remembers nothing, and does not count as a TLB."""

    asids, max_level = True, -1

    def lookup(self, asid, vpn):
        return None

    def flush(self, asid):
        pass

    invlpg = lookup


class MMU:
    def __init__(self, tlb=None):
        self.has_tlb = tlb is not None
        self.tlb = tlb if self.has_tlb else NoTLB()
        self.pt = self.asid = None
        names = "accesses tlb_hits tlb_misses walks walk_refs faults"
        self.counters = {name: 0 for name in names.split()}

    def set_cr3(self, asid, pt, noflush=False):
        self.asid, self.pt = asid, pt
        if not (noflush and self.tlb.asids):
            self.tlb.flush(asid)

    def invlpg(self, va):
        if self.pt is not None and self.is_address(va):
            self.tlb.invlpg(self.asid, va >> self.pt.page_bits)

    def access(self, va, kind, user=True):
        needs = NEEDS.get(kind)
        if needs is None:
            raise ValueError("r, w or x")
        if self.pt is None:
            raise err(errno.EINVAL)
        if user:
            needs |= PTE_U
        self.count("accesses")
        try:
            if not self.is_address(va):
                raise Refused("noncanonical")
            pfn, level = self.translate(va, needs)
        except Refused as refused:
            self.count("faults")
            raise PageFault(va, kind, refused.args[0]) from None
        return (pfn << self.pt.page_bits) + va % (1 << self.width(level))

    # ----------------------------------------------------------------------

    def translate(self, va, needs):
        """(first frame, level) of the leaf that serves va"""
        vpn = va >> self.pt.page_bits
        entry = self.tlb.lookup(self.asid, vpn)
        if self.has_tlb:
            self.count("tlb_misses" if entry is None else "tlb_hits")
        if entry is None:
            return self.walk(va, needs)
        is_first_write = needs & PTE_W and not entry.dirty
        try:
            compare(needs, entry.flags)
            if not is_first_write:
                return entry.pfn, entry.level
        except Refused:
            self.tlb.invlpg(self.asid, vpn)
            raise
        self.tlb.invlpg(self.asid, vpn)
        return self.walk(va, needs)

    def walk(self, va, needs):
        pte, level, refs = self.pt.walk(va)
        self.count("walks")
        self.count("walk_refs", refs)
        if not pte:
            raise Refused("notpresent")
        compare(needs, pte)
        pte = self.pt.mark(va, PTE_A | PTE_D if needs & PTE_W else PTE_A)
        if level <= self.tlb.max_level:
            dirty = 1 if pte & PTE_D else 0
            vpn = va >> self.pt.page_bits
            self.tlb.insert(self.asid, vpn, pte_pfn(pte), pte_flags(pte), level, dirty)
        return pte_pfn(pte), level

    def is_address(self, va):
        return va >> self.width(self.pt.levels) == 0

    def width(self, level):
        """How many bits of an address a leaf of this level leaves alone"""
        return self.pt.page_bits + self.pt.index_bits * level

    def count(self, what, n=1):
        self.counters[what] += n

    def stats(self):
        return dict(self.counters)

    def snapshot(self):
        return self.stats()


def compare(needs, flags):
    missing = needs & ~(flags ^ PTE_NX)
    for bit, reason in REASONS:
        if missing & bit:
            raise Refused(reason)
