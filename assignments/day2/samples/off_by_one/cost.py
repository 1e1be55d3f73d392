def check(*numbers):
    for n in numbers:
        if n < 0:
            raise ValueError("negative")


def eat(hit, tlb_ns, mem_ns, levels):
    check(hit, tlb_ns, mem_ns, levels)
    if hit > 1:
        raise ValueError("hit rate above 1")
    return tlb_ns + mem_ns + (1 - hit) * levels * mem_ns


def flat_table_bytes(va_bits, page_bits, pte_bytes):
    check(va_bits, page_bits, pte_bytes, va_bits - page_bits)
    return 2 ** (va_bits - page_bits) * pte_bytes


def tlb_reach(entries, page):
    check(entries, page)
    return entries * page


def internal_waste(sizes, page):
    check(page - 1, *sizes)
    return sum(page - size % page for size in sizes)
