"""Buddy allocator, recursive: get a block, and if there is none, get a bigger one and halve it."""

from errno import EINVAL, ENOMEM

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError("nframes, max_order")
        self.max_order = max_order
        self.free_pfns = [set() for _ in range(max_order + 1)]
        self.order_of = {}
        pfn = 0
        while pfn < nframes:
            order = max(
                k for k in range(max_order + 1)
                if pfn % 2**k == 0 and pfn + 2**k <= nframes
            )
            self.free_pfns[order].add(pfn)
            pfn += 2**order

    def alloc(self, order):
        if order not in range(self.max_order + 1):
            raise err(EINVAL)
        pfn = self.get(order)
        self.order_of[pfn] = order
        return pfn

    def get(self, order):
        if order > self.max_order:
            raise err(ENOMEM)
        if self.free_pfns[order]:
            pfn = min(self.free_pfns[order])
            self.free_pfns[order].remove(pfn)
        else:
            pfn = self.get(order + 1)
            self.free_pfns[order].add(pfn + 2**order)
        return pfn

    def alloc_pages(self, n):
        if n < 1:
            raise err(EINVAL)
        return self.alloc((n - 1).bit_length())

    def free(self, pfn):
        if pfn not in self.order_of:
            raise err(EINVAL)
        self.put(pfn, self.order_of.pop(pfn))

    def put(self, pfn, order):
        buddy = pfn ^ 2**order
        if order < self.max_order and buddy in self.free_pfns[order]:
            self.free_pfns[order].remove(buddy)
            self.put(min(pfn, buddy), order + 1)
        else:
            self.free_pfns[order].add(pfn)

    def free_blocks(self):
        return {order: sorted(pfns) for order, pfns in enumerate(self.free_pfns)}

    def snapshot(self):
        return {
            "free": self.free_blocks(),
            "live": [[pfn, self.order_of[pfn]] for pfn in sorted(self.order_of)],
        }
