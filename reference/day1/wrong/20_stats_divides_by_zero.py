# wrong 20 of holes: external fragmentation divides by zero when memory is full; loses D1.4
"""The ratio is computed without a look at whether anything is free."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _external(self, free: int, largest: int) -> float:
        return 1 - largest / free
