"""The MMU: every access becomes a physical address or a fault with an exact reason.

Owns the order of events (TLB, walk, permission, marking, filling) and its counters.
Never changes a mapping and never looks at a table's or a TLB's inside: it reads their
geometry and calls their documented methods.

    va       virtual address, in bytes                            0x1234
    kind     what the access does: "r", "w" or "x" (fetch)        "w"
    user     False for an access by the kernel                    True
    asid     id of the address space whose table is in use        1
    vpn      va >> page_bits, always in base pages                0x1
    leaf     the page, base or huge, that one table entry maps    4096 bytes
    reason   "noncanonical", "notpresent", "user", "write", "nx"  "write"

How an address is read, with a leaf at level 0 and at level 1:

    | 47                    12 | 11         0 |
    |     page (one of many)   |    offset    |

    | 47             21 | 20               0 |
    |     huge page     |       offset       |
"""

import errno

from machine import PTE_A, PTE_D, PTE_NX, PTE_U, PTE_W, PageFault, err
from page_table import PageTable, pte_flags, pte_pfn
from tlb import TLB, Entry

_COUNTERS = ("accesses", "tlb_hits", "tlb_misses", "walks", "walk_refs", "faults")


class MMU:
    """Translate accesses through a page table, and through a TLB if there is one.

    Of the table it uses ``walk`` and ``mark``, of the TLB ``lookup``, ``insert``,
    ``invlpg`` and ``flush``, and nothing else but the geometry below, so that any object
    with these will do.

    The TLB must have the index_bits of every table it is used with.
    Choice: this is the caller's duty and is not checked.
    Choice: the MMU learns geometry from public attributes named like the constructor's
    arguments: ``levels``, ``index_bits`` and ``page_bits`` of the table, ``asids`` and
    ``max_level`` of the TLB.
    """

    def __init__(self, tlb: TLB | None = None) -> None:
        self._tlb = tlb
        self._table: PageTable | None = None
        self._asid = 0
        self._page_bits = 0
        self._index_bits = 0
        self._span = 0
        self._counts = dict.fromkeys(_COUNTERS, 0)

    def set_cr3(
        self,
        asid: int,
        pt: PageTable,
        noflush: bool = False,
    ) -> None:
        """Switch to the address space ``asid`` with page table ``pt``.

        A TLB with asids is flushed of this asid's non-global entries unless noflush. A
        TLB without asids is always flushed of all non-global entries, because it cannot
        tell whose they are.
        """
        self._asid = asid
        self._table = pt
        self._page_bits = pt.page_bits
        self._index_bits = pt.index_bits
        self._span = 1 << (pt.page_bits + pt.index_bits * pt.levels)
        if self._tlb is not None and not (noflush and self._tlb.asids):
            self._tlb.flush(asid)

    def access(
        self,
        va: int,
        kind: str,
        user: bool = True,
    ) -> int:
        """Return the physical address, in bytes, of an access to ``va``.

        1. An address outside the table's range is "noncanonical".
        2. A translation found in the TLB is a hit, even if it is then refused. The
           *cached* flags decide: "user" if a user access lacks U, "write" if a write
           lacks W, "nx" if a fetch meets NX. A refused translation is dropped by
           ``tlb.invlpg(asid, vpn)``. A write through a translation with dirty = 0 walks
           first; this is no miss. If the walk is refused as in 3, the translation is
           dropped; otherwise A and D are marked and the fresh translation, with
           dirty = 1, replaces the old one and gives the result.
        3. Without a translation it is a miss, and a walk decides: "notpresent", then as
           in 2. A granted access marks A, and D if it writes. The translation is
           inserted with dirty = 1 if D is now set in the entry, else 0; a leaf above the
           TLB's max_level is used but not inserted.

        With ``user=False`` U is ignored, W and NX are obeyed. Without a TLB every access
        walks and neither hits nor misses are counted.

        Raises ValueError if kind is not "r", "w" or "x", then OSError EINVAL if no table
        is set; neither counts anything. Raises PageFault(va, kind, reason) as above; a
        faulting access sets neither A nor D.
        Choice: the flags cached with a translation are all flags of the entry as ``mark``
        returned it. Choice: the old translation is replaced by ``tlb.invlpg(asid, vpn)``,
        then ``insert``, so that a leaf of another level or a global one cannot stay.
        """
        if kind not in ("r", "w", "x"):
            raise ValueError(f"kind is {kind!r}; say 'r', 'w' or 'x'")
        if self._table is None:
            raise err(errno.EINVAL)
        self._counts["accesses"] += 1
        if not 0 <= va < self._span:
            raise self._fault(va, kind, "noncanonical")
        entry = self._lookup(va)
        if entry is None:
            return self._translate_by_walk(self._table, va, kind, user=user)
        return self._translate_by_entry(self._table, entry, va, kind, user=user)

    def invlpg(self, va: int) -> None:
        """Drop the current address space's translation of the page that holds ``va``.

        Does nothing if va is outside the range, or without a TLB or a page table.
        """
        if self._table is not None and 0 <= va < self._span:
            self._drop(va)

    def stats(self) -> dict[str, int]:
        """Return ``{"accesses", "tlb_hits", "tlb_misses", "walks", "walk_refs", "faults"}``.

        Faults of every reason are counted, "noncanonical" included.
        """
        return dict(self._counts)

    def snapshot(self) -> dict[str, int]:
        """Return the same as ``stats()``."""
        return self.stats()

    def _lookup(self, va: int) -> Entry | None:
        """Ask the TLB, if there is one, and count its answer."""
        if self._tlb is None:
            return None
        entry = self._tlb.lookup(self._asid, va >> self._page_bits)
        self._counts["tlb_misses" if entry is None else "tlb_hits"] += 1
        return entry

    def _translate_by_walk(self, table: PageTable, va: int, kind: str, *, user: bool) -> int:
        """Translate with the table alone, and remember the translation."""
        pte, level = self._walk(table, va, kind, user=user)
        self._fill(va, pte, level)
        return self._physical(va, pte_pfn(pte), level)

    def _translate_by_entry(
        self, table: PageTable, entry: Entry, va: int, kind: str, *, user: bool
    ) -> int:
        """Translate with a cached entry, unless this is the first write through it."""
        reason = self._refusal(entry.flags, kind, user=user)
        if reason is not None:
            self._drop(va)
            raise self._fault(va, kind, reason)
        if kind == "w" and not entry.dirty:
            return self._translate_first_write(table, va, user=user)
        return self._physical(va, entry.pfn, entry.level)

    def _translate_first_write(self, table: PageTable, va: int, *, user: bool) -> int:
        """Replace a clean translation by what the table says now; the old one always goes."""
        try:
            pte, level = self._walk(table, va, "w", user=user)
        finally:
            self._drop(va)
        self._fill(va, pte, level)
        return self._physical(va, pte_pfn(pte), level)

    def _walk(self, table: PageTable, va: int, kind: str, *, user: bool) -> tuple[int, int]:
        """Return ``(pte, level)`` of the leaf that covers va, marked; fault if it refuses."""
        pte, level, refs = table.walk(va)
        self._counts["walks"] += 1
        self._counts["walk_refs"] += refs
        reason = self._refusal(pte_flags(pte), kind, user=user) if pte else "notpresent"
        if reason is not None:
            raise self._fault(va, kind, reason)
        return table.mark(va, self._marks(kind)), level

    def _refusal(self, flags: int, kind: str, *, user: bool) -> str | None:
        """Return the first reason why ``flags`` forbid an access, or None."""
        if user and not flags & PTE_U:
            return "user"
        if kind == "w" and not flags & PTE_W:
            return "write"
        if kind == "x" and flags & PTE_NX:
            return "nx"
        return None

    def _marks(self, kind: str) -> int:
        """Return the bits that a granted access sets in its entry."""
        return PTE_A | PTE_D if kind == "w" else PTE_A

    def _fill(self, va: int, pte: int, level: int) -> None:
        """Cache a leaf, if there is a TLB that can hold its level."""
        if self._tlb is None or level > self._tlb.max_level:
            return
        dirty = 1 if pte & PTE_D else 0
        vpn = va >> self._page_bits
        self._tlb.insert(self._asid, vpn, pte_pfn(pte), pte_flags(pte), level, dirty)

    def _drop(self, va: int) -> None:
        """Forget the current space's translation of va."""
        if self._tlb is not None:
            self._tlb.invlpg(self._asid, va >> self._page_bits)

    def _physical(self, va: int, pfn: int, level: int) -> int:
        """Return the address of va in a leaf whose first frame is ``pfn``."""
        leaf_bytes = 1 << (self._page_bits + self._index_bits * level)
        return (pfn << self._page_bits) + va % leaf_bytes

    def _fault(self, va: int, kind: str, reason: str) -> PageFault:
        """Count a fault and return the trap to raise."""
        self._counts["faults"] += 1
        return PageFault(va, kind, reason)
