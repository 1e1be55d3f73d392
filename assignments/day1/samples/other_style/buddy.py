"""Buddy allocator with one big integer per order.

Bit i of bitmap[k] is 1 if block number i of order k is free (its first frame is i << k).
Python integers can be as long as you like, and finding the lowest 1 bit is one line.
The buddy of block i is block i ^ 1, and their parent is block i >> 1.
"""

import errno

from machine import err


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1:
            raise ValueError("nframes")
        if max_order < 0:
            raise ValueError("max_order")
        self.top = max_order
        self.bitmap = [0] * (max_order + 1)
        self.order_of = [None] * nframes  # only set at the first frame of a live block
        pfn = 0
        while pfn < nframes:
            k = max_order
            while pfn % (1 << k) or pfn + (1 << k) > nframes:
                k -= 1
            self.bitmap[k] |= 1 << (pfn >> k)
            pfn += 1 << k

    def alloc(self, order):
        if order < 0 or order > self.top:
            raise err(errno.EINVAL)
        k = order
        while k <= self.top and not self.bitmap[k]:
            k += 1
        if k > self.top:
            raise err(errno.ENOMEM)
        lowest = self.bitmap[k] & -self.bitmap[k]
        self.bitmap[k] ^= lowest
        i = lowest.bit_length() - 1
        while k > order:
            k -= 1
            i *= 2
            self.bitmap[k] |= 1 << (i + 1)
        self.order_of[i << k] = order
        return i << k

    def alloc_pages(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        order = 0
        while 1 << order < n:
            order += 1
        return self.alloc(order)

    def free(self, pfn):
        if not 0 <= pfn < len(self.order_of) or self.order_of[pfn] is None:
            raise err(errno.EINVAL)
        k = self.order_of[pfn]
        self.order_of[pfn] = None
        i = pfn >> k
        while k < self.top and self.bitmap[k] >> (i ^ 1) & 1:
            self.bitmap[k] ^= 1 << (i ^ 1)
            i >>= 1
            k += 1
        self.bitmap[k] |= 1 << i

    def free_blocks(self):
        answer = {}
        for k, bits in enumerate(self.bitmap):
            digits = reversed(bin(bits)[2:])
            answer[k] = [i << k for i, digit in enumerate(digits) if digit == "1"]
        return answer

    def snapshot(self):
        live = [[pfn, k] for pfn, k in enumerate(self.order_of) if k is not None]
        return {"free": self.free_blocks(), "live": live}
