"""The bits of a page-table entry, and how an entry is spelled.

The positions are those of ``machine`` (x86-64), which no process of the grader imports.

    spelled(0x8000000000003007)  ->  "pfn 0x3    P W U - - -- - NX"
"""

import re
from collections.abc import Sequence

P, W, U, A, D, PS, G = (1 << place for place in (0, 1, 2, 5, 6, 7, 8))
NX = 1 << 63
NAMES = {"P": P, "W": W, "U": U, "A": A, "D": D, "PS": PS, "G": G, "NX": NX}
PFN_SHIFT = 12
PFN_MASK = ((1 << 40) - 1) << PFN_SHIFT
LEGEND = "P present, W write, U user, A accessed, D dirty, PS huge, G global, NX no exec"
_SPELLED = re.compile(r"pfn 0x[0-9a-f]+\s+[P-]\s+[W-]\s+[U-]\s")


def pte_of(pfn: int, flags: int) -> int:
    """Return the entry with these parts."""
    return pfn << PFN_SHIFT | flags


def pfn_of(pte: int) -> int:
    """Return the frame number of an entry."""
    return (pte & PFN_MASK) >> PFN_SHIFT


def letters(flags: int) -> str:
    """Return the name of every bit that is set, and a dash for every other."""
    return " ".join(name if flags & bit else "-" * len(name) for name, bit in NAMES.items())


def spelled(pte: int) -> str:
    """Return an entry with its frame and its bits, and what belongs to neither."""
    rest = pte & ~PFN_MASK & ~sum(NAMES.values())
    return f"pfn {pfn_of(pte):#x}  {letters(pte)}" + (f"  and {rest:#x}" if rest else "")


def explained(lines: Sequence[str]) -> list[str]:
    """Return lines of a picture, and the legend below them if an entry is spelled in one."""
    return [*lines, LEGEND] if _SPELLED.search("\n".join(lines)) else [*lines]
