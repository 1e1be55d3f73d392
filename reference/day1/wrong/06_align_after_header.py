# wrong 6 of holes: applies align after adding the header; loses D1.1 D1.2
"""Header and request are rounded up together, instead of the request alone."""

from machine import roundup
from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _need(self, n: int) -> int:
        return roundup(n + self._header, self._align)
