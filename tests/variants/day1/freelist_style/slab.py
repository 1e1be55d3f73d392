"""A slab cache: each slab is an object with the list of its free indexes."""

import errno

from machine import err


class Slab:
    def __init__(self, pfn, capacity):
        self.pfn = pfn
        self.capacity = capacity
        self.free = list(range(capacity))

    def is_empty(self):
        return len(self.free) == self.capacity

    def is_partial(self):
        return 0 < len(self.free) < self.capacity


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size <= 0:
            raise ValueError("obj_size")
        if align <= 0 or align & align - 1:
            raise ValueError("align")
        self.stride = (obj_size + align - 1) & -align
        self.slab_bytes = page_size * 2**order
        self.capacity = self.slab_bytes // self.stride
        if self.capacity == 0:
            raise ValueError("too large")
        self.buddy, self.order, self.page_size, self.ctor = buddy, order, page_size, ctor
        self.slabs = []

    def alloc(self):
        for kind in (Slab.is_partial, Slab.is_empty):
            for slab in self.slabs:
                if kind(slab):
                    return self._take(slab)
        slab = Slab(self.buddy.alloc(self.order), self.capacity)
        self.slabs.append(slab)
        self.slabs.sort(key=lambda slab: slab.pfn)
        if self.ctor:
            for idx in range(self.capacity):
                self.ctor(self._address(slab, idx))
        return self._take(slab)

    def free(self, addr):
        for slab in self.slabs:
            offset = addr - slab.pfn * self.page_size
            if 0 <= offset < self.capacity * self.stride and offset % self.stride == 0:
                idx = offset // self.stride
                if idx in slab.free:
                    break
                slab.free = sorted([*slab.free, idx])
                return
        raise err(errno.EINVAL)

    def shrink(self):
        empty = [slab for slab in self.slabs if slab.is_empty()]
        self.slabs = [slab for slab in self.slabs if not slab.is_empty()]
        for slab in empty:
            self.buddy.free(slab.pfn)
        return len(empty)

    def snapshot(self):
        everything = range(self.capacity)
        return {
            "stride": self.stride,
            "capacity": self.capacity,
            "slabs": [
                [slab.pfn, [idx for idx in everything if idx not in slab.free]]
                for slab in self.slabs
            ],
        }

    def _take(self, slab):
        return self._address(slab, slab.free.pop(0))

    def _address(self, slab, idx):
        return slab.pfn * self.page_size + idx * self.stride
