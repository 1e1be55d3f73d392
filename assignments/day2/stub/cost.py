"""What translation costs, in time and in memory.

Owns four formulas; keeps no state.

    hit        fraction of accesses that the TLB answers, 0 to 1    0.98
    tlb_ns     nanoseconds to ask the TLB                           1
    mem_ns     nanoseconds of one access to memory                  100
    levels     tables that a walk reads, one access each            4
    va_bits    bits in a virtual address                            48
    page_bits  bits of the offset within a page                     12
    pte_bytes  bytes of one page-table entry                        8
    page       bytes in one page                                    4096
"""

from collections.abc import Iterable


def eat(hit: float, tlb_ns: float, mem_ns: float, levels: int) -> float:
    """Return the effective access time in ns: the TLB, the access, and a walk per miss.

    ``tlb_ns + mem_ns + (1 - hit) * levels * mem_ns``: a walk reads one entry per level.

    Raises ValueError if hit is not in ``[0, 1]`` or another argument is negative.
    """
    raise NotImplementedError


def flat_table_bytes(va_bits: int, page_bits: int, pte_bytes: int) -> int:
    """Return the bytes of a flat page table: one entry for every page of the address space.

    ``2**(va_bits - page_bits) * pte_bytes``.

    Choice: ValueError if an argument is negative or page_bits exceeds va_bits.
    """
    raise NotImplementedError


def tlb_reach(entries: int, page: int) -> int:
    """Return the bytes that a full TLB translates without a walk: ``entries * page``.

    Choice: ValueError if an argument is negative.
    """
    raise NotImplementedError


def internal_waste(sizes: Iterable[int], page: int) -> int:
    """Return the bytes lost in the last page of each object: the sum of ``-s mod page``.

    Choice: ValueError if page is less than 1 or a size is negative.
    """
    raise NotImplementedError
