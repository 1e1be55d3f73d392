"""The buddy system.

TODO: free() with the merging.  Splitting works (I think).
"""

import errno

from machine import err


class BuddyAllocator:
    """Allocates page frames in blocks of 1, 2, 4, ... frames."""

    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError
        self.max_order = max_order
        self.free_lists = {order: [] for order in range(max_order + 1)}
        self.live = {}
        pfn = 0
        while pfn < nframes:
            order = max_order
            while pfn % 2**order != 0 or pfn + 2**order > nframes:
                order -= 1
            self.free_lists[order].append(pfn)
            pfn += 2**order

    def alloc(self, order):
        """Allocate 2**order frames and return the first pfn."""
        if order < 0 or order > self.max_order:
            raise err(errno.EINVAL)
        for k in range(order, self.max_order + 1):
            if self.free_lists[k]:
                break
        else:
            raise err(errno.ENOMEM)
        pfn = min(self.free_lists[k])
        self.free_lists[k].remove(pfn)
        while k > order:
            k -= 1
            self.free_lists[k].append(pfn + 2**k)  # the high half stays free
        self.live[pfn] = order
        return pfn

    def alloc_pages(self, n):
        """Allocate the smallest block of at least n frames."""
        raise NotImplementedError

    def free(self, pfn):
        """Free the block that starts at pfn."""
        # buddy = pfn ^ (1 << order), and then? see handout, example 1
        raise NotImplementedError

    def free_blocks(self):
        """Return the first pfns of the free blocks by order."""
        return {order: sorted(pfns) for order, pfns in self.free_lists.items()}

    def snapshot(self):
        """Return the free and the live blocks."""
        return {"free": self.free_blocks(), "live": [[p, self.live[p]] for p in sorted(self.live)]}
