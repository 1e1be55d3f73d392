"""Slab cache."""

import errno

from machine import err, roundup


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1 or align < 1 or align & (align - 1):
            raise ValueError(name)
        self.stride = roundup(obj_size, align)
        self.capacity = (page_size << order) // self.stride
        if self.capacity < 1:
            raise ValueError(name)
        self.buddy, self.order, self.page_size, self.ctor = buddy, order, page_size, ctor
        self.slabs = {}  # pfn -> set of used indexes

    def alloc(self):
        # a partial slab is better than an empty one, then the lowest pfn
        with_room = [
            (not used, pfn) for pfn, used in self.slabs.items() if len(used) < self.capacity
        ]
        pfn = min(with_room)[1] if with_room else self.new_slab()
        idx = min(set(range(self.capacity)) - self.slabs[pfn])
        self.slab[pfn].add(idx)
        return self.address(pfn, idx)

    def new_slab(self):
        pfn = self.buddy.alloc(self.order)
        self.slabs[pfn] = set()
        if self.ctor is not None:
            for idx in range(self.capacity):
                self.ctor(self.address(pfn, idx))
        return pfn

    def free(self, addr):
        for pfn, used in self.slabs.items():
            for idx in used:
                if self.address(pfn, idx) == addr:
                    used.remove(idx)
                    return
        raise err(errno.EINVAL)

    def shrink(self):
        empty = sorted(pfn for pfn, used in self.slabs.items() if not used)
        for pfn in empty:
            del self.slabs[pfn]
            self.buddy.free(pfn)
        return len(empty)

    def snapshot(self):
        slabs = [[pfn, sorted(used)] for pfn, used in sorted(self.slabs.items())]
        return {"stride": self.stride, "capacity": self.capacity, "slabs": slabs}

    def address(self, pfn, idx):
        return pfn * self.page_size + idx * self.stride
