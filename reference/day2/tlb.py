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

from collections import OrderedDict
from typing import NamedTuple

from machine import PTE_G


class Entry(NamedTuple):
    """One cached translation."""

    asid: int
    tag: int
    level: int
    pfn: int
    flags: int
    dirty: int


_Key = tuple[int, int, int]  # asid, tag, level: what makes two entries the same


class _Set:
    """The entries that compete for the same ways, least to most recently used.

    Global entries are also listed by what they translate, because they are found without
    knowing their asid; both orders move together.
    """

    def __init__(self) -> None:
        self.entries: OrderedDict[_Key, Entry] = OrderedDict()
        self.shared: dict[tuple[int, int], OrderedDict[_Key, None]] = {}

    def find(self, asid: int, tag: int, level: int) -> Entry | None:
        """Return the own entry, else the global one used last, else None."""
        own = self.entries.get((asid, tag, level))
        if own is not None:
            return own
        shared = self.shared.get((tag, level))
        return self.entries[next(reversed(shared))] if shared else None

    def touch(self, entry: Entry) -> None:
        """Make an entry the most recently used."""
        key = entry[:3]
        self.entries.move_to_end(key)
        if entry.flags & PTE_G:
            self.shared[entry.tag, entry.level].move_to_end(key)

    def add(self, entry: Entry) -> None:
        """Add an entry, not here yet, as the most recently used."""
        key = entry[:3]
        self.entries[key] = entry
        if entry.flags & PTE_G:
            self.shared.setdefault((entry.tag, entry.level), OrderedDict())[key] = None

    def remove(self, entry: Entry) -> None:
        """Take an entry out."""
        key = entry[:3]
        del self.entries[key]
        if entry.flags & PTE_G:
            shared = self.shared[entry.tag, entry.level]
            del shared[key]
            if not shared:
                del self.shared[entry.tag, entry.level]

    def oldest(self) -> Entry:
        """Return the least recently used entry."""
        return next(iter(self.entries.values()))


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
        if entries < 1 or ways < 1 or entries % ways:
            raise ValueError(f"{entries} entries in sets of {ways}; give a multiple, 1 or more")
        self.index_bits = index_bits
        self.max_level = max_level
        self.asids = asids
        self._ways = ways
        self._sets = [_Set() for _ in range(entries // ways)]
        self._hits = self._misses = self._evictions = 0

    def lookup(self, asid: int, vpn: int) -> Entry | None:
        """Return the entry that translates base page ``vpn`` for ``asid``, or None.

        Levels are tried from 0 to max_level. An entry matches if its level and tag are
        equal and it has the same asid or G. At one level the own entry comes before
        global ones, and of several global ones the most recently used is taken.

        A hit makes the entry the most recently used of its set and counts in ``hits``;
        a miss counts in ``misses`` and changes nothing else.
        """
        asid = self._asid(asid)
        for level in range(self.max_level + 1):
            tag = vpn >> self.index_bits * level
            entries = self._set(tag)
            entry = entries.find(asid, tag, level)
            if entry is not None:
                self._hits += 1
                self._touch(entries, entry)
                return entry
        self._misses += 1
        return None

    def insert(
        self, asid: int, vpn: int, pfn: int, flags: int, level: int = 0, dirty: int = 0
    ) -> None:
        """Cache the leaf at ``level`` that covers ``vpn``, as most recently used of its set.

        An entry with equal (asid, tag, level) is replaced; this is not an eviction.
        Otherwise, if the set is full, its least recently used entry leaves, which counts
        in ``evictions``.

        Raises ValueError if level is not in ``[0, max_level]``.
        """
        if not 0 <= level <= self.max_level:
            raise ValueError(f"level is {level}; this TLB holds levels 0 to {self.max_level}")
        entry = Entry(self._asid(asid), vpn >> self.index_bits * level, level, pfn, flags, dirty)
        entries = self._set(entry.tag)
        old = entries.entries.get(entry[:3])
        if old is not None:
            entries.remove(old)
        elif len(entries.entries) == self._ways:
            entries.remove(entries.oldest())
            self._evictions += 1
        entries.add(entry)

    def invlpg(self, asid: int, vpn: int) -> None:
        """Drop, at every level, the entries that cover ``vpn`` and are own or global.

        Global entries are dropped whatever their asid. Dropping is not an eviction.
        """
        asid = self._asid(asid)
        for level in range(self.max_level + 1):
            self._drop_page(asid, vpn >> self.index_bits * level, level)

    def flush(self, asid: int | None = None) -> None:
        """Drop the non-global entries of ``asid``; with no asid, drop every entry.

        Dropping is not an eviction.
        """
        wanted = None if asid is None else self._asid(asid)
        for entries in self._sets:
            for entry in list(entries.entries.values()):
                if wanted is None or self._is_flushed(entry, wanted):
                    entries.remove(entry)

    def stats(self) -> dict[str, int]:
        """Return ``{"hits", "misses", "evictions"}``, counted since the beginning."""
        return {"hits": self._hits, "misses": self._misses, "evictions": self._evictions}

    def snapshot(self) -> dict[str, object]:
        """Return ``{"sets": [[[asid, tag, level, pfn, flags, dirty], ...], ...]}``.

        Each set lists its entries from least to most recently used.
        """
        return {"sets": [[list(entry) for entry in s.entries.values()] for s in self._sets]}

    def _asid(self, asid: int) -> int:
        """Return the id under which entries of ``asid`` are kept."""
        return asid if self.asids else 0

    def _set(self, tag: int) -> _Set:
        """Return the set in which entries with this tag live."""
        return self._sets[tag % len(self._sets)]

    def _touch(self, entries: _Set, entry: Entry) -> None:
        """Note that an entry of a set has just been used."""
        entries.touch(entry)

    def _drop_page(self, asid: int, tag: int, level: int) -> None:
        """Drop what ``find`` could return for this tag: own and global entries."""
        entries = self._set(tag)
        while (entry := entries.find(asid, tag, level)) is not None:
            entries.remove(entry)

    def _is_flushed(self, entry: Entry, asid: int) -> bool:
        """Tell whether ``flush(asid)`` drops an entry."""
        return entry.asid == asid and not entry.flags & PTE_G
