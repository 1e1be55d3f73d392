def eat(hit, tlb_ns, mem_ns, levels):
    assert 0 <= hit <= 1 and tlb_ns >= 0 and mem_ns >= 0 and levels >= 0
    return tlb_ns + mem_ns + (1 - hit) * levels * mem_ns


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    assert 0 <= page_bits <= va_bits and pte_bytes >= 0
    return 2 ** (va_bits - page_bits) * pte_bytes


def tlb_reach(entries, page):
    return entries * page


def internal_waste(sizes, page):
    return sum(-s % page for s in sizes)
