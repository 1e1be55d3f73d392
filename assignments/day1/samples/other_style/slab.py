"""Slab cache.  Each slab keeps its free objects as the 1 bits of one integer."""

import errno
from bisect import bisect_left, bisect_right, insort

from machine import err


class Slab:
    def __init__(self, pfn, capacity):
        self.pfn = pfn
        self.free = (1 << capacity) - 1


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1:
            raise ValueError("an object has at least one byte")
        if align < 1 or align & (align - 1) != 0:
            raise ValueError("align must be a power of two")
        self.name = name
        self.buddy = buddy
        self.order = order
        self.page_size = page_size
        self.ctor = ctor
        self.stride = -(-obj_size // align) * align
        self.capacity = (page_size << order) // self.stride
        if self.capacity == 0:
            raise ValueError("the object is larger than the slab")
        self.all_free = (1 << self.capacity) - 1
        self.slabs = {}  # pfn -> Slab
        self.every = []  # the same pfns, sorted, to look up an address
        self.partial = []  # pfns, sorted
        self.empty = []  # pfns, sorted

    def alloc(self):
        if self.partial:
            slab = self.slabs[self.partial[0]]
        elif self.empty:
            slab = self.slabs[self.empty[0]]
        else:
            slab = self.new_slab()
        was_empty = slab.free == self.all_free
        bit = slab.free & -slab.free
        slab.free ^= bit
        if was_empty:
            out(self.empty, slab.pfn)
            if slab.free:
                insort(self.partial, slab.pfn)
        elif not slab.free:
            out(self.partial, slab.pfn)
        return slab.pfn * self.page_size + (bit.bit_length() - 1) * self.stride

    def free(self, addr):
        where = bisect_right(self.every, addr // self.page_size) - 1
        if where < 0:
            raise err(errno.EINVAL)
        slab = self.slabs[self.every[where]]
        idx, rest = divmod(addr - slab.pfn * self.page_size, self.stride)
        if rest or idx >= self.capacity or slab.free >> idx & 1:
            raise err(errno.EINVAL)
        was_full = slab.free == 0
        slab.free |= 1 << idx
        if slab.free == self.all_free:
            if not was_full:
                out(self.partial, slab.pfn)
            insort(self.empty, slab.pfn)
        elif was_full:
            insort(self.partial, slab.pfn)

    def shrink(self):
        victims, self.empty = self.empty, []
        for pfn in victims:
            del self.slabs[pfn]
            out(self.every, pfn)
            self.buddy.free(pfn)
        return len(victims)

    def snapshot(self):
        table = []
        for pfn in self.every:
            free = self.slabs[pfn].free
            table.append([pfn, [i for i in range(self.capacity) if not free >> i & 1]])
        return {"stride": self.stride, "capacity": self.capacity, "slabs": table}

    def new_slab(self):
        slab = Slab(self.buddy.alloc(self.order), self.capacity)
        self.slabs[slab.pfn] = slab
        insort(self.every, slab.pfn)
        insort(self.empty, slab.pfn)
        if self.ctor is not None:
            for idx in range(self.capacity):
                self.ctor(slab.pfn * self.page_size + idx * self.stride)
        return slab


def out(numbers, x):
    """Remove x from a sorted list."""
    del numbers[bisect_left(numbers, x)]
