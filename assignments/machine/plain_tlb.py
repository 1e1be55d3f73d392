"""A TLB to translate with, when the TLB itself is not the subject."""

from typing import NamedTuple

from .constants import PTE_G
from .recorder import log_call, logged


class PlainEntry(NamedTuple):
    """One cached translation, with the fields of the TLB's own ``Entry``."""

    asid: int
    tag: int
    level: int
    pfn: int
    flags: int
    dirty: int


class PlainTLB:
    """Remembers every translation until it is told to forget; every call is recorded.

    It takes the place of a TLB, so that an MMU can be checked alone: it has no sets, is
    never full and evicts nothing. In the record an entry is a plain list.
    Choice: an MMU learns what a TLB can do from the public attributes ``index_bits``,
    ``max_level`` and ``asids``, which mean what a TLB's arguments mean.
    """

    def __init__(self, *, index_bits: int = 9, max_level: int = 1, asids: bool = True) -> None:
        self.index_bits = index_bits
        self.max_level = max_level
        self.asids = asids
        self._entries: list[PlainEntry] = []

    def lookup(self, asid: int, vpn: int) -> PlainEntry | None:
        """Return the entry of the lowest level that translates ``vpn`` for ``asid``, or None.

        An entry with this asid comes before a global one.
        Choice: of several global entries it is the one inserted last.
        """
        entry = self._lookup(asid, vpn)
        log_call("PlainTLB.lookup", [asid, vpn], None if entry is None else list(entry))
        return entry

    def insert(
        self, asid: int, vpn: int, pfn: int, flags: int, level: int = 0, dirty: int = 0
    ) -> None:
        """Remember a leaf, in place of an entry with equal (asid, tag, level).

        ValueError, which is not recorded: level is not in ``[0, max_level]``.
        """
        if not 0 <= level <= self.max_level:
            raise ValueError(f"level is {level}; this TLB holds levels 0 to {self.max_level}")
        tag = vpn >> self.index_bits * level
        entry = PlainEntry(self._asid(asid), tag, level, pfn, flags, dirty)
        self._entries = [e for e in self._entries if e[:3] != entry[:3]]
        self._entries.append(entry)
        log_call("PlainTLB.insert", [asid, vpn, pfn, flags, level, dirty], None)

    def invlpg(self, asid: int, vpn: int) -> None:
        """Forget the entries that cover ``vpn``, at every level, of the asid or global."""
        logged("PlainTLB.invlpg", self._invlpg, asid, vpn)

    def flush(self, asid: int | None = None) -> None:
        """Forget the asid's entries that are not global; with no asid, forget everything."""
        logged("PlainTLB.flush", self._flush, asid)

    def snapshot(self) -> dict[str, list[list[int]]]:
        """Return ``{"entries": [[asid, tag, level, pfn, flags, dirty], ...]}``, ascending."""
        return {"entries": sorted(list(entry) for entry in self._entries)}

    def _lookup(self, asid: int, vpn: int) -> PlainEntry | None:
        covering = [entry for entry in self._entries if self._serves(entry, asid, vpn)]
        own = self._asid(asid)
        ranked = [(-entry.level, entry.asid == own, n) for n, entry in enumerate(covering)]
        return covering[max(ranked)[2]] if ranked else None

    def _invlpg(self, asid: int, vpn: int) -> None:
        self._entries = [e for e in self._entries if not self._serves(e, asid, vpn)]

    def _flush(self, asid: int | None) -> None:
        if asid is None:
            self._entries.clear()
            return
        own = self._asid(asid)
        self._entries = [e for e in self._entries if e.asid != own or e.flags & PTE_G]

    def _serves(self, entry: PlainEntry, asid: int, vpn: int) -> bool:
        """Tell whether an entry translates ``vpn`` for ``asid``."""
        mine = entry.asid == self._asid(asid) or bool(entry.flags & PTE_G)
        return mine and entry.tag == vpn >> self.index_bits * entry.level

    def _asid(self, asid: int) -> int:
        return asid if self.asids else 0
