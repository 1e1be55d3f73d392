"""Page tables: a table is a dict, index -> pte (int) or table (dict)."""

import errno

from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, err

MAX_PFN = 2**40
ALLOWED = PTE_W | PTE_U | PTE_NX | PTE_G


def make_pte(pfn, flags):
    if not 0 <= pfn < MAX_PFN:
        raise ValueError
    return (pfn << 12) | flags


def pte_pfn(pte):
    return (pte >> 12) % MAX_PFN


def pte_flags(pte):
    return pte & ~((MAX_PFN - 1) << 12)


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        if levels < 1 or index_bits < 1 or page_bits < 1:
            raise ValueError
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self.wxorx = wxorx
        self.root = {}
        self.size = 2 ** (page_bits + index_bits * levels)

    def leaf_size(self, level):
        return 2 ** (self.page_bits + self.index_bits * level)

    def index(self, va, level):
        return va // self.leaf_size(level) % 2**self.index_bits

    def descend(self, va):
        """Follow va down: (table, index, level) at the end, and the table above (or None)."""
        table, above = self.root, None
        level = self.levels - 1
        while isinstance(table.get(self.index(va, level)), dict):
            above, table = table, table[self.index(va, level)]
            level -= 1
        return table, self.index(va, level), level, above

    def check_wx(self, flags):
        if self.wxorx and flags & PTE_W and not flags & PTE_NX:
            raise err(errno.EACCES)

    def map(self, va, pfn, flags=PTE_W | PTE_U | PTE_NX, level=0):
        if not 0 <= level < self.levels:
            raise err(errno.EINVAL)
        if not 0 <= va < self.size or va % self.leaf_size(level):
            raise err(errno.EINVAL)
        if not 0 <= pfn < MAX_PFN or pfn % 2 ** (self.index_bits * level):
            raise err(errno.EINVAL)
        if flags & ~ALLOWED:
            raise err(errno.EINVAL)
        self.check_wx(flags)
        table, i, found, _ = self.descend(va)
        if i in table or found < level:
            raise err(errno.EEXIST)
        while found > level:
            table[i] = {}
            table = table[i]
            found -= 1
            i = self.index(va, found)
        pte = make_pte(pfn, flags) | PTE_P
        if level:
            pte |= PTE_PS
        table[i] = pte

    def locate(self, va):
        if not 0 <= va < self.size or va % self.leaf_size(0):
            raise err(errno.EINVAL)
        table, i, level, above = self.descend(va)
        if i not in table:
            raise err(errno.ENOENT)
        if va % self.leaf_size(level):
            raise err(errno.EINVAL)
        return table, i, level, above

    def unmap(self, va):
        table, i, level, above = self.locate(va)
        pte = table.pop(i)
        if not table and above is not None:
            del above[self.index(va, level + 1)]
        return pte

    def protect(self, va, set_=0, clear=0):
        if (set_ | clear) & ~ALLOWED:
            raise err(errno.EINVAL)
        table, i, _, _ = self.locate(va)
        pte = (table[i] & ~clear) | set_
        self.check_wx(pte)
        table[i] = pte
        return pte

    def mark(self, va, bits):
        if bits & ~(PTE_A | PTE_D):
            raise err(errno.EINVAL)
        if not 0 <= va < self.size:
            raise err(errno.ENOENT)
        table, i, _, _ = self.descend(va)
        if i not in table:
            raise err(errno.ENOENT)
        table[i] |= bits
        return table[i]

    def walk(self, va):
        if not 0 <= va < self.size:
            return (0, 0, 0)
        table, i, level, _ = self.descend(va)
        return (table.get(i, 0), level, self.levels - level)

    def entries(self):
        result = []

        def collect(table, level, start):
            for i in sorted(table):
                va = start + i * self.leaf_size(level)
                if isinstance(table[i], dict):
                    collect(table[i], level - 1, va)
                else:
                    result.append((va, level, table[i]))

        collect(self.root, self.levels - 1, 0)
        return result

    def table_count(self):
        todo, count = [self.root], 0
        while todo:
            table = todo.pop()
            count += 1
            todo += [t for t in table.values() if isinstance(t, dict)]
        return count

    def table_bytes(self):
        return self.table_count() * (8 << self.index_bits)

    def snapshot(self):
        return {"entries": [list(e) for e in self.entries()], "tables": self.table_count()}
