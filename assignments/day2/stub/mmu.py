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

from page_table import PageTable
from tlb import TLB


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
        raise NotImplementedError

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
        raise NotImplementedError

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
        raise NotImplementedError

    def invlpg(self, va: int) -> None:
        """Drop the current address space's translation of the page that holds ``va``.

        Does nothing if va is outside the range, or without a TLB or a page table.
        """
        raise NotImplementedError

    def stats(self) -> dict[str, int]:
        """Return ``{"accesses", "tlb_hits", "tlb_misses", "walks", "walk_refs", "faults"}``.

        Faults of every reason are counted, "noncanonical" included.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, int]:
        """Return the same as ``stats()``."""
        raise NotImplementedError
