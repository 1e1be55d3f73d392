# wrong 15 of slab: accepts interior addresses; loses D1.13 D1.22
"""The index is the offset divided by the stride, and nobody looks at the remainder."""

from right.slab import SlabCache as Right


class SlabCache(Right):
    def free(self, addr: int) -> None:
        pfn = addr // self._page_size
        start = self._address(pfn - pfn % (1 << self._order), 0)
        super().free(addr - (addr - start) % self._stride)
