"""Obvious models of day 1: plain lists and sets, looked through from end to end.

    Intervals   what a HoleAllocator is
    canonical   what the free blocks of a BuddyAllocator are
    Bitmaps     what a SlabCache over a fresh PageSource is

They take no wrong arguments, and answer None where memory is exhausted.
"""


class Intervals:
    """A list of holes [start, size] and a list of live blocks [addr, n, need], both ascending."""

    def __init__(
        self, *, size: int, base: int, policy: str, align: int, header: int, coalesce: bool
    ) -> None:
        self.size, self.base, self.policy = size, base, policy
        self.align, self.header, self.coalesce = align, header, coalesce
        self.rover = base
        self.holes = [[base, size]]
        self.live: list[list[int]] = []

    def alloc(self, n: int) -> int | None:
        """Return the new user address."""
        need = -(-n // self.align) * self.align + self.header
        hole = self._choose(need)
        if hole is None:
            return None
        addr = hole[0] + self.header
        self.rover = hole[0] + need
        hole[:] = [hole[0] + need, hole[1] - need]
        self.holes = [hole for hole in self.holes if hole[1] > 0]
        self.live = sorted([*self.live, [addr, n, need]])
        return addr

    def free(self, which: int) -> int:
        """Free the live block number ``which`` and return its user address."""
        addr, _, need = self.live.pop(which)
        self.holes = sorted([*self.holes, [addr - self.header, need]])
        for i in reversed(range(len(self.holes) - 1)):
            if self.coalesce and sum(self.holes[i]) == self.holes[i + 1][0]:
                self.holes[i][1] += self.holes.pop(i + 1)[1]
        return addr

    def compact(self) -> dict[int, int]:
        """Return old -> new user addresses."""
        new_of, end = {}, self.base
        for block in self.live:
            new_of[block[0]] = end + self.header
            block[0] = end + self.header
            end += block[2]
        rest = self.base + self.size - end
        self.holes, self.rover = [[end, rest]] if rest else [], self.base
        return new_of

    def snapshot(self) -> dict[str, object]:
        """Return what HoleAllocator.snapshot does."""
        return {"holes": self.holes, "live": self.live, "rover": self.rover}

    def _choose(self, need: int) -> list[int] | None:
        fit = [hole for hole in self.holes if hole[1] >= need]
        preferred = {
            "first": fit,
            "best": sorted(fit, key=lambda hole: hole[1]),
            "worst": sorted(fit, key=lambda hole: -hole[1]),
            "next": [hole for hole in fit if hole[0] >= self.rover] or fit,
        }
        return next(iter(preferred[self.policy]), None)


def canonical(free: set[int], max_order: int) -> dict[int, list[int]]:
    """Return the maximal aligned blocks, of up to ``max_order``, that lie in a set of frames."""
    blocks: dict[int, list[int]] = {}
    rest = set(free)
    for order in reversed(range(max_order + 1)):
        size = 1 << order
        starts = range(0, max(rest, default=-1) + 1, size)
        blocks[order] = [pfn for pfn in starts if rest.issuperset(range(pfn, pfn + size))]
        rest -= {frame for pfn in blocks[order] for frame in range(pfn, pfn + size)}
    return blocks


class Bitmaps:
    """One list of bool per slab, True where an object is used."""

    def __init__(self, *, stride: int, order: int, nframes: int) -> None:
        self.stride, self.order, self.nframes = stride, order, nframes
        self.capacity = (4096 << order) // stride
        self.used: dict[int, list[bool]] = {}  # by pfn
        self.created = 0

    def has_free_object(self) -> bool:
        """Tell whether an object can be had without a new slab."""
        return not all(map(all, self.used.values()))

    def alloc(self) -> int | None:
        """Return the address of the new object."""
        pfn = self._choose()
        if pfn is None:
            return None
        if pfn not in self.used:
            self.used[pfn] = [False] * self.capacity
            self.created += 1
        idx = self.used[pfn].index(False)
        self.used[pfn][idx] = True
        return pfn * 4096 + idx * self.stride

    def free(self, which: int) -> int | None:
        """Free the ``which``-th live object, counted around, and return its address."""
        live = [(pfn, i) for pfn in sorted(self.used) for i in self._used_in(pfn)]
        if not live:
            return None
        pfn, idx = live[which % len(live)]
        self.used[pfn][idx] = False
        return pfn * 4096 + idx * self.stride

    def shrink(self) -> list[int]:
        """Forget the empty slabs and return their pfns."""
        empty = [pfn for pfn in sorted(self.used) if not any(self.used[pfn])]
        for pfn in empty:
            del self.used[pfn]
        return empty

    def snapshot(self) -> dict[str, object]:
        """Return what SlabCache.snapshot does."""
        slabs = [[pfn, self._used_in(pfn)] for pfn in sorted(self.used)]
        return {"stride": self.stride, "capacity": self.capacity, "slabs": slabs}

    def _used_in(self, pfn: int) -> list[int]:
        return [i for i, used in enumerate(self.used[pfn]) if used]

    def _choose(self) -> int | None:
        room = [pfn for pfn in sorted(self.used) if not all(self.used[pfn])]
        partial = [pfn for pfn in room if any(self.used[pfn])]
        whole = range(0, self.nframes - (1 << self.order) + 1, 1 << self.order)
        fresh = [pfn for pfn in whole if pfn not in self.used]
        return next(iter(partial + room + fresh), None)
