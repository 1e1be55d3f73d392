"""Buddy allocator.  It worked yesterday, then I tidied up."""

import errno

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError
        self.free_sets = [set() for _ in range(max_order + 1)]
        self.live = {}
        pfn = 0
        while pfn < nframes:
            order = max_order
            while pfn % 2**order or pfn + 2**order > nframes:
                order -= 1
            self.free_sets[order].add(pfn)
            pfn += 2**order

    def alloc(self, order):
        if not 0 <= order < len(self.free_sets):
            raise err(errno.EINVAL)
        k = order
        while not self.free_sets[k]:
            k += 1
            if k == len(self.free_sets):
                raise err(errno.ENOMEM)
        pfn = min(self.free_sets[k])
        self.free_sets[k].remove(pfn)
        while k > order:
            k -= 1
            self.free_sets[k].add(pfn + 2**k)
        self.live[pfn] = order
        return pfn

    def alloc_pages(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        return self.alloc(ceil_log2(n))

    def free(self, pfn):
        if pfn not in self.live:
            raise err(errno.EINVAL)
        order = self.live.pop(pfn)
        while order + 1 < len(self.free_sets) and pfn ^ 2**order in self.free_sets[order]:
            self.free_sets[order].remove(pfn ^ 2**order)
            pfn &= ~(2**order)
            order += 1
        self.free_sets[order].add(pfn)

    def free_blocks(self):
        return {order: sorted(pfns) for order, pfns in enumerate(self.free_sets)}

    def snapshot(self):
        return {"free": self.free_blocks(), "live": sorted(map(list, self.live.items()))}


# ceil_log2 by table, faster than a loop
LOG2 = {2**order: order for order in range(MAX_ORDER + 1)}


def ceil_log2(n):
    while n not in LOG2:
        n += 1
    return LOG2[n]
