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

from machine import SegFault

_VALID = 1 << 31


def split_va(va: int, page_size: int) -> tuple[int, int]:
    """Return ``(vpn, off)``: the page that holds ``va`` and the byte within that page.

    Raises ValueError if page_size is not a power of two or va is negative.
    Choice: any power of two is a page size here, 1 included.
    """
    _check_page_size(page_size)
    if va < 0:
        raise ValueError(f"va is {va}; an address is never negative")
    return va // page_size, va % page_size


def join_va(vpn: int, off: int, page_size: int) -> int:
    """Return the virtual address of byte ``off`` in page ``vpn``.

    Raises ValueError if page_size is not a power of two, vpn is negative, or off is
    not in ``[0, page_size)``.
    """
    _check_page_size(page_size)
    if vpn < 0:
        raise ValueError(f"vpn is {vpn}; a page number is never negative")
    if not 0 <= off < page_size:
        raise ValueError(f"off is {off}; an offset lies in [0, {page_size})")
    return vpn * page_size + off


def _check_page_size(page_size: int) -> None:
    """Raise ValueError unless ``page_size`` is a power of two."""
    if not _is_power_of_two(page_size):
        raise ValueError(f"page_size is {page_size}; give a power of two, such as 4096")


def _is_power_of_two(n: int) -> bool:
    """Tell whether exactly one bit of ``n`` is set."""
    return n > 0 and n & (n - 1) == 0


class BaseBounds:
    """Relocate a whole address space with one base and one limit, both in bytes.

    Raises ValueError if base or limit is negative.
    """

    def __init__(self, base: int, limit: int) -> None:
        if base < 0 or limit < 0:
            raise ValueError(f"base {base}, limit {limit}; neither may be negative")
        self._base = base
        self._limit = limit

    def translate(self, va: int) -> int:
        """Return the physical address of ``va``, which is valid if ``0 <= va < limit``.

        Raises SegFault(va, "r", "MAPERR") for any other address.
        Source: OSTEP, relocation.
        """
        if not 0 <= va < self._limit:
            raise SegFault(va, "r", "MAPERR")
        return self._base + va

    def snapshot(self) -> dict[str, int]:
        """Return ``{"base", "limit"}``."""
        return {"base": self._base, "limit": self._limit}


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
        if self.base < 0 or self.limit < 0:
            raise ValueError(f"base {self.base}, limit {self.limit}; neither may be negative")
        if not set(self.prot) <= set("rwx"):
            raise ValueError(f"prot is {self.prot!r}; use only the letters r, w and x")
        if self.grows not in ("up", "down"):
            raise ValueError(f"grows is {self.grows!r}; say 'up' or 'down'")


class SegmentTable:
    """Translate addresses of ``va_bits`` bits through ``2**s`` segments, ``s >= 0``.

    The top s bits of an address select the segment; what remains is the offset in a
    window of ``W = 2**(va_bits - s)`` bytes. An entry may be None: nothing is there.

    Raises ValueError if the number of segments is not a power of two, if s exceeds
    va_bits, or if the limit of a segment exceeds W.
    """

    def __init__(self, va_bits: int, segments: Sequence[Segment | None]) -> None:
        if not _is_power_of_two(len(segments)):
            raise ValueError(f"{len(segments)} segments; give 1, 2, 4, 8, ...")
        selector_bits = len(segments).bit_length() - 1
        if selector_bits > va_bits:
            raise ValueError(f"{len(segments)} segments need more than {va_bits} address bits")
        self._va_bits = va_bits
        self._segments = list(segments)
        self._window = 1 << (va_bits - selector_bits)
        for segment in self._segments:
            if segment is not None and segment.limit > self._window:
                raise ValueError(f"limit {segment.limit} exceeds the window of {self._window}")

    def translate(self, va: int, access: str = "r") -> int:
        """Return the physical address of ``va``.

        *up*: valid if ``off < limit``, then ``base + off``.
        *down*: ``d = W - off`` is valid if ``d <= limit``, then ``base - d``.

        Raises SegFault(va, access, code): code is "MAPERR" if va is outside
        ``[0, 2**va_bits)``, if the entry is None, or if the offset is out of bounds;
        "ACCERR" if all that is right and access is not in the segment's prot.
        Source: OSTEP, segmentation.
        """
        segment = self._select(va)
        off = va % self._window
        if segment is None or not self._in_bounds(segment, off):
            raise SegFault(va, access, "MAPERR")
        if access not in segment.prot:
            raise SegFault(va, access, "ACCERR")
        return self._place(segment, off)

    def snapshot(self) -> dict[str, object]:
        """Return ``{"va_bits", "segments": [[base, limit, prot, grows] or None, ...]}``."""
        rows = [
            None if entry is None else [entry.base, entry.limit, entry.prot, entry.grows]
            for entry in self._segments
        ]
        return {"va_bits": self._va_bits, "segments": rows}

    def _select(self, va: int) -> Segment | None:
        """Return the segment that the top bits of ``va`` name; None outside the address space."""
        if not 0 <= va < 1 << self._va_bits:
            return None
        return self._segments[va // self._window]

    def _in_bounds(self, segment: Segment, off: int) -> bool:
        """Tell whether the segment reaches offset ``off`` of its window."""
        if segment.grows == "up":
            return off < segment.limit
        return self._window - off <= segment.limit

    def _place(self, segment: Segment, off: int) -> int:
        """Return the physical address of offset ``off``; a down segment ends at its base."""
        if segment.grows == "up":
            return segment.base + off
        return segment.base - (self._window - off)


def linear_translate(page_table: Sequence[int], va: int, page_size: int) -> int:
    """Return the physical address of ``va`` through a table with one int per page.

    Bit 31 of an entry says that it is valid; its low 31 bits are the PFN.

    Raises SegFault(va, "r", "MAPERR") if va is negative, lies beyond the last entry,
    or belongs to an entry that is not valid; ValueError if page_size is not a power of
    two. Choice: a bad page_size is found before a bad va.
    Source: OSTEP, linear page tables.
    """
    _check_page_size(page_size)
    vpn, off = divmod(va, page_size)
    if not 0 <= vpn < len(page_table) or not page_table[vpn] & _VALID:
        raise SegFault(va, "r", "MAPERR")
    pfn = page_table[vpn] & (_VALID - 1)
    return pfn * page_size + off
