"""A page table to translate with, when the page table itself is not the subject."""

import errno

from .constants import PTE_A, PTE_D, PTE_P, PTE_PS
from .errors import err
from .recorder import logged


class PlainTable:
    """Maps pages by single leaves; ``walk`` and ``mark``, which the MMU calls, are recorded.

    It takes the place of a PageTable, so that an MMU can be checked alone. ``put`` and
    ``drop`` set the scene; they check nothing and are not recorded.
    Choice: an MMU learns the geometry of a table from the public attributes ``levels``,
    ``index_bits`` and ``page_bits``, which mean what a PageTable's arguments mean.
    """

    def __init__(self, levels: int = 4, index_bits: int = 9, page_bits: int = 12) -> None:
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self._leaves: dict[tuple[int, int], int] = {}

    def put(self, va: int, pte: int, level: int = 0) -> None:
        """Let the leaf at ``level`` that covers ``va`` be ``pte``, with P, and PS for a huge page.

        All other bits, A and D too, are kept as given.
        """
        huge = PTE_PS if level else 0
        self._leaves[self._key(va, level)] = pte | PTE_P | huge

    def drop(self, va: int) -> None:
        """Remove every leaf that covers ``va``, if there is one."""
        for level in range(self.levels):
            self._leaves.pop(self._key(va, level), None)

    def walk(self, va: int) -> tuple[int, int, int]:
        """Return ``(pte, level, refs)`` as a PageTable does, the highest leaf that covers va.

        Choice: there are no tables in between, so a walk that finds nothing always ends
        at level 0 and has read ``levels`` entries: ``(0, 0, levels)``.
        """
        return logged("PlainTable.walk", self._walk, va)

    def mark(self, va: int, bits: int) -> int:
        """Set A, D or both in the leaf that covers ``va`` and return the new entry.

        EINVAL: bits other than A and D. ENOENT: no leaf covers va.
        """
        return logged("PlainTable.mark", self._mark, va, bits)

    def snapshot(self) -> dict[str, list[list[int]]]:
        """Return ``{"entries": [[va, level, pte], ...]}`` in ascending order of va, then level."""
        rows = [[n << self._shift(level), level, pte] for (level, n), pte in self._leaves.items()]
        return {"entries": sorted(rows)}

    def _walk(self, va: int) -> tuple[int, int, int]:
        if not 0 <= va < 1 << self._shift(self.levels):
            return 0, 0, 0
        for level in reversed(range(self.levels)):
            pte = self._leaves.get(self._key(va, level))
            if pte is not None:
                return pte, level, self.levels - level
        return 0, 0, self.levels

    def _mark(self, va: int, bits: int) -> int:
        if bits & ~(PTE_A | PTE_D):
            raise err(errno.EINVAL)
        pte, level, _ = self._walk(va)
        if not pte:
            raise err(errno.ENOENT)
        self._leaves[self._key(va, level)] = pte | bits
        return pte | bits

    def _key(self, va: int, level: int) -> tuple[int, int]:
        return level, va >> self._shift(level)

    def _shift(self, level: int) -> int:
        return self.page_bits + self.index_bits * level
