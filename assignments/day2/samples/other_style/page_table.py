"""A page table without tables.

The tree is only imagined.  Its nodes have names: (level, number), where

    number = va >> shift(level)

so the root's entries are (levels-1, 0), (levels-1, 1), ... and the entry that leads to
the entries (0, 512) ... (0, 1023) is (1, 1).  Two dicts know everything:

    leaf[name]     the pte, if that entry is a leaf
    below[name]    how many entries are in use in the table that this entry leads to
                   (no key: there is no such table)
"""

import errno

import machine as m
from machine import err

PFN = ((1 << 40) - 1) << 12
SETTABLE = m.PTE_W | m.PTE_U | m.PTE_NX | m.PTE_G


def make_pte(pfn, flags):
    if pfn >> 40:  # also if it is negative
        raise ValueError("pfn does not fit into 40 bits")
    return pfn << 12 | flags


def pte_pfn(pte):
    return (pte & PFN) >> 12


def pte_flags(pte):
    return pte - (pte & PFN)


def demand(condition, code=errno.EINVAL):
    if not condition:
        raise err(code)


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        if levels < 1 or index_bits < 1 or page_bits < 1:
            raise ValueError("at least 1, please")
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self.wxorx = wxorx
        # shifts[L]: bytes under an entry of level L, as a power of two; one more for the root
        self.shifts = [page_bits + index_bits * level for level in range(levels + 1)]
        self.leaf = {}
        self.below = {}

    # -- helpers -----------------------------------------------------------

    def outside(self, va):
        return va >> self.shifts[-1] != 0

    def aligned(self, va, level):
        return va % (1 << self.shifts[level]) == 0

    def find(self, va):
        """The name at which a walk ends: of a leaf, or of an entry that is empty"""
        for level in range(self.levels - 1, -1, -1):
            name = level, va >> self.shifts[level]
            if name not in self.below:
                return name
        raise AssertionError("level 0 leads nowhere")

    def parent(self, name):
        level, number = name
        return level + 1, number >> self.index_bits

    def wx_ok(self, flags):
        return not (self.wxorx and flags & m.PTE_W and not flags & m.PTE_NX)

    def leaf_at(self, va):
        demand(not self.outside(va) and self.aligned(va, 0))
        name = self.find(va)
        demand(name in self.leaf, errno.ENOENT)
        demand(self.aligned(va, name[0]))
        return name

    # -- mapping -----------------------------------------------------------

    def map(self, va, pfn, flags=SETTABLE - m.PTE_G, level=0):
        demand(0 <= level < self.levels)
        demand(not self.outside(va) and self.aligned(va, level))
        demand(pfn >> 40 == 0 and pfn % (1 << self.index_bits * level) == 0)
        demand(flags | SETTABLE == SETTABLE)
        demand(self.wx_ok(flags), errno.EACCES)
        end = self.find(va)
        demand(end not in self.leaf and end[0] >= level, errno.EEXIST)

        name = level, va >> self.shifts[level]
        self.leaf[name] = make_pte(pfn, flags | m.PTE_P | (m.PTE_PS if level else 0))
        # hang it up: go upwards until there is a table already
        while name[0] < self.levels - 1:
            name = self.parent(name)
            self.below[name] = self.below.get(name, 0) + 1
            if self.below[name] > 1:
                break

    def unmap(self, va):
        name = self.leaf_at(va)
        pte = self.leaf.pop(name)
        while name[0] < self.levels - 1:
            name = self.parent(name)
            self.below[name] -= 1
            if self.below[name] > 0:
                break
            del self.below[name]
        return pte

    def protect(self, va, set_=0, clear=0):
        demand(set_ | clear | SETTABLE == SETTABLE)
        name = self.leaf_at(va)
        pte = self.leaf[name] & ~clear | set_
        demand(self.wx_ok(pte), errno.EACCES)
        self.leaf[name] = pte
        return pte

    def mark(self, va, bits):
        demand(bits in (0, m.PTE_A, m.PTE_D, m.PTE_A | m.PTE_D))
        name = None if self.outside(va) else self.find(va)
        demand(name in self.leaf, errno.ENOENT)
        self.leaf[name] |= bits
        return self.leaf[name]

    # -- looking -----------------------------------------------------------

    def walk(self, va):
        if self.outside(va):
            return 0, 0, 0
        name = self.find(va)
        return self.leaf.get(name, 0), name[0], self.levels - name[0]

    def entries(self):
        rows = [(number << self.shifts[level], level, pte)
                for (level, number), pte in self.leaf.items()]
        rows.sort()
        return rows

    def table_count(self):
        return 1 + len(self.below)

    def table_bytes(self):
        return 8 * (1 + len(self.below)) << self.index_bits

    def snapshot(self):
        return {"entries": self.entries(), "tables": self.table_count()}
