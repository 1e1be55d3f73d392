"""A page table as nested dicts, and every operation a recursion over them."""

import errno

from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, err

_ALLOWED = PTE_W | PTE_U | PTE_NX | PTE_G


def make_pte(pfn, flags):
    if pfn not in range(2**40):
        raise ValueError(pfn)
    return pfn * 4096 | flags


def pte_pfn(pte):
    return pte // 4096 % 2**40


def pte_flags(pte):
    return pte ^ (pte_pfn(pte) << 12)


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        if not (levels >= 1 and index_bits >= 1 and page_bits >= 1):
            raise ValueError((levels, index_bits, page_bits))
        self.levels, self.index_bits, self.page_bits = levels, index_bits, page_bits
        self._wxorx = wxorx
        self._top = {}

    def map(self, va, pfn, flags=PTE_W | PTE_U | PTE_NX, level=0):
        ok = (
            level in range(self.levels)
            and va in range(0, self._size(self.levels), self._size(level))
            and pfn in range(0, 2**40, 2 ** (self.index_bits * level))
            and not flags & ~_ALLOWED
        )
        if not ok:
            raise err(errno.EINVAL)
        self._refuse_wx(flags)
        pte = make_pte(pfn, flags | PTE_P | (PTE_PS if level else 0))
        self._put(self._top, self.levels - 1, va, level, pte)

    def _put(self, node, height, va, level, pte):
        index = va // self._size(height)
        if height == level:
            if index in node:
                raise err(errno.EEXIST)
            node[index] = pte
            return
        child = node.get(index)
        if child is None:
            child = {}
            self._put(child, height - 1, va % self._size(height), level, pte)
            node[index] = child
        elif isinstance(child, dict):
            self._put(child, height - 1, va % self._size(height), level, pte)
        else:
            raise err(errno.EEXIST)

    def unmap(self, va):
        return self._change(va, lambda pte: None)

    def protect(self, va, set_=0, clear=0):
        if (set_ | clear) & ~_ALLOWED:
            raise err(errno.EINVAL)

        def new(pte):
            pte = pte & ~clear | set_
            self._refuse_wx(pte)
            return pte

        self._change(va, new)
        return self.walk(va)[0]

    def _change(self, va, new):
        """Replace the leaf at va by new(leaf), or remove it if that is None; return the old one."""
        if va not in range(0, self._size(self.levels), self._size(0)):
            raise err(errno.EINVAL)
        return self._change_below(self._top, self.levels - 1, va, new)

    def _change_below(self, node, height, va, new):
        index, rest = divmod(va, self._size(height))
        found = node.get(index)
        if found is None:
            raise err(errno.ENOENT)
        if isinstance(found, dict):
            old = self._change_below(found, height - 1, rest, new)
            if not found:
                del node[index]
            return old
        if rest:
            raise err(errno.EINVAL)
        fresh = new(found)
        if fresh is None:
            del node[index]
        else:
            node[index] = fresh
        return found

    def mark(self, va, bits):
        if bits & ~(PTE_A | PTE_D):
            raise err(errno.EINVAL)
        if va not in range(self._size(self.levels)):
            raise err(errno.ENOENT)
        node, height = self._top, self.levels - 1
        while True:
            index, va = divmod(va, self._size(height))
            found = node.get(index)
            if found is None:
                raise err(errno.ENOENT)
            if not isinstance(found, dict):
                node[index] = found | bits
                return node[index]
            node, height = found, height - 1

    def walk(self, va):
        if va not in range(self._size(self.levels)):
            return 0, 0, 0
        return self._walk_below(self._top, self.levels - 1, va)

    def _walk_below(self, node, height, va):
        index, rest = divmod(va, self._size(height))
        found = node.get(index, 0)
        if isinstance(found, dict):
            return self._walk_below(found, height - 1, rest)
        return found, height, self.levels - height

    def entries(self):
        return list(self._all(self._top, self.levels - 1, 0))

    def _all(self, node, height, start):
        for index in sorted(node):
            va = start + index * self._size(height)
            if isinstance(node[index], dict):
                yield from self._all(node[index], height - 1, va)
            else:
                yield va, height, node[index]

    def table_count(self):
        def count(node):
            return 1 + sum(count(x) for x in node.values() if isinstance(x, dict))

        return count(self._top)

    def table_bytes(self):
        return self.table_count() * 2**self.index_bits * 8

    def snapshot(self):
        return {"entries": self.entries(), "tables": self.table_count()}

    def _size(self, level):
        """Return the bytes under one entry at a level; at level `levels`, of the whole range."""
        return 1 << self.page_bits + self.index_bits * level

    def _refuse_wx(self, flags):
        if self._wxorx and flags & (PTE_W | PTE_NX) == PTE_W:
            raise err(errno.EACCES)
