"""Bump arena; remembers the top and the highest top."""

import errno

from machine import err, roundup


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1 or align < 1 or bin(align).count("1") > 1:
            raise ValueError("arena")
        self._size = size
        self._align = align
        self._tops = [0]  # now, and the highest so far, is all that is ever asked for
        self._highest = 0

    @property
    def used(self):
        return self._tops[-1]

    @property
    def high_water(self):
        return self._highest

    def alloc(self, n):
        if n < 1:
            raise err(errno.EINVAL)
        offset = roundup(self.used, self._align)
        if offset + n > self._size:
            raise err(errno.ENOMEM)
        self._tops.append(offset + n)
        self._highest = max(self._highest, offset + n)
        return offset

    def mark(self):
        return self.used

    def release(self, m):
        if not 0 <= m <= self.used:
            raise err(errno.EINVAL)
        self._tops.append(m)

    def reset(self):
        self._tops = [0]

    def snapshot(self):
        return {"top": self.used, "high_water": self.high_water}
