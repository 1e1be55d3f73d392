# wrong 10 of buddy: split keeps the high half; loses D1.8 D1.9
"""Splitting puts the low half on the free list and goes on with the high one."""

from right.buddy import BuddyAllocator as Right


class BuddyAllocator(Right):
    def _split(self, pfn: int, order: int, wanted: int) -> int:
        for half in reversed(range(wanted, order)):
            self._free[half].add(pfn)
            pfn += 1 << half
        return pfn
