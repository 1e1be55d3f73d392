# wrong 14 of slab: returns its page on the last free; loses D1.12 D1.13
"""A slab goes back to the buddy allocator as soon as it is empty."""

from right.slab import SlabCache as Right


class SlabCache(Right):
    def free(self, addr: int) -> None:
        super().free(addr)
        self.shrink()
