"""The buddy system: page frames in blocks of 1, 2, 4, ... that split in halves and join again.

    pfn     page frame number                          12
    order   a block of order k has 2**k frames         2: four frames
    block   named by its first pfn and its order       (8, 2): frames 8, 9, 10, 11
    buddy   the other half of the block that both
            once were, and may become again            of (8, 2): (12, 2)

A block of order k starts at a multiple of 2**k.
"""


class BuddyAllocator:
    """Allocates ``nframes`` page frames, any number of them, in blocks of up to 2**max_order.

    Initially the free blocks are, from frame 0 upward, each the largest that is aligned to its
    size and fits; no frame is lost.

    ValueError: nframes < 1 or max_order < 0.
    """

    def __init__(self, nframes: int, max_order: int = 10) -> None:
        raise NotImplementedError

    def alloc(self, order: int) -> int:
        """Allocate 2**order frames and return the first pfn, a multiple of 2**order.

        The block comes from the smallest free block that is large enough. A larger one is halved
        as often as needed; the low half is used, the high half stays free.

        EINVAL: order not in [0, max_order]. ENOMEM: no free block is large enough.
        Choice: of several free blocks of the same order, the one with the lowest pfn (Linux takes
        the most recently freed).
        """
        raise NotImplementedError

    def alloc_pages(self, n: int) -> int:
        """Allocate the smallest block of at least ``n`` frames and return its first pfn.

        EINVAL: n < 1 or n > 2**max_order. ENOMEM: no free block is large enough.
        """
        raise NotImplementedError

    def free(self, pfn: int) -> None:
        """Free the block that starts at ``pfn``; its order is remembered.

        While the buddy is free as a whole, and the order below max_order, both become one block.

        EINVAL: ``pfn`` is not the first frame of a live block.
        """
        raise NotImplementedError

    def free_blocks(self) -> dict[int, list[int]]:
        """Return the first pfns of the free blocks by order, ascending; every order is a key."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"free": {order: [pfn...]}, "live": [[pfn, order]...]}``.

        All orders are present; lists ascend by pfn.
        """
        raise NotImplementedError
