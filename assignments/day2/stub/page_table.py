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

from machine import PTE_NX, PTE_U, PTE_W


def make_pte(pfn: int, flags: int) -> int:
    """Return the entry that holds frame ``pfn`` (bits 12 to 51) and ``flags``.

    Raises ValueError if pfn is not in ``[0, 2**40)``.
    """
    raise NotImplementedError


def pte_pfn(pte: int) -> int:
    """Return the frame number of an entry, its bits 12 to 51."""
    raise NotImplementedError


def pte_flags(pte: int) -> int:
    """Return an entry without its frame number: all bits but 12 to 51."""
    raise NotImplementedError


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
        raise NotImplementedError

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
        raise NotImplementedError

    def unmap(self, va: int) -> int:
        """Remove the leaf that starts at ``va`` and return its entry.

        A table that becomes empty is freed, and so on upwards, but never the root.

        Raises OSError, the first that applies: EINVAL if va is outside the range or not
        a multiple of the base page; ENOENT if nothing is mapped there; EINVAL if va lies
        inside a huge page but not at its start.
        """
        raise NotImplementedError

    def protect(self, va: int, set_: int = 0, clear: int = 0) -> int:
        """Change flags of the leaf that starts at ``va`` and return the new entry.

        Bits of ``clear`` are taken away, then bits of ``set_`` added: a bit in both is set.

        Raises OSError, the first that applies: EINVAL if set_ or clear has bits other
        than W, U, NX and G; the errors of ``unmap``; EACCES if wxorx and the new entry
        would have W without NX.
        """
        raise NotImplementedError

    def mark(self, va: int, bits: int) -> int:
        """Set A, D or both in the leaf that covers ``va`` and return the new entry.

        This is what hardware does to an entry. It accepts any va inside the leaf, is not
        a walk, and costs no refs.

        Raises OSError: EINVAL if bits has others than A and D, then ENOENT if no leaf
        covers va. Choice: that includes a va outside the range.
        """
        raise NotImplementedError

    def walk(self, va: int) -> tuple[int, int, int]:
        """Look up any ``va``, page-aligned or not, as hardware does: ``(pte, level, refs)``.

        Level is where the walk ended and refs the number of entries read, from the root
        on: ``levels - level``. The pte is 0 if the last entry read is not present.
        Outside the range nothing is read: ``(0, 0, 0)``. A walk never changes A or D.
        """
        raise NotImplementedError

    def entries(self) -> list[tuple[int, int, int]]:
        """Return every leaf as ``(va, level, pte)``, in ascending order of va."""
        raise NotImplementedError

    def table_count(self) -> int:
        """Return the number of tables in use, the root included."""
        raise NotImplementedError

    def table_bytes(self) -> int:
        """Return the memory that the tables take, at 8 bytes an entry."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"entries": [[va, level, pte], ...], "tables": table_count}``."""
        raise NotImplementedError
