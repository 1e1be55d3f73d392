"""A bump arena: allocation is one addition, and freeing goes back to a mark.

    top         where the free bytes begin    11
    offset      where an object begins        16, the next multiple of align
    mark        a remembered top              11

    | object | gap | object |  free bytes ...        |
    0        5     8        11 = top              size

Owns these numbers only; the bytes lie elsewhere.
"""


class BumpArena:
    """Allocates from ``size`` bytes, upward, at offsets that are multiples of ``align``.

    ValueError: size < 1, or align is not a power of two.
    """

    def __init__(self, size: int, align: int = 8) -> None:
        raise NotImplementedError

    @property
    def used(self) -> int:
        """The top: bytes below it belong to objects, or were skipped to align them."""
        raise NotImplementedError

    @property
    def high_water(self) -> int:
        """The highest top ever; neither ``release`` nor ``reset`` lowers it."""
        raise NotImplementedError

    def alloc(self, n: int) -> int:
        """Allocate ``n`` bytes at the next aligned offset and return the offset.

        EINVAL: n < 1. ENOMEM: they would reach beyond ``size``.
        """
        raise NotImplementedError

    def mark(self) -> int:
        """Return the top, for a later ``release``."""
        raise NotImplementedError

    def release(self, m: int) -> None:
        """Free everything that was allocated since ``mark`` returned ``m``.

        EINVAL: ``m`` is not between 0 and the top.
        """
        raise NotImplementedError

    def reset(self) -> None:
        """Free everything."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, int]:
        """Return ``{"top", "high_water"}``."""
        raise NotImplementedError
