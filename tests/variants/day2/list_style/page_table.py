"""A page table of real arrays: every table is a list of 2**index_bits slots."""

import errno

from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, err

PFN_MASK = ((1 << 40) - 1) << 12


def make_pte(pfn, flags):
    if pfn < 0 or pfn >= 1 << 40:
        raise ValueError("pfn out of range")
    return (pfn << 12) | flags


def pte_pfn(pte):
    return (pte >> 12) & ((1 << 40) - 1)


def pte_flags(pte):
    return pte - (pte & PFN_MASK)


class Table:
    """Slots hold 0 (empty), an int (leaf) or a Table; used counts those that are not 0."""

    __slots__ = ("slots", "used")

    def __init__(self, size):
        self.slots = [0] * size
        self.used = 0


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        if levels < 1 or index_bits < 1 or page_bits < 1:
            raise ValueError("levels, index_bits and page_bits must be at least 1")
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self.wxorx = wxorx
        self.size = 1 << index_bits
        self.limit = 1 << (page_bits + index_bits * levels)
        self.root = Table(self.size)
        self.tables = 1

    def map(self, va, pfn, flags=PTE_W | PTE_U | PTE_NX, level=0):
        if level < 0 or level >= self.levels:
            raise err(errno.EINVAL)
        if va < 0 or va >= self.limit or va & ((1 << self.shift(level)) - 1):
            raise err(errno.EINVAL)
        if pfn < 0 or pfn >= 1 << 40 or pfn & ((1 << (self.index_bits * level)) - 1):
            raise err(errno.EINVAL)
        if flags & ~(PTE_W | PTE_U | PTE_NX | PTE_G):
            raise err(errno.EINVAL)
        self.check_wx(flags)
        # First look, then build: a refused call must not leave tables behind.
        table, index, found_level = self.find(va)
        if table.slots[index] != 0 or found_level < level:
            raise err(errno.EEXIST)
        while found_level > level:
            new = Table(self.size)
            self.tables += 1
            table.slots[index] = new
            table.used += 1
            found_level -= 1
            table = new
            index = (va >> self.shift(found_level)) & (self.size - 1)
        pte = make_pte(pfn, flags) | PTE_P
        if level > 0:
            pte |= PTE_PS
        table.slots[index] = pte
        table.used += 1

    def unmap(self, va):
        self.check_va(va)
        stack = []
        table = self.root
        level = self.levels - 1
        index = (va >> self.shift(level)) & (self.size - 1)
        while isinstance(table.slots[index], Table):
            stack.append((table, index))
            table = table.slots[index]
            level -= 1
            index = (va >> self.shift(level)) & (self.size - 1)
        pte = table.slots[index]
        if pte == 0:
            raise err(errno.ENOENT)
        if va & ((1 << self.shift(level)) - 1):
            raise err(errno.EINVAL)
        table.slots[index] = 0
        table.used -= 1
        while stack and table.used == 0:
            table, index = stack.pop()
            table.slots[index] = 0
            table.used -= 1
            self.tables -= 1
        return pte

    def protect(self, va, set_=0, clear=0):
        allowed = PTE_W | PTE_U | PTE_NX | PTE_G
        if set_ & ~allowed or clear & ~allowed:
            raise err(errno.EINVAL)
        self.check_va(va)
        table, index, level = self.find(va)
        old = table.slots[index]
        if old == 0:
            raise err(errno.ENOENT)
        if va & ((1 << self.shift(level)) - 1):
            raise err(errno.EINVAL)
        new = (old & ~clear) | set_
        self.check_wx(new)
        table.slots[index] = new
        return new

    def mark(self, va, bits):
        if bits & ~(PTE_A | PTE_D):
            raise err(errno.EINVAL)
        if va < 0 or va >= self.limit:
            raise err(errno.ENOENT)
        table, index, _ = self.find(va)
        if table.slots[index] == 0:
            raise err(errno.ENOENT)
        table.slots[index] |= bits
        return table.slots[index]

    def walk(self, va):
        if va < 0 or va >= self.limit:
            return (0, 0, 0)
        table, index, level = self.find(va)
        return (table.slots[index], level, self.levels - level)

    def entries(self):
        result = []
        todo = [(self.root, 0, self.levels - 1)]
        while todo:
            table, start, level = todo.pop()
            for index in range(self.size):
                slot = table.slots[index]
                va = start + (index << self.shift(level))
                if isinstance(slot, Table):
                    todo.append((slot, va, level - 1))
                elif slot != 0:
                    result.append((va, level, slot))
        result.sort()
        return result

    def table_count(self):
        return self.tables

    def table_bytes(self):
        return self.tables * 8 * self.size

    def snapshot(self):
        return {"entries": [list(e) for e in self.entries()], "tables": self.tables}

    def shift(self, level):
        return self.page_bits + self.index_bits * level

    def check_va(self, va):
        if va < 0 or va >= self.limit or va & ((1 << self.page_bits) - 1):
            raise err(errno.EINVAL)

    def check_wx(self, flags):
        if self.wxorx and flags & PTE_W and flags & PTE_NX == 0:
            raise err(errno.EACCES)

    def find(self, va):
        """Go down as far as there are tables; return (table, index, level) of the last slot."""
        table = self.root
        level = self.levels - 1
        while True:
            index = (va >> self.shift(level)) & (self.size - 1)
            slot = table.slots[index]
            if not isinstance(slot, Table):
                return table, index, level
            table = slot
            level -= 1
