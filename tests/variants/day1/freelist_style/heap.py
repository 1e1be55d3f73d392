"""malloc as an implicit list: every block has a header of eight bytes inside the memory.

    base                                                      brk
     | pad 8 | size, n | payload ... | size, n | payload ... |

``size`` is that of the whole block, a multiple of 16; ``n`` the requested bytes, 0 in a free
block. Free neighbours are joined, and a free block at the end is given back.
"""

import errno
import struct

from machine import err, roundup

HEADER = struct.Struct("<II")
LIMIT = 2**32


class Heap:
    def __init__(self, mem):
        self.mem = mem
        self.first = mem.base + 8

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        if n >= LIMIT - 32:
            raise err(errno.ENOMEM)
        size = roundup(n + 8, 16)
        for at, free, used in self._blocks():
            if not used and free >= size:
                return self._use(at, free, size, n)
        if self.mem.brk == self.mem.base:
            self.mem.sbrk(8 + size)
        else:
            self.mem.sbrk(size)
        return self._use(self.mem.brk - size, size, size, n)

    def free(self, p):
        if p is None:
            return
        at, size, _ = self._find(p)
        self._write(at, size, 0)
        self._join()

    def calloc(self, k, n):
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        if k * n >= 1 << 63:
            raise err(errno.ENOMEM)
        p = self.malloc(k * n)
        if p is not None:
            self.mem.store(p, bytes(k * n))
        return p

    def realloc(self, p, n):
        if p is None:
            return self.malloc(n)
        at, size, old = self._find(p)
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            self.free(p)
            return None
        if n + 8 <= size:
            self._write(at, size, n)
            return p
        q = self.malloc(n)
        self.mem.store(q, self.mem.load(p, min(old, n)))
        self.free(p)
        return q

    def usable_size(self, p):
        return 0 if p is None else self._find(p)[1] - 8

    def free_bytes(self):
        return self.mem.brk - self.mem.base - sum(n for _, _, n in self._blocks())

    def snapshot(self):
        return {"live": [[at + 8, n] for at, _, n in self._blocks() if n]}

    def _blocks(self):
        at = self.first
        while at < self.mem.brk:
            size, n = HEADER.unpack(self.mem.load(at, 8))
            yield at, size, n
            at += size

    def _write(self, at, size, n):
        self.mem.store(at, HEADER.pack(size, n))

    def _find(self, p):
        for at, size, n in self._blocks():
            if at + 8 == p and n:
                return at, size, n
        raise err(errno.EINVAL)

    def _use(self, at, free, size, n):
        if free > size:
            self._write(at + size, free - size, 0)
        self._write(at, size, n)
        return at + 8

    def _join(self):
        run = None  # the free block that began last
        for at, size, n in list(self._blocks()):
            if n:
                run = None
            elif run is None:
                run = (at, size)
            else:
                run = (run[0], run[1] + size)
                self._write(*run, 0)
        if run is not None:
            self.mem.sbrk(-run[1])
            if self.mem.brk == self.first:
                self.mem.sbrk(-8)
