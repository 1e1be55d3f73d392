"""malloc.  Prints a message and ends when it is used wrongly, like glibc does."""

import errno
import sys

from machine import err, roundup


def die(message):
    print(f"heap: {message}", file=sys.stderr)
    sys.exit(1)


class Heap:
    def __init__(self, mem):
        self.mem = mem
        self.live = {}
        self.bins = {}  # size of a block -> list of free ones of exactly this size

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        size = roundup(n + 8, 16)
        if self.bins.get(size):
            p = self.bins[size].pop()
        else:
            try:
                p = self.mem.sbrk(size)
            except OSError:
                die("out of memory")
        self.live[p] = n
        return p

    def free(self, p):
        if p is None:
            return
        if p not in self.live:
            die(f"invalid pointer {p:#x}")
        n = self.live.pop(p)
        self.bins.setdefault(roundup(n + 8, 16), []).append(p)

    def calloc(self, k, n):
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        if k * n >= 2**63:
            raise err(errno.ENOMEM)
        p = self.malloc(k * n)
        if p:
            self.mem.store(p, bytes(k * n))
        return p

    def realloc(self, p, n):
        if p is None:
            return self.malloc(n)
        if p not in self.live:
            die(f"invalid pointer {p:#x}")
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return self.free(p)
        new = self.malloc(n)
        self.mem.store(new, self.mem.load(p, min(n, self.live[p])))
        self.free(p)
        return new

    def usable_size(self, p):
        if p is None:
            return 0
        if p not in self.live:
            raise err(errno.EINVAL)
        return roundup(self.live[p] + 8, 16) - 8

    def free_bytes(self):
        return self.mem.brk - self.mem.base - sum(self.live.values())

    def snapshot(self):
        return {"live": [list(item) for item in sorted(self.live.items())]}
