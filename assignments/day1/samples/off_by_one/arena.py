"""Bump arena."""

import errno

from machine import err, roundup


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1 or align < 1 or align & (align - 1):
            raise ValueError("BumpArena")
        self._size, self._align = size, align
        self._top, self._high = 0, 0

    used = property(lambda self: self._top)
    high_water = property(lambda self: self._high)

    def alloc(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        offset = roundup(self._top, self._align)
        if offset + n > self._size:
            raise err(errno.ENOMEM)
        self._top = offset + n
        self._high = max(self._high, self._top)
        return offset

    def mark(self):
        return self._top

    def release(self, m):
        if not 0 <= m <= self._top:
            raise err(errno.EINVAL)
        self._top = m

    def reset(self):
        self._top = 0

    def snapshot(self):
        return {"top": self._top, "high_water": self._high}
