"""A virtual address becomes a physical one: base and bounds, segments, a linear page table.

Owns the three oldest ways to translate an address. Nothing here has memory behind it,
and no translation changes anything: the same address always gives the same answer.

    va         virtual address, in bytes                        0x12345
    pa         physical address, in bytes                       0x5345
    page_size  bytes in one page, a power of two                4096
    vpn, off   virtual page number, offset within the page      0x12, 0x345
    pfn        physical frame number                            5
    base       where a segment lies in physical memory          32
    limit      how many bytes of it are valid                   10
    s          selector bits: there are 2**s segments           1
    W          window, the bytes one selector value reaches     2**(va_bits - s) = 32
    access     what is tried: "r", "w" or "x"                   "r"

The same address as page and offset (4096-byte pages), as selector and offset
(va_bits = 6, two segments), and an entry of a linear page table:

    | ...       12 | 11         0 |
    |     vpn      |     off      |

    |      5       | 4          0 |
    |   selector   |     off      |

    |      31      | 30         0 |
    |    valid     |     pfn      |
"""

from collections.abc import Sequence
from dataclasses import dataclass


def split_va(va: int, page_size: int) -> tuple[int, int]:
    """Return ``(vpn, off)``: the page that holds ``va`` and the byte within that page.

    Raises ValueError if page_size is not a power of two or va is negative.
    Choice: any power of two is a page size here, 1 included.
    """
    raise NotImplementedError


def join_va(vpn: int, off: int, page_size: int) -> int:
    """Return the virtual address of byte ``off`` in page ``vpn``.

    Raises ValueError if page_size is not a power of two, vpn is negative, or off is
    not in ``[0, page_size)``.
    """
    raise NotImplementedError


class BaseBounds:
    """Relocate a whole address space with one base and one limit, both in bytes.

    Raises ValueError if base or limit is negative.
    """

    def __init__(self, base: int, limit: int) -> None:
        raise NotImplementedError

    def translate(self, va: int) -> int:
        """Return the physical address of ``va``, which is valid if ``0 <= va < limit``.

        Raises SegFault(va, "r", "MAPERR") for any other address.
        Source: OSTEP, relocation.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, int]:
        """Return ``{"base", "limit"}``."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Segment:
    """One contiguous piece of physical memory, with what may be done to it.

    A segment that grows ``"up"`` occupies ``[base, base + limit)``; one that grows
    ``"down"``, like a stack, occupies ``[base - limit, base)``: its base is the
    exclusive high end.

    Raises ValueError if base or limit is negative, if prot has a letter outside
    ``rwx``, or if grows is neither ``"up"`` nor ``"down"``.
    Choice: prot may be empty (nothing is allowed) and may be in any order.
    """

    base: int
    limit: int
    prot: str = "rw"
    grows: str = "up"

    def __post_init__(self) -> None:
        raise NotImplementedError


class SegmentTable:
    """Translate addresses of ``va_bits`` bits through ``2**s`` segments, ``s >= 0``.

    The top s bits of an address select the segment; what remains is the offset in a
    window of ``W = 2**(va_bits - s)`` bytes. An entry may be None: nothing is there.

    Raises ValueError if the number of segments is not a power of two, if s exceeds
    va_bits, or if the limit of a segment exceeds W.
    """

    def __init__(self, va_bits: int, segments: Sequence[Segment | None]) -> None:
        raise NotImplementedError

    def translate(self, va: int, access: str = "r") -> int:
        """Return the physical address of ``va``.

        *up*: valid if ``off < limit``, then ``base + off``.
        *down*: ``d = W - off`` is valid if ``d <= limit``, then ``base - d``.

        Raises SegFault(va, access, code): code is "MAPERR" if va is outside
        ``[0, 2**va_bits)``, if the entry is None, or if the offset is out of bounds;
        "ACCERR" if all that is right and access is not in the segment's prot.
        Source: OSTEP, segmentation.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"va_bits", "segments": [[base, limit, prot, grows] or None, ...]}``."""
        raise NotImplementedError


def linear_translate(page_table: Sequence[int], va: int, page_size: int) -> int:
    """Return the physical address of ``va`` through a table with one int per page.

    Bit 31 of an entry says that it is valid; its low 31 bits are the PFN.

    Raises SegFault(va, "r", "MAPERR") if va is negative, lies beyond the last entry,
    or belongs to an entry that is not valid; ValueError if page_size is not a power of
    two. Choice: a bad page_size is found before a bad va.
    Source: OSTEP, linear page tables.
    """
    raise NotImplementedError
