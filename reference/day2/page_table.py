"""A sparse page table with huge pages: which frame holds a page, and who may do what there.

Owns the entries and the tables they lie in; never sees an access, counts nothing over
time, and never decides whether an access is allowed (see ``mmu.py``).

    va      virtual address, in bytes                               0x1234
    pfn     physical frame number, below 2**40                      5
    pte     page-table entry, one 64-bit number                     0x8000000000005007
    flags   a pte without its pfn                                   PTE_P | PTE_W
    level   0: a leaf maps one base page; 1, 2, ...: a huge page    0
    refs    entries read by one walk                                4
    wxorx   refuse pages that are writable and executable           False

An address of PageTable(levels=4, index_bits=9, page_bits=12), and a pte, which has the
same layout whatever page_bits is:

    | 47     39 | 38     30 | 29     21 | 20     12 | 11        0 |
    |   index   |   index   |   index   |   index   |    offset   |
    |  level 3  |  level 2  |  level 1  |  level 0  |             |

    | 63 | 62  52 | 51 .. 12 | 11  9 | 8 | 7  | 6 | 5 | 4  3 | 2 | 1 | 0 |
    | NX |   0    |   pfn    |   0   | G | PS | D | A |  0   | U | W | P |

P present, W writable, U user, A accessed, D dirty, PS huge leaf, G global, NX no execute.
"""

import errno
from collections.abc import Iterator, Sequence
from itertools import pairwise

from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, err

_PFN_SHIFT = 12
_PFN_COUNT = 1 << 40
_PFN_MASK = (_PFN_COUNT - 1) << _PFN_SHIFT
_PTE_BYTES = 8
_CHOOSABLE = PTE_W | PTE_U | PTE_NX | PTE_G


def make_pte(pfn: int, flags: int) -> int:
    """Return the entry that holds frame ``pfn`` (bits 12 to 51) and ``flags``.

    Raises ValueError if pfn is not in ``[0, 2**40)``.
    """
    if not 0 <= pfn < _PFN_COUNT:
        raise ValueError(f"pfn is {pfn}; a frame number lies in [0, 2**40)")
    return pfn << _PFN_SHIFT | flags


def pte_pfn(pte: int) -> int:
    """Return the frame number of an entry, its bits 12 to 51."""
    return (pte & _PFN_MASK) >> _PFN_SHIFT


def pte_flags(pte: int) -> int:
    """Return an entry without its frame number: all bits but 12 to 51."""
    return pte & ~_PFN_MASK


class _Table:
    """One table: for each index in use, a leaf or the table one level further down."""

    __slots__ = ("below", "leaves")

    def __init__(self) -> None:
        self.leaves: dict[int, int] = {}
        self.below: dict[int, _Table] = {}


_Path = list[tuple[_Table, int]]


class PageTable:
    """Map the pages of one address space, ``[0, 2**(page_bits + index_bits * levels))``.

    A table has ``2**index_bits`` entries; the root table holds those of level
    ``levels - 1``. A leaf at level L covers ``2**(page_bits + index_bits * L)`` bytes: a
    base page at level 0, a huge page (PS set) above. Addresses are not sign-extended.

    Raises ValueError if levels, index_bits or page_bits is less than 1.
    Choice: the geometry stays readable as the attributes ``levels``, ``index_bits`` and
    ``page_bits``; hardware that uses the table may read these three.
    """

    def __init__(
        self,
        levels: int = 4,
        index_bits: int = 9,
        page_bits: int = 12,
        wxorx: bool = False,
    ) -> None:
        if min(levels, index_bits, page_bits) < 1:
            raise ValueError(f"{levels=}, {index_bits=}, {page_bits=}; each must be at least 1")
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self._wxorx = wxorx
        self._span = 1 << (page_bits + index_bits * levels)
        self._shifts = [page_bits + index_bits * level for level in reversed(range(levels))]
        self._root = _Table()

    def map(self, va: int, pfn: int, flags: int = PTE_W | PTE_U | PTE_NX, level: int = 0) -> None:
        """Map the page that starts at ``va`` to the frames from ``pfn`` on, by one leaf.

        The stored entry has P, PS if level is at least 1, and A and D clear. Missing
        tables are created; they restrict nothing, only leaf bits count.

        Raises OSError, the first that applies:
        EINVAL  level is not in ``[0, levels)``; va is outside the range or not a multiple
                of the leaf's size; pfn is not in ``[0, 2**40)`` or not a multiple of
                ``2**(index_bits * level)``; flags has bits other than W, U, NX and G.
        EACCES  wxorx, and flags has W without NX.
        EEXIST  a leaf, here, above or below, already maps part of the page.
        """
        self._check_map(va, pfn, flags, level)
        path = self._path(va)
        if self._overlaps(path, self.levels - level):
            raise err(errno.EEXIST)
        table, index = self._grow(path, va, level)
        huge = PTE_PS if level else 0
        table.leaves[index] = make_pte(pfn, flags | PTE_P | huge)

    def unmap(self, va: int) -> int:
        """Remove the leaf that starts at ``va`` and return its entry.

        A table that becomes empty is freed, and so on upwards, but never the root.

        Raises OSError, the first that applies: EINVAL if va is outside the range or not
        a multiple of the base page; ENOENT if nothing is mapped there; EINVAL if va lies
        inside a huge page but not at its start.
        """
        path = self._path_to_leaf(va)
        table, index = path[-1]
        pte = table.leaves.pop(index)
        self._free_empty(path)
        return pte

    def protect(self, va: int, set_: int = 0, clear: int = 0) -> int:
        """Change flags of the leaf that starts at ``va`` and return the new entry.

        Bits of ``clear`` are taken away, then bits of ``set_`` added: a bit in both is set.

        Raises OSError, the first that applies: EINVAL if set_ or clear has bits other
        than W, U, NX and G; the errors of ``unmap``; EACCES if wxorx and the new entry
        would have W without NX.
        """
        if (set_ | clear) & ~_CHOOSABLE:
            raise err(errno.EINVAL)
        table, index = self._path_to_leaf(va)[-1]
        pte = table.leaves[index] & ~clear | set_
        self._check_wxorx(pte)
        table.leaves[index] = pte
        return pte

    def mark(self, va: int, bits: int) -> int:
        """Set A, D or both in the leaf that covers ``va`` and return the new entry.

        This is what hardware does to an entry. It accepts any va inside the leaf, is not
        a walk, and costs no refs.

        Raises OSError: EINVAL if bits has others than A and D, then ENOENT if no leaf
        covers va. Choice: that includes a va outside the range.
        """
        if bits & ~(PTE_A | PTE_D):
            raise err(errno.EINVAL)
        if not 0 <= va < self._span:
            raise err(errno.ENOENT)
        table, index = self._path(va)[-1]
        if index not in table.leaves:
            raise err(errno.ENOENT)
        table.leaves[index] |= bits
        return table.leaves[index]

    def walk(self, va: int) -> tuple[int, int, int]:
        """Look up any ``va``, page-aligned or not, as hardware does: ``(pte, level, refs)``.

        Level is where the walk ended and refs the number of entries read, from the root
        on: ``levels - level``. The pte is 0 if the last entry read is not present.
        Outside the range nothing is read: ``(0, 0, 0)``. A walk never changes A or D.
        """
        if not 0 <= va < self._span:
            return 0, 0, 0
        path = self._path(va)
        table, index = path[-1]
        return table.leaves.get(index, 0), self.levels - len(path), len(path)

    def entries(self) -> list[tuple[int, int, int]]:
        """Return every leaf as ``(va, level, pte)``, in ascending order of va."""
        return sorted(self._leaves(self._root, 0, self._shifts))

    def table_count(self) -> int:
        """Return the number of tables in use, the root included."""
        return self._count(self._root)

    def table_bytes(self) -> int:
        """Return the memory that the tables take, at 8 bytes an entry."""
        return self.table_count() * (_PTE_BYTES << self.index_bits)

    def snapshot(self) -> dict[str, object]:
        """Return ``{"entries": [[va, level, pte], ...], "tables": table_count}``."""
        return {"entries": [list(leaf) for leaf in self.entries()], "tables": self.table_count()}

    def _check_map(self, va: int, pfn: int, flags: int, level: int) -> None:
        """Raise the EINVAL and EACCES errors of ``map``."""
        if not 0 <= level < self.levels:
            raise err(errno.EINVAL)
        if not 0 <= va < self._span or va % self._leaf_bytes(level):
            raise err(errno.EINVAL)
        if not 0 <= pfn < _PFN_COUNT or pfn % (1 << self.index_bits * level):
            raise err(errno.EINVAL)
        if flags & ~_CHOOSABLE:
            raise err(errno.EINVAL)
        self._check_wxorx(flags)

    def _check_wxorx(self, flags: int) -> None:
        """Raise EACCES if this table forbids what ``flags`` allow: writing and executing."""
        if self._wxorx and flags & PTE_W and not flags & PTE_NX:
            raise err(errno.EACCES)

    def _leaf_bytes(self, level: int) -> int:
        """Return how many bytes one leaf at ``level`` covers."""
        return 1 << (self.page_bits + self.index_bits * level)

    def _path(self, va: int) -> _Path:
        """Return what a walk reads, root first: each table with the index used in it.

        The last pair holds a leaf or nothing; the pairs before it hold tables.
        """
        mask = (1 << self.index_bits) - 1
        table: _Table | None = self._root
        path = []
        for shift in self._shifts:
            if table is None:
                break
            index = va >> shift & mask
            path.append((table, index))
            table = table.below.get(index)
        return path

    def _path_to_leaf(self, va: int) -> _Path:
        """Return the path to the leaf that starts at ``va``; raise as ``unmap`` does."""
        if not 0 <= va < self._span or va % self._leaf_bytes(0):
            raise err(errno.EINVAL)
        path = self._path(va)
        table, index = path[-1]
        if index not in table.leaves:
            raise err(errno.ENOENT)
        if va % self._leaf_bytes(self.levels - len(path)):
            raise err(errno.EINVAL)
        return path

    def _overlaps(self, path: _Path, depth: int) -> bool:
        """Tell whether a new leaf at the ``depth``-th table of a path meets an existing one.

        A path that is longer passes through a table below the new leaf, and a table that
        is not the root is never empty.
        """
        table, index = path[-1]
        return index in table.leaves or len(path) > depth

    def _grow(self, path: _Path, va: int, level: int) -> tuple[_Table, int]:
        """Return where a leaf at ``level`` goes, with new tables from the path's end down."""
        table, index = path[-1]
        for shift in self._shifts[len(path) : self.levels - level]:
            lower = _Table()
            table.below[index] = lower
            table, index = lower, va >> shift & ((1 << self.index_bits) - 1)
        return table, index

    def _free_empty(self, path: _Path) -> None:
        """Free the tables at the end of a path that hold nothing, from the bottom up."""
        for (table, _), (parent, index) in pairwise(reversed(path)):
            if table.leaves or table.below:
                break
            del parent.below[index]

    def _leaves(
        self, table: _Table, start: int, shifts: Sequence[int]
    ) -> Iterator[tuple[int, int, int]]:
        """Yield ``(va, level, pte)`` of each leaf in and below a table that begins at ``start``."""
        shift, *lower_shifts = shifts
        for index, pte in table.leaves.items():
            yield start + (index << shift), len(lower_shifts), pte
        for index, lower in table.below.items():
            yield from self._leaves(lower, start + (index << shift), lower_shifts)

    def _count(self, table: _Table) -> int:
        """Return the number of tables in a subtree."""
        return 1 + sum(self._count(lower) for lower in table.below.values())
