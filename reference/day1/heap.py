"""malloc over sbrk: the blocks of a program's heap.

    p          address of a payload, a multiple of 16             0x10020
    n          bytes that the caller asks for, the *requested*    24
    break      the end of the heap's memory; sbrk moves it        0x10040

    base                                             break
     | payload  gap | payload  gap | free bytes ...    |

Between the requested bytes of one payload and the next payload lie at least 8 bytes: the room
that a header would take, so that bookkeeping outside the memory has no advantage.
"""

import errno

from _hole_index import BestFit
from _hole_map import HoleMap
from machine import SimHeap, err, roundup

_ALIGN = 16
_GAP = 8
_TOO_MANY = 1 << 63  # bytes that no address space has


class Heap:
    """Allocates the memory of a program out of ``mem``, which it makes larger as needed.

    All sizes and addresses are in bytes; where there is no block, the address is None. Payloads
    lie wholly inside ``[mem.base, mem.brk)``, at multiples of 16, with at least 8 bytes between
    the requested end of one and the start of the next.
    """

    def __init__(self, mem: SimHeap) -> None:
        self._mem = mem
        self._holes = HoleMap(BestFit())
        self._live: dict[int, int] = {}  # payload -> requested; the block takes _need of it

    def malloc(self, n: int) -> int | None:
        """Allocate ``n`` bytes and return their address; None if n is 0.

        EINVAL: n < 0. ENOMEM: memory is exhausted; the break stays where it is.
        """
        if n < 0:
            raise err(errno.EINVAL)
        return self._place(n) if n else None

    def free(self, p: int | None) -> None:
        """Free the block at ``p``; nothing happens if p is None.

        EINVAL: ``p`` is not a live payload.
        """
        if p is None:
            return
        n = self._requested(p)
        del self._live[p]
        self._add_hole(p, self._need(n))

    def calloc(self, k: int, n: int) -> int | None:
        """Allocate ``k`` objects of ``n`` bytes, all bytes zero; None if that is no byte at all.

        EINVAL: k < 0 or n < 0. ENOMEM: memory is exhausted, or k * n is 2**63 or more.
        """
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        if k * n >= _TOO_MANY:
            raise err(errno.ENOMEM)
        p = self.malloc(k * n)
        if p is not None:
            self._clear(p, k * n)
        return p

    def realloc(self, p: int | None, n: int) -> int | None:
        """Give the block at ``p`` a size of ``n`` bytes and return its address, old or new.

        The bytes that it had, up to ``n``, are preserved. ``realloc(None, n)`` is ``malloc(n)``;
        ``realloc(p, 0)`` is ``free(p)`` and returns None.

        EINVAL: ``p`` is not a live payload, or n < 0. ENOMEM: memory is exhausted; the old block
        is still valid, with its bytes.
        """
        if p is None:
            return self.malloc(n)
        old = self._requested(p)
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            self.free(p)
            return None
        q = self._replace(p, n)
        if q != p:
            self._mem.store(q, self._mem.load(p, min(old, n)))
        return q

    def usable_size(self, p: int | None) -> int:
        """Return the bytes at ``p`` that belong to the block: at least the requested; 0 for None.

        EINVAL: ``p`` is not a live payload.
        """
        return 0 if p is None else self._need(self._requested(p)) - _GAP

    def free_bytes(self) -> int:
        """Return the bytes below the break that nobody has requested: free ones and overhead."""
        return self._mem.brk - self._mem.base - sum(self._live.values())

    def snapshot(self) -> dict[str, list[list[int]]]:
        """Return ``{"live": [[address, requested]...]}``, ascending."""
        return {"live": [[p, n] for p, n in sorted(self._live.items())]}

    def _need(self, n: int) -> int:
        """Return the bytes that a block for ``n`` takes: payload, gap, and up to the next one."""
        return roundup(n + _GAP, _ALIGN)

    def _requested(self, p: int) -> int:
        """Return the requested bytes of the live payload ``p``."""
        if p not in self._live:
            raise err(errno.EINVAL)
        return self._live[p]

    def _place(self, n: int) -> int:
        """Make a block for ``n`` bytes, in the hole that suits it best or else at the top."""
        need = self._need(n)
        p = self._holes.choose(need)
        if p is None:
            p = self._grow(need)
        self._cut(p, p, need)
        self._live[p] = n
        return p

    def _replace(self, p: int, n: int) -> int:
        """Make a block for ``n`` bytes instead of the one at ``p``, perhaps over the same bytes.

        A block that keeps its place whenever it can leaves a splinter behind each time it
        shrinks. Best fit, with the block's own bytes among the free ones, packs tighter.
        """
        old = self._live.pop(p)
        hole = self._add_hole(p, self._need(old))
        try:
            return self._place(n)
        except OSError:
            self._cut(hole, p, self._need(old))
            self._live[p] = old
            raise

    def _grow(self, need: int) -> int:
        """Move the break until the topmost hole has ``need`` bytes, and return its start."""
        end = self._mem.brk
        start = self._holes.start_of(end)
        self._mem.sbrk(start + need - end)
        return self._add_hole(end, start + need - end)

    def _add_hole(self, start: int, size: int) -> int:
        """Make a hole, merged with those on both sides, and return where it starts."""
        start, size = self._holes.absorb_right(*self._holes.absorb_left(start, size))
        self._holes.add(start, size)
        return start

    def _cut(self, hole: int, p: int, need: int) -> None:
        """Take the bytes ``[p, p + need)`` out of a hole; what is left on each side stays one."""
        end = hole + self._holes.remove(hole)
        if hole < p:
            self._holes.add(hole, p - hole)
        if p + need < end:
            self._holes.add(p + need, end - p - need)

    def _clear(self, p: int, size: int) -> None:
        """Fill a payload with zeros; its bytes may have been used before."""
        self._mem.store(p, bytes(size))
