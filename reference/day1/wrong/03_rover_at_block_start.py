# wrong 3 of holes: next fit sets the rover to the start of the hole; loses D1.1 D1.2
"""The rover stays at the hole where the block was found, instead of the end of the block."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def alloc(self, n: int) -> int:
        addr = super().alloc(n)
        self._rover = addr - self._header
        return addr
