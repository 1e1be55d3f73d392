"""A bump arena. (This one was easy.)"""

import errno

from machine import err, roundup


class BumpArena:
    """Allocates from ``size`` bytes, upward."""

    def __init__(self, size, align=8):
        if size < 1 or align < 1 or align & (align - 1) != 0:
            raise ValueError("size must be >= 1 and align a power of two")
        self.size = size
        self.align = align
        self.top = 0
        self.highest = 0

    @property
    def used(self):
        return self.top

    @property
    def high_water(self):
        return self.highest

    def alloc(self, n):
        """Allocate n bytes and return the offset."""
        if n < 1:
            raise err(errno.EINVAL)
        offset = roundup(self.top, self.align)
        if offset + n > self.size:
            raise err(errno.ENOMEM)
        self.top = offset + n
        self.highest = max(self.highest, self.top)
        return offset

    def mark(self):
        """Return the top."""
        return self.top

    def release(self, m):
        """Go back to a mark."""
        if m < 0 or m > self.top:
            raise err(errno.EINVAL)
        self.top = m

    def reset(self):
        """Free everything."""
        self.top = 0

    def snapshot(self):
        """Return top and high_water."""
        return {"top": self.top, "high_water": self.highest}
