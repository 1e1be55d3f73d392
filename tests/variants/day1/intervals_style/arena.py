"""A bump arena."""

import errno

from machine import err


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1 or align < 1 or align & (align - 1) != 0:
            raise ValueError("size or align")
        self.size, self.align = size, align
        self.used = 0
        self.high_water = 0

    def alloc(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        offset = self.used + -self.used % self.align
        if offset + n > self.size:
            raise err(errno.ENOMEM)
        self.used = offset + n
        self.high_water = max(self.high_water, self.used)
        return offset

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
