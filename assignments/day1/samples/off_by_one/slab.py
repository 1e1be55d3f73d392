"""Slab cache: per slab one list of True (used) and False (free)."""

import errno

from machine import err, roundup


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1 or align < 1 or align & (align - 1):
            raise ValueError(name)
        self._stride = roundup(obj_size, align)
        self._capacity = (page_size << order) // self._stride
        if self._capacity < 1:
            raise ValueError(name)
        self._buddy = buddy
        self._order = order
        self._page_size = page_size
        self._ctor = ctor
        self._slabs = {}

    def alloc(self):
        pfn = self._find_slab()
        used = self._slabs[pfn]
        idx = used.index(False)
        used[idx] = True
        return pfn * self._page_size + idx * self._stride

    def _find_slab(self):
        partial = [p for p, used in self._slabs.items() if any(used) and not all(used)]
        if partial:
            return min(partial)
        empty = [p for p, used in self._slabs.items() if not any(used)]
        if empty:
            return min(empty)
        pfn = self._buddy.alloc(self._order)
        self._slabs[pfn] = [False] * self._capacity
        if self._ctor:
            for idx in range(self._capacity):
                self._ctor(pfn * self._page_size + idx * self._stride)
        return pfn

    def free(self, addr):
        for pfn, used in self._slabs.items():
            offset = addr - pfn * self._page_size
            if 0 <= offset < self._capacity * self._stride:
                idx = offset // self._stride
                if not used[idx]:
                    raise err(errno.EINVAL)
                used[idx] = False
                return
        raise err(errno.EINVAL)

    def shrink(self):
        empty = sorted(p for p, used in self._slabs.items() if not any(used))
        for pfn in empty:
            del self._slabs[pfn]
            self._buddy.free(pfn)
        return len(empty)

    def snapshot(self):
        slabs = []
        for pfn in sorted(self._slabs):
            slabs.append([pfn, [i for i, u in enumerate(self._slabs[pfn]) if u]])
        return {"stride": self._stride, "capacity": self._capacity, "slabs": slabs}
