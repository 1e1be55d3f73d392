"""Buddy allocator. free[k] is a sorted list of the free blocks of order k."""

import errno
from bisect import insort

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError("nframes or max_order")
        self._max_order = max_order
        self._free = [[] for _ in range(max_order + 1)]
        self._live = {}
        pfn = 0
        while pfn < nframes:
            for order in reversed(range(max_order + 1)):
                if pfn % (1 << order) == 0 and pfn + (1 << order) <= nframes:
                    self._free[order].append(pfn)
                    pfn += 1 << order
                    break

    def alloc(self, order):
        if not 0 <= order <= self._max_order:
            raise err(errno.EINVAL)
        for k in range(order, self._max_order + 1):
            if self._free[k]:
                pfn = self._free[k].pop(0)
                while k > order:
                    k -= 1
                    insort(self._free[k], pfn + (1 << k))
                self._live[pfn] = order
                return pfn
        raise err(errno.ENOMEM)

    def alloc_pages(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        order = 0
        while (1 << order) < n:
            order += 1
        return self.alloc(order)

    def free(self, pfn):
        if pfn not in self._live:
            raise err(errno.EINVAL)
        order = self._live.pop(pfn)
        # orders go up to max_order, so stop before it
        while order < self._max_order - 1 and pfn ^ (1 << order) in self._free[order]:
            self._free[order].remove(pfn ^ (1 << order))
            pfn = min(pfn, pfn ^ (1 << order))
            order += 1
        insort(self._free[order], pfn)

    def free_blocks(self):
        return {order: list(pfns) for order, pfns in enumerate(self._free)}

    def snapshot(self):
        return {"free": self.free_blocks(), "live": sorted([p, k] for p, k in self._live.items())}
