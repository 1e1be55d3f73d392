# wrong 2 of holes: worst fit takes the first hole that is large enough; loses D1.1 D1.2
"""Worst fit forgets to compare the sizes of the holes that fit."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _choose(self, need: int) -> int | None:
        if self._policy != "worst":
            return super()._choose(need)
        return next((start for start, size in self.holes() if size >= need), None)
