"""The buddy system over one set of free blocks."""

import errno

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError("nframes or max_order")
        self.max_order = max_order
        self.free_set = set()  # of (order, pfn)
        self.used = {}  # pfn -> order
        pfn = 0
        while pfn < nframes:
            order = max_order
            while pfn % (1 << order) or pfn + (1 << order) > nframes:
                order -= 1
            self.free_set.add((order, pfn))
            pfn += 1 << order

    def alloc(self, order):
        if order < 0 or order > self.max_order:
            raise err(errno.EINVAL)
        fitting = [block for block in self.free_set if block[0] >= order]
        if not fitting:
            raise err(errno.ENOMEM)
        found, pfn = min(fitting)
        self.free_set.remove((found, pfn))
        for half in range(order, found):
            self.free_set.add((half, pfn + (1 << half)))
        self.used[pfn] = order
        return pfn

    def alloc_pages(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        order = 0
        while 1 << order < n:
            order += 1
        return self.alloc(order)

    def free(self, pfn):
        if pfn not in self.used:
            raise err(errno.EINVAL)
        order = self.used.pop(pfn)
        while order < self.max_order and (order, pfn ^ (1 << order)) in self.free_set:
            self.free_set.remove((order, pfn ^ (1 << order)))
            pfn &= ~(1 << order)
            order += 1
        self.free_set.add((order, pfn))

    def free_blocks(self):
        blocks = {order: [] for order in range(self.max_order + 1)}
        for order, pfn in sorted(self.free_set):
            blocks[order].append(pfn)
        return blocks

    def snapshot(self):
        return {
            "free": self.free_blocks(),
            "live": [[pfn, order] for pfn, order in sorted(self.used.items())],
        }
