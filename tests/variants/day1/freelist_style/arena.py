"""A bump arena that remembers the end of every object."""

import errno

from machine import err, roundup


class BumpArena:
    def __init__(self, size, align=8):
        if size < 1:
            raise ValueError("size")
        if align not in [1 << k for k in range(align.bit_length())]:
            raise ValueError("align")
        self._size = size
        self._align = align
        self._tops = [0]
        self._highest = 0

    @property
    def used(self):
        return self._tops[-1]

    @property
    def high_water(self):
        return self._highest

    def alloc(self, n):
        if not n >= 1:
            raise err(errno.EINVAL)
        offset = roundup(self.used, self._align)
        top = offset + n
        if top > self._size:
            raise err(errno.ENOMEM)
        self._tops.append(top)
        if top > self._highest:
            self._highest = top
        return offset

    def mark(self):
        return self.used

    def release(self, m):
        if not 0 <= m <= self.used:
            raise err(errno.EINVAL)
        while self._tops[-1] > m:
            self._tops.pop()
        if self._tops[-1] < m:
            self._tops.append(m)

    def reset(self):
        self._tops = [0]

    def snapshot(self):
        return {"top": self.used, "high_water": self.high_water}
