"""The data segment of a program: memory that grows and shrinks at its upper end.

    base             brk         peak         base + limit
     | bytes in use   |  given up  |  never used  |

Owns the bytes and the break; what lies where is its user's business.
"""

import errno

from .errors import err
from .traps import SegFault

_ALIGN = 16
_GIVEN_UP = b"\xdb"  # a program that gets such bytes back must not trust what they hold


class SimHeap:
    """Simulated memory ``[base, brk)``, all of it readable and writable.

    ``base`` is a multiple of 16 (bytes, as are all addresses here), and ``brk`` starts there.
    Bytes are zero when the break first passes them; bytes that were given up and obtained
    again are 0xDB. ValueError: a bad ``base``, or limit < 0.
    """

    def __init__(self, limit: int = 1 << 20, base: int = 0x10000) -> None:
        if base < 0 or base % _ALIGN:
            raise ValueError(f"base is {base}; it must be a multiple of {_ALIGN}")
        if limit < 0:
            raise ValueError(f"limit is {limit}; it must not be negative")
        self._base = base
        self._limit = limit
        self._brk = base
        self._bytes = bytearray()  # [base, peak)
        self._sbrk_calls = 0

    @property
    def base(self) -> int:
        """The lowest address."""
        return self._base

    @property
    def brk(self) -> int:
        """The break: the first address beyond the memory in use."""
        return self._brk

    @property
    def peak(self) -> int:
        """The highest break so far."""
        return self._base + len(self._bytes)

    @property
    def sbrk_calls(self) -> int:
        """How often ``sbrk`` was called, failures and ``sbrk(0)`` included."""
        return self._sbrk_calls

    def sbrk(self, incr: int) -> int:
        """Move the break by ``incr`` bytes and return the old break; ``sbrk(0)`` only reads it.

        ENOMEM: above base + limit. EINVAL: below base. Both leave the break where it is.
        """
        self._sbrk_calls += 1
        old, new = self._brk, self._brk + incr
        if new > self._base + self._limit:
            raise err(errno.ENOMEM)
        if new < self._base:
            raise err(errno.EINVAL)
        if new < old:
            self._bytes[new - self._base : old - self._base] = _GIVEN_UP * (old - new)
        self._bytes.extend(bytes(max(0, new - self.peak)))
        self._brk = new
        return old

    def load(self, a: int, n: int) -> bytes:
        """Return the ``n`` bytes at address ``a``. SegFault: they are not all in memory."""
        at = self._offset(a, n, "r")
        return bytes(self._bytes[at : at + n])

    def store(self, a: int, b: bytes) -> None:
        """Write the bytes ``b`` at address ``a``. SegFault, nothing written: they do not fit."""
        at = self._offset(a, len(b), "w")
        self._bytes[at : at + len(b)] = b

    def _offset(self, a: int, n: int, access: str) -> int:
        if n < 0:
            raise ValueError(f"n is {n}; a number of bytes is not negative")
        if n and not self._base <= a < self._brk:
            raise SegFault(a, access, "MAPERR")
        if n and a + n > self._brk:
            raise SegFault(self._brk, access, "MAPERR")
        return a - self._base
