"""A slab cache whose slabs are integers: bit i is set while object i is used."""

import errno

from machine import err, roundup


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1 or align < 1 or align.bit_count() != 1:
            raise ValueError("obj_size or align")
        self.name, self.buddy, self.order, self.ctor = name, buddy, order, ctor
        self.page_size = page_size
        self.stride = roundup(obj_size, align)
        self.capacity = (page_size << order) // self.stride
        if self.capacity < 1:
            raise ValueError("an object does not fit into a slab")
        self.full = (1 << self.capacity) - 1
        self.used = {}  # pfn -> bits

    def alloc(self):
        pfn = self._slab_to_use()
        bits = self.used[pfn]
        idx = (~bits & (bits + 1)).bit_length() - 1
        self.used[pfn] = bits | 1 << idx
        return pfn * self.page_size + idx * self.stride

    def free(self, addr):
        for pfn, bits in self.used.items():
            idx, inside = divmod(addr - pfn * self.page_size, self.stride)
            if inside == 0 and 0 <= idx < self.capacity and bits >> idx & 1:
                self.used[pfn] = bits ^ 1 << idx
                return
        raise err(errno.EINVAL)

    def shrink(self):
        empty = sorted(pfn for pfn, bits in self.used.items() if not bits)
        for pfn in empty:
            del self.used[pfn]
            self.buddy.free(pfn)
        return len(empty)

    def snapshot(self):
        slabs = [
            [pfn, [idx for idx in range(self.capacity) if bits >> idx & 1]]
            for pfn, bits in sorted(self.used.items())
        ]
        return {"stride": self.stride, "capacity": self.capacity, "slabs": slabs}

    def _slab_to_use(self):
        partial = [pfn for pfn, bits in self.used.items() if bits and bits != self.full]
        if partial:
            return min(partial)
        empty = [pfn for pfn, bits in self.used.items() if not bits]
        if empty:
            return min(empty)
        pfn = self.buddy.alloc(self.order)
        self.used[pfn] = 0
        if self.ctor is not None:
            for idx in range(self.capacity):
                self.ctor(pfn * self.page_size + idx * self.stride)
        return pfn
