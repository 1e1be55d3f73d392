# wrong 21 of heap: takes all memory at the start and uses none of it twice; loses D1.17
"""All memory is taken from the system at once, and handed out from bottom to top, once."""

import errno

from machine import err
from right.heap import Heap as Right


class Heap(Right):
    def __init__(self, mem):
        super().__init__(mem)
        self._mem = mem
        self._sizes = {}
        step = 1 << 20
        while step >= 16:
            try:
                mem.sbrk(step)
            except OSError:
                step //= 2
        self._top = mem.base

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        need = (n + 8 + 15) // 16 * 16
        if self._top + need > self._mem.brk:
            raise err(errno.ENOMEM)
        p, self._top = self._top, self._top + need
        self._sizes[p] = n
        return p

    def free(self, p):
        if p is None:
            return
        self._require(p)
        del self._sizes[p]

    def calloc(self, k, n):
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        return self.malloc(k * n)

    def realloc(self, p, n):
        if p is None:
            return self.malloc(n)
        self._require(p)
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return self.free(p)
        q = self.malloc(n)
        kept = self._mem.load(p, min(n, self._sizes[p]))
        self._mem.store(q, kept)
        self.free(p)
        return q

    def usable_size(self, p):
        if p is None:
            return 0
        self._require(p)
        return self._sizes[p]

    def free_bytes(self):
        return self._mem.brk - self._mem.base - sum(self._sizes.values())

    def snapshot(self):
        return {"live": [[p, n] for p, n in sorted(self._sizes.items())]}

    def _require(self, p):
        if p not in self._sizes:
            raise err(errno.EINVAL)
