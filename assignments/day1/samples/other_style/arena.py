"""Bump arena.  Nothing to it: two numbers."""

import errno

from machine import err


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1:
            raise ValueError("no room in there")
        if align < 1 or bin(align).count("1") != 1:
            raise ValueError("align must be a power of two")
        self.size = size
        self.mask = align - 1
        self.used = 0
        self.high_water = 0

    def alloc(self, n):
        start = (self.used + self.mask) & ~self.mask
        if n < 1:
            raise err(errno.EINVAL)
        if start + n > self.size:
            raise err(errno.ENOMEM)
        self.used = start + n
        if self.used > self.high_water:
            self.high_water = self.used
        return start

    def mark(self):
        return self.used

    def release(self, m):
        if m < 0 or m > self.used:
            raise err(errno.EINVAL)
        self.used = m

    def reset(self):
        self.used = 0

    def snapshot(self):
        return {"top": self.used, "high_water": self.high_water}
