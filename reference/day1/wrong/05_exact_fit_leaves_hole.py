# wrong 5 of holes: leaves a hole of length zero on an exact fit; loses D1.1 D1.2 D1.3 D1.21
"""A hole only becomes smaller; it stays in the list even when nothing is left of it."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _split(self, start: int, need: int) -> None:
        if (start, need) in self.holes():
            self._nothing.add(start + need)
        super()._split(start, need)

    def _merge(self, start: int, size: int) -> tuple[int, int]:
        start, size = super()._merge(start, size)
        self._nothing = {at for at in self._nothing if not start <= at <= start + size}
        return start, size

    def holes(self) -> list[tuple[int, int]]:
        return sorted(super().holes() + [(at, 0) for at in self._nothing])

    def _reset_holes(self, end: int) -> None:
        super()._reset_holes(end)
        self._nothing: set[int] = set()
