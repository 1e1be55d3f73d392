# wrong 7 of holes: free accepts addr - header; loses D1.5 D1.21
"""The start of a block is taken for a user address as well."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def free(self, addr: int) -> None:
        if addr not in self._live and addr + self._header in self._live:
            addr += self._header
        super().free(addr)
