"""The formulas, each one expression."""


def _at_least(bound, *values):
    if any(value < bound for value in values):
        raise ValueError(values)


def eat(hit, tlb_ns, mem_ns, levels):
    _at_least(0, hit, 1 - hit, tlb_ns, mem_ns, levels)
    return tlb_ns + mem_ns * (1 + (1 - hit) * levels)


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    _at_least(0, page_bits, va_bits - page_bits, pte_bytes)
    return pte_bytes << va_bits - page_bits


def tlb_reach(entries, page):
    _at_least(0, entries, page)
    return entries * page


def internal_waste(sizes, page):
    _at_least(1, page)
    _at_least(0, *sizes)
    return sum(-size % page for size in sizes)
