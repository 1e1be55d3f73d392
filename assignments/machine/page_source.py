"""Page frames to build on, when the buddy allocator itself is not the subject."""

import errno

from .errors import err
from .recorder import logged


class PageSource:
    """Hands out blocks of 2**order page frames, out of ``nframes``; every call is recorded.

    It takes the place of a BuddyAllocator, so that a slab cache can be checked alone.
    ValueError: nframes < 1.
    """

    def __init__(self, nframes: int) -> None:
        if nframes < 1:
            raise ValueError(f"nframes is {nframes}; a page source needs at least one frame")
        self._taken = bytearray(nframes)
        self._order: dict[int, int] = {}

    def alloc(self, order: int) -> int:
        """Return the lowest multiple of 2**order that starts 2**order free frames, and take them.

        ENOMEM: there is none. EINVAL: order < 0.
        """
        return logged("PageSource.alloc", self._alloc, order)

    def free(self, pfn: int) -> None:
        """Give back the block that starts at frame ``pfn``. EINVAL: no live block starts there."""
        logged("PageSource.free", self._free, pfn)

    def _alloc(self, order: int) -> int:
        if order < 0:
            raise err(errno.EINVAL)
        count = 1 << order
        for pfn in range(0, len(self._taken) - count + 1, count):
            if not any(self._taken[pfn : pfn + count]):
                self._order[pfn] = order
                self._taken[pfn : pfn + count] = b"\1" * count
                return pfn
        raise err(errno.ENOMEM)

    def _free(self, pfn: int) -> None:
        if pfn not in self._order:
            raise err(errno.EINVAL)
        count = 1 << self._order.pop(pfn)
        self._taken[pfn : pfn + count] = bytes(count)
