# wrong 13 of slab: constructor on every alloc; loses D1.12
"""Every allocation constructs its object, as if freed objects had lost their state."""

from right.slab import SlabCache as Right


class SlabCache(Right):
    def alloc(self) -> int:
        addr = super().alloc()
        if self._ctor is not None:
            self._ctor(addr)
        return addr
