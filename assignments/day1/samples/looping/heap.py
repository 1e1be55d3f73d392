"""malloc with headers of 16 bytes in front of each payload, kept in Python.

The header's place is left free in the memory, but what would be in it is in a dict.
"""

import errno

from machine import err, roundup

HEADER = 16


class Heap:
    def __init__(self, mem):
        self._mem = mem
        self._live = {}  # p -> n
        self._holes = {}  # p of a freed block -> bytes from p on

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        room = roundup(n, 16)
        fitting = [(size, p) for p, size in self._holes.items() if size >= room]
        if fitting:
            size, p = min(fitting)
            del self._holes[p]
            if size - room > HEADER:
                self._holes[p + room + HEADER] = size - room - HEADER
        else:
            p = self._mem.sbrk(HEADER + room) + HEADER
        self._live[p] = n
        return p

    def free(self, p):
        if p is None:
            return
        if p not in self._live:
            raise err(errno.EINVAL)
        self._holes[p] = roundup(self._live.pop(p), 16)

    def calloc(self, k, n):
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        if k * n >= 1 << 63:
            raise err(errno.ENOMEM)
        p = self.malloc(k * n)
        if p is not None:
            self._mem.store(p, bytes(k * n))
        return p

    def realloc(self, p, n):
        if p is None:
            return self.malloc(n)
        if p not in self._live or n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            self.free(p)
            return None
        q = self.malloc(n)
        left = min(n, self._live[p])
        at = 0
        while left > 0:
            step = left // 16 * 16  # whole lines of 16 bytes
            self._mem.store(q + at, self._mem.load(p + at, step))
            at += step
            left -= step
        self.free(p)
        return q

    def usable_size(self, p):
        if p is None:
            return 0
        if p not in self._live:
            raise err(errno.EINVAL)
        return roundup(self._live[p], 16)

    def free_bytes(self):
        return self._mem.brk - self._mem.base - sum(self._live.values())

    def snapshot(self):
        return {"live": [[p, self._live[p]] for p in sorted(self._live)]}
