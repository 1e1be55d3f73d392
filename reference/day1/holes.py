"""Contiguous allocation: one range of memory, cut into live blocks and holes.

    n       bytes that the caller asks for           10
    need    bytes that the block takes               20 = 16 (n in units of align 8) + header 4
    start   where a block or a hole begins           1000
    addr    the user address: start + header         1004
    rover   where next fit begins to look            1020, the end of the newest block

    1000   1004             1020
      | header | user's bytes | hole ...

Owns the bookkeeping only; nothing is stored at the addresses.
"""

import errno

from _hole_index import POLICIES
from _hole_map import HoleMap
from machine import err, roundup


class HoleAllocator:
    """Allocates blocks in ``[base, base + size)``; all sizes and addresses are in bytes.

    A block takes ``header`` bytes more than the request, which is first rounded up to a multiple
    of ``align`` (any number, not only a power of two). ``policy`` chooses the hole: ``"first"``,
    ``"best"``, ``"worst"`` or ``"next"``. With ``coalesce``, a freed block merges with the holes
    next to it.

    ValueError: size < 1, base < 0, align < 1, header < 0, or an unknown policy.
    """

    def __init__(
        self,
        size: int,
        *,
        base: int = 0,
        policy: str = "first",
        align: int = 1,
        header: int = 0,
        coalesce: bool = True,
    ) -> None:
        if size < 1 or base < 0 or align < 1 or header < 0:
            raise ValueError("size and align are at least 1, base and header at least 0")
        if policy not in POLICIES:
            raise ValueError(f"policy is {policy!r}; it must be one of {', '.join(POLICIES)}")
        self._base, self._size = base, size
        self._policy, self._align, self._header, self._coalesce = policy, align, header, coalesce
        self._live: dict[int, tuple[int, int]] = {}  # user address -> (n, need)
        self._enomem = self._moved = 0
        self._reset_holes(base)

    def alloc(self, n: int) -> int:
        """Allocate ``n`` bytes at the low end of a hole and return the user address.

        Among the holes that are large enough, *first* takes the lowest; *best* the smallest,
        *worst* the largest, of equal ones the lowest; *next* the lowest that starts at the rover
        or above, and if there is none, the lowest of all. What is left over stays a hole.
        The rover starts at ``base`` and moves to the end of each new block.

        EINVAL: n < 1. ENOMEM: no hole is large enough. TypeError: ``n`` is not an int.
        Choice: the rover moves under every policy, though only *next* looks at it; failures and
        ``free`` leave it where it is.
        Choice: ``align`` rounds the size, not the address.
        """
        _require_int(n)
        if n < 1:
            raise err(errno.EINVAL)
        need = self._need(n)
        start = self._choose(need)
        if start is None:
            self._enomem += 1
            raise err(errno.ENOMEM)
        self._split(start, need)
        self._rover = start + need
        self._live[start + self._header] = n, need
        return start + self._header

    def free(self, addr: int) -> None:
        """Free the block with user address ``addr``.

        With ``coalesce`` it merges with both neighbouring holes; without, it becomes a hole of
        its own, and adjacent holes stay separate.

        EINVAL: ``addr`` is not the user address of a live block. TypeError: it is not an int.
        """
        _, need = self._live_block(addr)
        del self._live[addr]
        start = addr - self._header
        if self._coalesce:
            start, need = self._merge(start, need)
        self._holes.add(start, need)

    def size_of(self, addr: int) -> int:
        """Return the bytes that were requested for the block with user address ``addr``.

        EINVAL: ``addr`` is not the user address of a live block. TypeError: it is not an int.
        """
        n, _ = self._live_block(addr)
        return n

    def compact(self) -> dict[int, int]:
        """Slide all live blocks down, in address order, and return ``{old: new}`` user addresses.

        The dict has every live block, also those that stayed. Afterwards there is at most one
        hole, at the top, even without ``coalesce``, and the rover is ``base``.
        """
        new_of = {}
        live = sorted(self._live.items())
        self._live.clear()
        end = self._base
        for old, (n, need) in live:
            new = end + self._header
            new_of[old] = new
            self._live[new] = n, need
            self._moved += need if new != old else 0
            end += need
        self._reset_holes(end)
        return new_of

    def holes(self) -> list[tuple[int, int]]:
        """Return (start, size) of every hole, by ascending start."""
        return self._holes.items()

    def stats(self) -> dict[str, int | float]:
        """Return what is used, free and lost.

        ``total``      the size of the whole range
        ``used``       bytes in live blocks: their requests, rounded up, and headers
        ``requested``  bytes that were asked for
        ``free``       bytes in holes
        ``nholes``     how many holes
        ``largest``    the size of the largest, 0 if there is none
        ``external``   1 - largest/free: the part of the free memory outside the largest hole;
                       0.0 if nothing is free
        ``internal``   used - requested
        ``enomem``     how often an ``alloc`` failed with ENOMEM
        ``moved``      bytes of the blocks whose address changed, over all compactions
        """
        used = sum(need for _, need in self._live.values())
        requested = sum(n for n, _ in self._live.values())
        sizes = [size for _, size in self.holes()]
        free, largest = sum(sizes), max(sizes, default=0)
        return {
            "total": self._size,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(sizes),
            "largest": largest,
            "external": self._external(free, largest),
            "internal": used - requested,
            "enomem": self._enomem,
            "moved": self._moved,
        }

    def snapshot(self) -> dict[str, object]:
        """Return ``{"holes": [[start, size]...], "live": [[addr, n, need]...], "rover": int}``.

        Both lists ascend; ``need`` is the bytes that a block takes, header included.
        """
        return {
            "holes": [[start, size] for start, size in self.holes()],
            "live": [[addr, n, need] for addr, (n, need) in sorted(self._live.items())],
            "rover": self._rover,
        }

    def _need(self, n: int) -> int:
        """Return the bytes that a block for ``n`` takes: rounded up first, then the header."""
        return roundup(n, self._align) + self._header

    def _choose(self, need: int) -> int | None:
        """Return the start of the hole that the policy takes, or None if none is large enough."""
        return self._holes.choose(need, self._rover)

    def _split(self, start: int, need: int) -> None:
        """Take the low ``need`` bytes of a hole; an exact fit leaves no hole behind."""
        rest = self._holes.remove(start) - need
        if rest:
            self._holes.add(start + need, rest)

    def _merge(self, start: int, size: int) -> tuple[int, int]:
        """Take out the holes on both sides; return (start, size) of all together."""
        return self._holes.absorb_right(*self._holes.absorb_left(start, size))

    def _external(self, free: int, largest: int) -> float:
        """Return the part of the free bytes that lies outside the largest hole."""
        return 1 - largest / free if free else 0.0

    def _live_block(self, addr: int) -> tuple[int, int]:
        """Return (n, need) of the live block at ``addr``."""
        _require_int(addr)
        if addr not in self._live:
            raise err(errno.EINVAL)
        return self._live[addr]

    def _reset_holes(self, end: int) -> None:
        """Make everything from ``end`` on the only hole, and begin to look at the bottom."""
        self._holes = HoleMap(POLICIES[self._policy]())
        if end < self._base + self._size:
            self._holes.add(end, self._base + self._size - end)
        self._rover = self._base


def _require_int(value: object) -> None:
    if not isinstance(value, int):
        raise TypeError(f"an int is needed, not {type(value).__name__}")
