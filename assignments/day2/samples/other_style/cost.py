"""What translation costs."""


def nonnegative(*numbers):
    if min(numbers) < 0:
        raise ValueError("negative")


def eat(hit, tlb_ns, mem_ns, levels):
    """Expected time: hits and misses, weighted."""
    miss = 1 - hit
    nonnegative(hit, miss, tlb_ns, mem_ns, levels)
    return hit * (tlb_ns + mem_ns) + miss * (tlb_ns + levels * mem_ns + mem_ns)


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    nonnegative(page_bits, va_bits - page_bits, pte_bytes)
    pages = 1 << va_bits - page_bits
    return pages * pte_bytes


def tlb_reach(entries, page):
    nonnegative(entries, page)
    return entries * page


def internal_waste(sizes, page):
    if page < 1:
        raise ValueError("page")
    waste = 0
    for size in sizes:
        nonnegative(size)
        pages = (size + page - 1) // page
        waste += pages * page - size
    return waste
