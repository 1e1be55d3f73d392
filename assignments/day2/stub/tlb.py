"""A translation lookaside buffer: recent translations, by set, with address-space ids.

Owns the cached entries and their order of use; never reads a page table and never
judges an access. It may be out of date: who drops entries, and when, is the business
of its users.

    asid     address-space id, which process an entry belongs to   1
    vpn      virtual page number, in base pages                    700
    level    0 for a base page, 1, 2, ... for huge pages           1
    tag      vpn >> (index_bits * level), one number per leaf      700 >> 9 = 1
    set      tag % nsets, where entries with this tag live         1 % 2 = 1
    ways     entries in one set                                    2
    nsets    entries // ways                                       2
    pfn      first frame of the leaf                               1024
    flags    PTE_* bits of the leaf; G makes it global             PTE_P | PTE_U | PTE_PS
    dirty    1 once the leaf is known to have D, else 0            0

An own entry is one whose asid is the one asked for. A global entry serves every asid.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """One cached translation."""

    asid: int
    tag: int
    level: int
    pfn: int
    flags: int
    dirty: int


class TLB:
    """Cache ``entries`` translations in sets of ``ways`` each, least recently used out first.

    ``max_level`` is the highest level of a leaf that can be cached, ``index_bits`` that of
    the page tables it serves. With ``asids=False`` every asid argument is treated as 0.

    Raises ValueError if entries or ways is less than 1 or entries is not a multiple of ways.
    Choice: ``index_bits``, ``max_level`` and ``asids`` stay readable as attributes of the
    same names; hardware that uses the TLB may read these three.
    """

    def __init__(
        self,
        entries: int,
        ways: int,
        *,
        index_bits: int = 9,
        max_level: int = 1,
        asids: bool = True,
    ) -> None:
        raise NotImplementedError

    def lookup(self, asid: int, vpn: int) -> Entry | None:
        """Return the entry that translates base page ``vpn`` for ``asid``, or None.

        Levels are tried from 0 to max_level. An entry matches if its level and tag are
        equal and it has the same asid or G. At one level the own entry comes before
        global ones, and of several global ones the most recently used is taken.

        A hit makes the entry the most recently used of its set and counts in ``hits``;
        a miss counts in ``misses`` and changes nothing else.
        """
        raise NotImplementedError

    def insert(
        self, asid: int, vpn: int, pfn: int, flags: int, level: int = 0, dirty: int = 0
    ) -> None:
        """Cache the leaf at ``level`` that covers ``vpn``, as most recently used of its set.

        An entry with equal (asid, tag, level) is replaced; this is not an eviction.
        Otherwise, if the set is full, its least recently used entry leaves, which counts
        in ``evictions``.

        Raises ValueError if level is not in ``[0, max_level]``.
        """
        raise NotImplementedError

    def invlpg(self, asid: int, vpn: int) -> None:
        """Drop, at every level, the entries that cover ``vpn`` and are own or global.

        Global entries are dropped whatever their asid. Dropping is not an eviction.
        """
        raise NotImplementedError

    def flush(self, asid: int | None = None) -> None:
        """Drop the non-global entries of ``asid``; with no asid, drop every entry.

        Dropping is not an eviction.
        """
        raise NotImplementedError

    def stats(self) -> dict[str, int]:
        """Return ``{"hits", "misses", "evictions"}``, counted since the beginning."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"sets": [[[asid, tag, level, pfn, flags, dirty], ...], ...]}``.

        Each set lists its entries from least to most recently used.
        """
        raise NotImplementedError
