"""The buddy system: page frames in blocks of 1, 2, 4, ... that split in halves and join again.

    pfn     page frame number                          12
    order   a block of order k has 2**k frames         2: four frames
    block   named by its first pfn and its order       (8, 2): frames 8, 9, 10, 11
    buddy   the other half of the block that both
            once were, and may become again            of (8, 2): (12, 2)

A block of order k starts at a multiple of 2**k.
"""

import errno
from collections.abc import Iterator

from _lowest import LowestFirst
from machine import err


class BuddyAllocator:
    """Allocates ``nframes`` page frames, any number of them, in blocks of up to 2**max_order.

    Initially the free blocks are, from frame 0 upward, each the largest that is aligned to its
    size and fits; no frame is lost.

    ValueError: nframes < 1 or max_order < 0.
    """

    def __init__(self, nframes: int, max_order: int = 10) -> None:
        if nframes < 1 or max_order < 0:
            raise ValueError("nframes is at least 1, max_order at least 0")
        self._max_order = max_order
        self._free = {order: LowestFirst() for order in range(max_order + 1)}
        self._live: dict[int, int] = {}  # pfn -> order
        for pfn, order in self._initial_blocks(nframes):
            self._free[order].add(pfn)

    def alloc(self, order: int) -> int:
        """Allocate 2**order frames and return the first pfn, a multiple of 2**order.

        The block comes from the smallest free block that is large enough. A larger one is halved
        as often as needed; the low half is used, the high half stays free.

        EINVAL: order not in [0, max_order]. ENOMEM: no free block is large enough.
        Choice: of several free blocks of the same order, the one with the lowest pfn (Linux takes
        the most recently freed).
        """
        if not 0 <= order <= self._max_order:
            raise err(errno.EINVAL)
        for found in range(order, self._max_order + 1):
            if self._free[found]:
                pfn = self._free[found].lowest()
                self._free[found].discard(pfn)
                pfn = self._split(pfn, found, order)
                self._live[pfn] = order
                return pfn
        raise err(errno.ENOMEM)

    def alloc_pages(self, n: int) -> int:
        """Allocate the smallest block of at least ``n`` frames and return its first pfn.

        EINVAL: n < 1 or n > 2**max_order. ENOMEM: no free block is large enough.
        """
        if n < 1:
            raise err(errno.EINVAL)
        return self.alloc((n - 1).bit_length())

    def free(self, pfn: int) -> None:
        """Free the block that starts at ``pfn``; its order is remembered.

        While the buddy is free as a whole, and the order below max_order, both become one block.

        EINVAL: ``pfn`` is not the first frame of a live block.
        """
        if pfn not in self._live:
            raise err(errno.EINVAL)
        pfn, order = self._merge(pfn, self._live.pop(pfn))
        self._free[order].add(pfn)

    def free_blocks(self) -> dict[int, list[int]]:
        """Return the first pfns of the free blocks by order, ascending; every order is a key."""
        return {order: list(free) for order, free in self._free.items()}

    def snapshot(self) -> dict[str, object]:
        """Return ``{"free": {order: [pfn...]}, "live": [[pfn, order]...]}``.

        All orders are present; lists ascend by pfn.
        """
        live = [[pfn, order] for pfn, order in sorted(self._live.items())]
        return {"free": self.free_blocks(), "live": live}

    def _initial_blocks(self, nframes: int) -> Iterator[tuple[int, int]]:
        """Yield (pfn, order) of the largest blocks that cover ``[0, nframes)``, ascending."""
        pfn = 0
        while pfn < nframes:
            order = min(self._max_order, (nframes - pfn).bit_length() - 1)
            yield pfn, order  # aligned: earlier blocks are at least as large, or of max_order
            pfn += 1 << order

    def _split(self, pfn: int, order: int, wanted: int) -> int:
        """Halve the block down to ``wanted``, free each high half, and return the low end."""
        for half in reversed(range(wanted, order)):
            self._free[half].add(pfn + (1 << half))
        return pfn

    def _merge(self, pfn: int, order: int) -> tuple[int, int]:
        """Take out each free buddy in turn; return (pfn, order) of all together."""
        while order < self._max_order:
            buddy = self._buddy_of(pfn, order)
            if buddy not in self._free[order]:  # allocated, split, or beyond the last frame
                break
            self._free[order].discard(buddy)
            pfn, order = min(pfn, buddy), order + 1
        return pfn, order

    def _buddy_of(self, pfn: int, order: int) -> int:
        """Return the pfn that differs in bit ``order`` alone."""
        return pfn ^ (1 << order)
