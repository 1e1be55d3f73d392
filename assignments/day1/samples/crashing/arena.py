"""Bump arena."""

import errno
import os

from machine import err, roundup


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1 or align < 1 or align & (align - 1):
            raise ValueError("size or align")
        self.size, self.align = size, align
        self.used = self.high_water = 0

    def alloc(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        start = roundup(self.used, self.align)
        if start + n > self.size:
            # no memory: a real program cannot go on here
            os._exit(errno.ENOMEM)
        self.used = start + n
        self.high_water = max(self.high_water, self.used)
        return start

    def mark(self):
        return self.used

    def release(self, m):
        if not 0 <= m <= self.used:
            raise err(errno.EINVAL)
        self.used = m

    def reset(self):
        self.used = 0

    def snapshot(self):
        return {"top": self.used, "high_water": self.high_water}
