"""HoleAllocator with two parallel lists: where each hole starts, and how big it is."""

import errno
from bisect import bisect_left

from machine import err, roundup


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if min(size, align) < 1 or min(base, header) < 0:
            raise ValueError("bad number")
        self._search = getattr(self, f"_{policy}_fit", None) if policy in POLICIES else None
        if self._search is None:
            raise ValueError("bad policy")
        self._size, self._base, self._align, self._header = size, base, align, header
        self._coalesce = coalesce
        self._starts, self._sizes = [base], [size]
        self._live = {}
        self._rover = base
        self._enomem = self._moved = 0

    # Every search returns the index of a hole, or -1.

    def _first_fit(self, need):
        for i in range(len(self._sizes)):
            if self._sizes[i] >= need:
                return i
        return -1

    def _best_fit(self, need):
        best = -1
        for i, size in enumerate(self._sizes):
            if size >= need and (best < 0 or size < self._sizes[best]):
                best = i
        return best

    def _worst_fit(self, need):
        worst = -1
        for i, size in enumerate(self._sizes):
            if size >= need and (worst < 0 or size > self._sizes[worst]):
                worst = i
        return worst

    def _next_fit(self, need):
        if not self._sizes:
            return -1
        i = bisect_left(self._starts, self._rover)
        if i == len(self._starts):
            i = 0
        while self._sizes[i] < need:
            i += 1
            if i == len(self._sizes):
                i = 0  # wrap around
        return i

    def alloc(self, n):
        if not isinstance(n, int):
            raise TypeError("n is not an int")
        if n < 1:
            raise err(errno.EINVAL)
        need = roundup(n, self._align) + self._header
        i = self._search(need)
        if i < 0:
            self._enomem += 1
            raise err(errno.ENOMEM)
        start = self._starts[i]
        self._starts[i] += need
        self._sizes[i] -= need
        if self._sizes[i] == 0:
            del self._starts[i], self._sizes[i]
        self._rover = start + need
        self._live[start + self._header] = (n, need)
        return start + self._header

    def free(self, addr):
        self.size_of(addr)
        _, need = self._live.pop(addr)
        i = bisect_left(self._starts, addr - self._header)
        self._starts.insert(i, addr - self._header)
        self._sizes.insert(i, need)
        if self._coalesce:
            self._join(i)
            self._join(i - 1)

    def _join(self, i):
        """Join hole i and hole i + 1 if they touch."""
        if 0 <= i < len(self._starts) - 1:
            if self._starts[i] + self._sizes[i] == self._starts[i + 1]:
                self._sizes[i] += self._sizes[i + 1]
                del self._starts[i + 1], self._sizes[i + 1]

    def size_of(self, addr):
        if not isinstance(addr, int):
            raise TypeError("addr is not an int")
        if addr not in self._live:
            raise err(errno.EINVAL)
        return self._live[addr][0]

    def compact(self):
        result = {}
        live = {}
        end = self._base
        for addr in sorted(self._live):
            new = end + self._header
            result[addr] = new
            live[new] = self._live[addr]
            end += live[new][1]
            if new != addr:
                self._moved += live[new][1]
        self._live = live
        self._starts, self._sizes = [], []
        if end < self._base + self._size:
            self._starts, self._sizes = [end], [self._base + self._size - end]
        self._rover = self._base
        return result

    def holes(self):
        return list(zip(self._starts, self._sizes))

    def stats(self):
        used = sum(need for _, need in self._live.values())
        requested = sum(n for n, _ in self._live.values())
        free = sum(self._sizes)
        largest = max(self._sizes, default=0)
        return {
            "total": self._size,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(self._sizes),
            "largest": largest,
            "external": 0.0 if free == 0 else 1 - largest / free,
            "internal": used - requested,
            "enomem": self._enomem,
            "moved": self._moved,
        }

    def snapshot(self):
        return {
            "holes": [[start, size] for start, size in self.holes()],
            "live": [[addr, *self._live[addr]] for addr in sorted(self._live)],
            "rover": self._rover,
        }


POLICIES = ("first", "best", "worst", "next")
