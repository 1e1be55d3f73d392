# wrong 8 of holes: double free succeeds silently; loses D1.5 D1.21
"""Blocks are only marked as free, and free() does not look whether the mark is there already."""

from typing import Any

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(size, **options)
        self._freed: set[int] = set()

    def free(self, addr: int) -> None:
        if addr in self._freed and addr not in self._live:
            return
        super().free(addr)
        self._freed.add(addr)
