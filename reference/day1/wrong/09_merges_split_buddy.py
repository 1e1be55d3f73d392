# wrong 9 of buddy: merges with a split buddy; loses D1.8 D1.9
"""A buddy counts as free when a free block of any order starts there."""

from right.buddy import BuddyAllocator as Right


class BuddyAllocator(Right):
    def _merge(self, pfn: int, order: int) -> tuple[int, int]:
        while order < self._max_order:
            buddy = self._buddy_of(pfn, order)
            free_there = [free for free in self._free.values() if buddy in free]
            if not free_there:
                break
            for free in free_there:
                free.discard(buddy)
            pfn, order = min(pfn, buddy), order + 1
        return pfn, order
