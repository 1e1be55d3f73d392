"""Day 2, part 5: formulas."""


def eat(hit, tlb_ns, mem_ns, levels):
    if hit < 0 or hit > 1 or tlb_ns < 0 or mem_ns < 0 or levels < 0:
        raise ValueError
    return tlb_ns + mem_ns + (1 - hit) * levels * mem_ns


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    if page_bits < 0 or pte_bytes < 0 or page_bits > va_bits:
        raise ValueError
    return 2 ** (va_bits - page_bits) * pte_bytes


def tlb_reach(entries, page):
    if entries < 0 or page < 0:
        raise ValueError
    return entries * page


def internal_waste(sizes, page):
    if page < 1 or any(s < 0 for s in sizes):
        raise ValueError
    return sum((-s) % page for s in sizes)
