"""Slab cache: a sorted list of free indexes for each slab."""

import errno
from bisect import insort

from machine import err, roundup


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1 or align < 1 or bin(align).count("1") > 1:
            raise ValueError(f"cache {name}: bad size or alignment")
        self._stride = roundup(obj_size, align)
        self._capacity = (page_size << order) // self._stride
        if not self._capacity:
            raise ValueError(f"cache {name}: object too big")
        self._buddy = buddy
        self._order = order
        self._page_size = page_size
        self._ctor = ctor
        self._free = {}  # pfn -> free indexes
        self._live = {}  # address -> (pfn, idx)

    def alloc(self):
        pfn = self._pick()
        idx = self._free[pfn].pop(0)
        addr = pfn * self._page_size + idx * self._stride
        self._live[addr] = pfn, idx
        return addr

    def _pick(self):
        empty = None
        for pfn in sorted(self._free):
            room = len(self._free[pfn])
            if 0 < room < self._capacity:
                return pfn
            if room == self._capacity and empty is None:
                empty = pfn
        return self._new() if empty is None else empty

    def _new(self):
        pfn = self._buddy.alloc(self._order)
        self._free[pfn] = list(range(self._capacity))
        if self._ctor is not None:
            for idx in self._free[pfn]:
                self._ctor(pfn * self._page_size + idx * self._stride)
        return pfn

    def free(self, addr):
        if addr not in self._live:
            raise err(errno.EINVAL)
        pfn, idx = self._live.pop(addr)
        insort(self._free[pfn], idx)

    def shrink(self):
        count = 0
        for pfn in sorted(self._free):
            if len(self._free[pfn]) == self._capacity:
                del self._free[pfn]
                self._buddy.free(pfn)
                count += 1
        return count

    def snapshot(self):
        slabs = []
        for pfn in sorted(self._free):
            slabs.append([pfn, sorted(idx for p, idx in self._live.values() if p == pfn)])
        return {"stride": self._stride, "capacity": self._capacity, "slabs": slabs}
