"""malloc: an address-ordered list of free blocks, first fit."""

import errno

from machine import err, roundup


class Heap:
    def __init__(self, mem):
        self._mem = mem
        self._free = []  # [start, size], sorted
        self._live = {}  # p: n

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        need = roundup(n + 8, 16)
        for i, (start, size) in enumerate(self._free):
            if size >= need:
                if size == need:
                    del self._free[i]
                else:
                    self._free[i] = [start + need, size - need]
                break
        else:
            start = self._mem.sbrk(need)
        self._live[start] = n
        return start

    def free(self, p):
        if p is None:
            return
        if p not in self._live:
            raise err(errno.EINVAL)
        self._free.append([p, roundup(self._live.pop(p) + 8, 16)])
        self._free.sort()
        i = 0
        while i < len(self._free) - 1:
            if sum(self._free[i]) == self._free[i + 1][0]:
                self._free[i][1] += self._free.pop(i + 1)[1]
            else:
                i += 1

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
        self._mem.store(q, self._mem.load(p, n))
        self.free(p)
        return q

    def usable_size(self, p):
        if p is None:
            return 0
        if p not in self._live:
            raise err(errno.EINVAL)
        return roundup(self._live[p] + 8, 16) - 8

    def free_bytes(self):
        return self._mem.brk - self._mem.base - sum(self._live.values())

    def snapshot(self):
        return {"live": sorted([p, n] for p, n in self._live.items())}
