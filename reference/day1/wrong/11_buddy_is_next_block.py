# wrong 11 of buddy: buddy computed as pfn + 2^k; loses D1.8 D1.9
"""The buddy is taken to be the block behind, also for a block that is itself the high half."""

from right.buddy import BuddyAllocator as Right


class BuddyAllocator(Right):
    def _buddy_of(self, pfn: int, order: int) -> int:
        return pfn + (1 << order)
