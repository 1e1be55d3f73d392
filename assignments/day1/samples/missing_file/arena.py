"""Bump arena (finished in the bus, not tried out)."""

from errno import EINVAL, ENOMEM

from machine import err, roundup


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1 or align < 1 or align & (align - 1)
            raise ValueError("size or align")
        self.size = size
        self.align = align
        self.top = 0
        self.high = 0

    @property
    def used(self):
        return self.top

    @property
    def high_water(self):
        return self.high

    def alloc(self, n):
        if n < 1:
            raise err(EINVAL)
        offset = roundup(self.top, self.align)
        if offset + n > self.size:
            raise err(ENOMEM)
        self.top = offset + n
        self.high = max(self.high, self.top)
        return offset

    def mark(self):
        return self.top

    def release(self, m):
        if m < 0 or m > self.top:
            raise err(EINVAL)
        self.top = m

    def reset(self):
        self.top = 0

    def snapshot(self):
        return {"top": self.top, "high_water": self.high}
