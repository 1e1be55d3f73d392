"""A slab cache: objects of one size, cut from blocks of page frames.

    slab      a block of 2**order page frames from the buddy allocator
    stride    bytes from one object to the next         1504 for objects of 1500
    capacity  objects in a slab                         2
    idx       index of an object within its slab        0, 1
    addr      pfn * page_size + idx * stride            1504: object 1 of the slab at frame 0

    full: every object is used    partial: some are    empty: none is

All bookkeeping lies outside the slab.
"""

import errno
from collections.abc import Callable
from heapq import heappop, heappush

from _lowest import LowestFirst
from machine import PageSource, err, roundup


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
        if obj_size < 1 or align < 1 or align & (align - 1):
            raise ValueError(f"{name}: obj_size is at least 1, align a power of two")
        self._stride = roundup(obj_size, align)
        self._capacity = (page_size << order) // self._stride
        if self._capacity < 1:
            raise ValueError(f"{name}: a slab cannot hold one object of {self._stride} bytes")
        self._buddy, self._order, self._page_size, self._ctor = buddy, order, page_size, ctor
        self._slabs: dict[int, list[int]] = {}  # pfn -> its free indexes, a heap
        self._partial, self._empty = LowestFirst(), LowestFirst()  # pfns
        self._live: dict[int, int] = {}  # address -> pfn of its slab

    def alloc(self) -> int:
        """Allocate one object and return its address.

        It is the lowest free index of the partial slab with the lowest pfn; if no slab is
        partial, of the empty slab with the lowest pfn; else of a new slab.

        ENOMEM: a new slab is needed, and ``buddy`` has none.
        """
        pfn = self._choose()
        addr = self._address(pfn, heappop(self._slabs[pfn]))
        self._live[addr] = pfn
        self._file(pfn)
        return addr

    def free(self, addr: int) -> None:
        """Free the object at ``addr``. A slab that becomes empty is kept.

        EINVAL: ``addr`` is not the address of a live object.
        """
        if addr not in self._live:
            raise err(errno.EINVAL)
        pfn = self._live.pop(addr)
        heappush(self._slabs[pfn], (addr - self._address(pfn, 0)) // self._stride)
        self._file(pfn)

    def shrink(self) -> int:
        """Return every empty slab to ``buddy``, by ascending pfn, and return how many."""
        empty = list(self._empty)
        for pfn in empty:
            self._empty.discard(pfn)
            del self._slabs[pfn]
            self._buddy.free(pfn)
        return len(empty)

    def snapshot(self) -> dict[str, object]:
        """Return ``{"stride", "capacity", "slabs": [[pfn, [used idx...]]...]}``, ascending."""
        every = set(range(self._capacity))
        slabs = [[pfn, sorted(every.difference(free))] for pfn, free in sorted(self._slabs.items())]
        return {"stride": self._stride, "capacity": self._capacity, "slabs": slabs}

    def _choose(self) -> int:
        """Return the pfn of the slab to take an object from."""
        for slabs in (self._partial, self._empty):
            if slabs:
                return slabs.lowest()
        return self._grow()

    def _grow(self) -> int:
        """Create a slab, construct its objects, and return its pfn."""
        pfn = self._buddy.alloc(self._order)
        self._slabs[pfn] = list(range(self._capacity))
        if self._ctor is not None:
            for idx in range(self._capacity):
                self._ctor(self._address(pfn, idx))
        return pfn

    def _file(self, pfn: int) -> None:
        """Put the slab where its present state belongs: partial, empty, or neither."""
        free = len(self._slabs[pfn])
        if 1 < free < self._capacity - 1:
            return  # partial before and after
        self._partial.discard(pfn)
        self._empty.discard(pfn)
        if free == self._capacity:
            self._empty.add(pfn)
        elif free:
            self._partial.add(pfn)

    def _address(self, pfn: int, idx: int) -> int:
        return pfn * self._page_size + idx * self._stride
