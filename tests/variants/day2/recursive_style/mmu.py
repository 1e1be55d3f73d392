"""An MMU that drops a translation it cannot use and then translates as if it had none."""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err
from page_table import pte_flags, pte_pfn


class MMU:
    def __init__(self, tlb=None):
        self._tlb = tlb
        self._asid, self._pt = 0, None
        self._stats = {
            "accesses": 0,
            "tlb_hits": 0,
            "tlb_misses": 0,
            "walks": 0,
            "walk_refs": 0,
            "faults": 0,
        }

    def set_cr3(self, asid, pt, noflush=False):
        self._asid, self._pt = asid, pt
        if self._tlb and (not self._tlb.asids or not noflush):
            self._tlb.flush(asid)

    def access(self, va, kind, user=True):
        if kind not in {"r", "w", "x"}:
            raise ValueError(kind)
        if self._pt is None:
            raise err(errno.EINVAL)
        self._stats["accesses"] += 1
        try:
            return self._translate(va, kind, user)
        except PageFault:
            self._stats["faults"] += 1
            raise

    def _translate(self, va, kind, user):
        if not self._in_range(va):
            raise PageFault(va, kind, "noncanonical")
        if self._tlb is None:
            return self._translate_slowly(va, kind, user)
        hit = self._tlb.lookup(self._asid, va >> self._pt.page_bits)
        self._stats["tlb_hits" if hit else "tlb_misses"] += 1
        if hit:
            why = _forbidden(hit.flags, kind, user)
            if not why and (kind != "w" or hit.dirty):
                return self._address(va, hit.pfn, hit.level)
            self.invlpg(va)
            if why:
                raise PageFault(va, kind, why)
        return self._translate_slowly(va, kind, user)

    def _translate_slowly(self, va, kind, user):
        pte, level, refs = self._pt.walk(va)
        self._stats["walks"] += 1
        self._stats["walk_refs"] += refs
        why = _forbidden(pte, kind, user) if pte else "notpresent"
        if why:
            raise PageFault(va, kind, why)
        bits = PTE_A | PTE_D if kind == "w" else PTE_A
        if pte & bits != bits:
            pte = self._pt.mark(va, bits)
        if self._tlb and level <= self._tlb.max_level:
            self._tlb.insert(
                self._asid,
                va >> self._pt.page_bits,
                pte_pfn(pte),
                pte_flags(pte),
                level=level,
                dirty=int(pte & PTE_D != 0),
            )
        return self._address(va, pte_pfn(pte), level)

    def _address(self, va, pfn, level):
        return pfn * 2**self._pt.page_bits + va % self._leaf_size(level)

    def _leaf_size(self, level):
        return 2 ** (self._pt.page_bits + self._pt.index_bits * level)

    def _in_range(self, va):
        return 0 <= va < self._leaf_size(self._pt.levels)

    def invlpg(self, va):
        if self._tlb and self._pt and self._in_range(va):
            self._tlb.invlpg(self._asid, va >> self._pt.page_bits)

    def stats(self):
        return self._stats.copy()

    snapshot = stats


def _forbidden(flags, kind, user):
    """Return why an access is forbidden, or an empty string."""
    if user and not flags & PTE_U:
        return "user"
    if kind == "w" and not flags & PTE_W:
        return "write"
    if kind == "x" and flags & PTE_NX:
        return "nx"
    return ""
