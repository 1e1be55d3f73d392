"""Costs (day 2)."""


def eat(hit, tlb_ns, mem_ns, levels):
    if not 0 <= hit <= 1 or tlb_ns < 0 or mem_ns < 0 or levels < 0:
        raise ValueError
    return tlb_ns + mem_ns + (1 - hit) * levels * mem_ns


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    return 2 ** (va_bits - page_bits) * pte_bytes


def tlb_reach(entries, page):
    return entries * page


def internal_waste(sizes, page)
    return sum(-s % page for s in sizes)
