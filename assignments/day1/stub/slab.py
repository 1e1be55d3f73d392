"""A slab cache: objects of one size, cut from blocks of page frames.

    slab      a block of 2**order page frames from the buddy allocator
    stride    bytes from one object to the next         1504 for objects of 1500
    capacity  objects in a slab                         2
    idx       index of an object within its slab        0, 1
    addr      pfn * page_size + idx * stride            1504: object 1 of the slab at frame 0

    full: every object is used    partial: some are    empty: none is

All bookkeeping lies outside the slab.
"""

from collections.abc import Callable

from machine import PageSource


class SlabCache:
    """Allocates objects of ``obj_size`` bytes, aligned to ``align``, a power of two.

    ``buddy`` provides the slabs: a BuddyAllocator, or a PageSource in its place. ``ctor(addr)``
    constructs an object; it runs for every object of a slab, by ascending index, once, when the
    slab is created. A freed object is expected to come back in constructed state.

    ValueError: obj_size < 1, align not a power of two, or a slab cannot hold one object.
    """

    def __init__(
        self,
        name: str,
        obj_size: int,
        buddy: PageSource,
        *,
        order: int = 0,
        align: int = 8,
        page_size: int = 4096,
        ctor: Callable[[int], object] | None = None,
    ) -> None:
        raise NotImplementedError

    def alloc(self) -> int:
        """Allocate one object and return its address.

        It is the lowest free index of the partial slab with the lowest pfn; if no slab is
        partial, of the empty slab with the lowest pfn; else of a new slab.

        ENOMEM: a new slab is needed, and ``buddy`` has none.
        """
        raise NotImplementedError

    def free(self, addr: int) -> None:
        """Free the object at ``addr``. A slab that becomes empty is kept.

        EINVAL: ``addr`` is not the address of a live object.
        """
        raise NotImplementedError

    def shrink(self) -> int:
        """Return every empty slab to ``buddy``, by ascending pfn, and return how many."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"stride", "capacity", "slabs": [[pfn, [used idx...]]...]}``, ascending."""
        raise NotImplementedError
