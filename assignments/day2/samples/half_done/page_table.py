"""Day 2, part 2: page tables.

Works: map, unmap, walk for base pages.
TODO: huge pages (level), protect, mark, and give empty tables back.
"""

import errno

from machine import PTE_G, PTE_NX, PTE_P, PTE_U, PTE_W, err


def make_pte(pfn, flags):
    if pfn < 0 or pfn >= 2**40:
        raise ValueError("pfn")
    return (pfn << 12) | flags


def pte_pfn(pte):
    return (pte >> 12) & (2**40 - 1)


def pte_flags(pte):
    return pte & ~((2**40 - 1) << 12)


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        if levels < 1 or index_bits < 1 or page_bits < 1:
            raise ValueError
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self.wxorx = wxorx
        self.root = {}  # index -> table, and in the last one: index -> pte

    def indexes(self, va):
        """The index for each level, root first."""
        vpn = va >> self.page_bits
        result = []
        for _ in range(self.levels):
            result.insert(0, vpn % 2**self.index_bits)
            vpn = vpn >> self.index_bits
        return result

    def valid(self, va):
        return 0 <= va < 2 ** (self.page_bits + self.index_bits * self.levels)

    def map(self, va, pfn, flags=PTE_W | PTE_U | PTE_NX, level=0):
        if level != 0:
            raise NotImplementedError  # TODO
        if not self.valid(va) or va % 2**self.page_bits != 0:
            raise err(errno.EINVAL)
        if pfn < 0 or pfn >= 2**40 or flags & ~(PTE_W | PTE_U | PTE_NX | PTE_G):
            raise err(errno.EINVAL)
        if self.wxorx and flags & PTE_W and not flags & PTE_NX:
            raise err(errno.EACCES)
        table = self.root
        *upper, last = self.indexes(va)
        for i in upper:
            table = table.setdefault(i, {})
        if last in table:
            raise err(errno.EEXIST)
        table[last] = make_pte(pfn, flags | PTE_P)

    def unmap(self, va):
        if not self.valid(va) or va % 2**self.page_bits != 0:
            raise err(errno.EINVAL)
        table = self.root
        *upper, last = self.indexes(va)
        for i in upper:
            table = table.get(i, {})
        if last not in table:
            raise err(errno.ENOENT)
        return table.pop(last)  # TODO: free the table if it is empty now

    def protect(self, va, set_=0, clear=0):
        raise NotImplementedError

    def mark(self, va, bits):
        raise NotImplementedError

    def walk(self, va):
        if not self.valid(va):
            return 0, 0, 0
        table = self.root
        level = self.levels
        for i in self.indexes(va):
            level -= 1
            if i not in table:
                return 0, level, self.levels - level
            table = table[i]
        return table, 0, self.levels

    def entries(self):
        found = []

        def visit(table, level, vpn):
            for i in sorted(table):
                if level == 0:
                    found.append(((vpn + i) << self.page_bits, 0, table[i]))
                else:
                    visit(table[i], level - 1, (vpn + i) << self.index_bits)

        visit(self.root, self.levels - 1, 0)
        return found

    def table_count(self):
        def count(table, level):
            if level == 0:
                return 1
            return 1 + sum(count(t, level - 1) for t in table.values())

        return count(self.root, self.levels - 1)

    def table_bytes(self):
        return self.table_count() * (8 << self.index_bits)

    def snapshot(self):
        return {"entries": self.entries(), "tables": self.table_count()}
