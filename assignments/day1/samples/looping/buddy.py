"""Buddy allocator: the free blocks are one set of (order, pfn)."""

import errno

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError("nframes >= 1 and max_order >= 0, please")
        self._max = max_order
        self._free = set()
        self._live = {}
        pfn = 0
        while pfn < nframes:
            order = max_order
            while pfn & ((1 << order) - 1) or pfn + (1 << order) > nframes:
                order -= 1
            self._free.add((order, pfn))
            pfn += 1 << order

    def alloc(self, order):
        if order < 0 or order > self._max:
            raise err(errno.EINVAL)
        # tuples compare by order first, then by pfn: just what is wanted
        block = min((b for b in self._free if b[0] >= order), default=None)
        if block is None:
            raise err(errno.ENOMEM)
        self._free.remove(block)
        k, pfn = block
        for half in range(order, k):
            self._free.add((half, pfn + (1 << half)))
        self._live[pfn] = order
        return pfn

    def alloc_pages(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        return self.alloc((n - 1).bit_length())

    def free(self, pfn):
        if pfn not in self._live:
            raise err(errno.EINVAL)
        k = self._live.pop(pfn)
        while k < self._max and (k, pfn ^ 1 << k) in self._free:
            self._free.remove((k, pfn ^ 1 << k))
            pfn = min(pfn, pfn ^ 1 << k)
            k += 1
        self._free.add((k, pfn))

    def free_blocks(self):
        return {k: sorted(p for o, p in self._free if o == k) for k in range(self._max + 1)}

    def snapshot(self):
        live = [[pfn, self._live[pfn]] for pfn in sorted(self._live)]
        return {"free": self.free_blocks(), "live": live}
