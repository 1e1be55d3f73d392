"""Slab cache with one big table: address of every object -> is it used?"""

from errno import EINVAL

from machine import err, roundup


class SlabCache:
    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        if obj_size < 1:
            raise ValueError(f"{name}: obj_size")
        if align not in [2**i for i in range(64)]:
            raise ValueError(f"{name}: align")
        self.stride = roundup(obj_size, align)
        self.capacity = page_size * 2**order // self.stride
        if self.capacity < 1:
            raise ValueError(f"{name}: not even one object")
        self.buddy = buddy
        self.order = order
        self.page_size = page_size
        self.ctor = ctor
        self.pfns = []  # sorted
        self.used = {}  # address -> bool

    def objects(self, pfn):
        return [pfn * self.page_size + i * self.stride for i in range(self.capacity)]

    def how_many_used(self, pfn):
        return sum(self.used[a] for a in self.objects(pfn))

    def alloc(self):
        partial = [p for p in self.pfns if 0 < self.how_many_used(p) < self.capacity]
        empty = [p for p in self.pfns if self.how_many_used(p) == 0]
        candidates = partial + empty
        pfn = candidates[0] if candidates else self.grow()
        addr = [a for a in self.objects(pfn) if not self.used[a]][0]
        self.used[addr] = True
        return addr

    def grow(self):
        pfn = self.buddy.alloc(self.order)
        self.pfns.append(pfn)
        self.pfns.sort()
        for addr in self.objects(pfn):
            self.used[addr] = False
            if self.ctor:
                self.ctor(addr)
        return pfn

    def free(self, addr):
        if not self.used.get(addr, False):
            raise err(EINVAL)
        self.used[addr] = False

    def shrink(self):
        gone = [p for p in self.pfns if self.how_many_used(p) == 0]
        for pfn in gone:
            self.pfns.remove(pfn)
            for addr in self.objects(pfn):
                del self.used[addr]
            self.buddy.free(pfn)
        return len(gone)

    def snapshot(self):
        return {
            "stride": self.stride,
            "capacity": self.capacity,
            "slabs": [
                [p, [i for i, a in enumerate(self.objects(p)) if self.used[a]]] for p in self.pfns
            ],
        }
