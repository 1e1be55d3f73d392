"""The formulas, one statement at a time."""


def eat(hit, tlb_ns, mem_ns, levels):
    if hit < 0 or hit > 1 or tlb_ns < 0 or mem_ns < 0 or levels < 0:
        raise ValueError("hit must be in [0, 1], the rest not negative")
    time_on_hit = tlb_ns + mem_ns
    time_on_miss = tlb_ns + levels * mem_ns + mem_ns
    return hit * time_on_hit + (1 - hit) * time_on_miss


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    if va_bits < 0 or page_bits < 0 or pte_bytes < 0 or page_bits > va_bits:
        raise ValueError("impossible geometry")
    pages = 2**va_bits // 2**page_bits
    return pages * pte_bytes


def tlb_reach(entries, page):
    if entries < 0 or page < 0:
        raise ValueError("negative argument")
    return entries * page


def internal_waste(sizes, page):
    if page < 1:
        raise ValueError("a page has at least one byte")
    waste = 0
    for size in sizes:
        if size < 0:
            raise ValueError("negative size")
        used_in_last = size % page
        if used_in_last != 0:
            waste += page - used_in_last
    return waste
