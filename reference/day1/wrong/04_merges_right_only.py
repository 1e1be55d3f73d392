# wrong 4 of holes: merges only with the right neighbour; loses D1.1 D1.2 D1.3
"""A freed block looks at the hole behind it, but not at the one before it."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _merge(self, start: int, size: int) -> tuple[int, int]:
        return self._holes.absorb_right(start, size)
