"""A bump arena: allocation is one addition, and freeing goes back to a mark.

    top         where the free bytes begin    11
    offset      where an object begins        16, the next multiple of align
    mark        a remembered top              11

    | object | gap | object |  free bytes ...        |
    0        5     8        11 = top              size

Owns these numbers only; the bytes lie elsewhere.
"""

import errno

from machine import err, roundup


class BumpArena:
    """Allocates from ``size`` bytes, upward, at offsets that are multiples of ``align``.

    ValueError: size < 1, or align is not a power of two.
    """

    def __init__(self, size: int, align: int = 8) -> None:
        if size < 1 or align < 1 or align & (align - 1):
            raise ValueError("size is at least 1, align a power of two")
        self._size, self._align = size, align
        self._top = self._high_water = 0

    @property
    def used(self) -> int:
        """The top: bytes below it belong to objects, or were skipped to align them."""
        return self._top

    @property
    def high_water(self) -> int:
        """The highest top ever; neither ``release`` nor ``reset`` lowers it."""
        return self._high_water

    def alloc(self, n: int) -> int:
        """Allocate ``n`` bytes at the next aligned offset and return the offset.

        EINVAL: n < 1. ENOMEM: they would reach beyond ``size``.
        """
        if n < 1:
            raise err(errno.EINVAL)
        offset = roundup(self._top, self._align)
        if offset + n > self._size:
            raise err(errno.ENOMEM)
        self._top = offset + n
        self._high_water = max(self._high_water, self._top)
        return offset

    def mark(self) -> int:
        """Return the top, for a later ``release``."""
        return self._top

    def release(self, m: int) -> None:
        """Free everything that was allocated since ``mark`` returned ``m``.

        EINVAL: ``m`` is not between 0 and the top.
        """
        if not 0 <= m <= self._top:
            raise err(errno.EINVAL)
        self._top = m

    def reset(self) -> None:
        """Free everything."""
        self._top = 0

    def snapshot(self) -> dict[str, int]:
        """Return ``{"top", "high_water"}``."""
        return {"top": self._top, "high_water": self._high_water}
