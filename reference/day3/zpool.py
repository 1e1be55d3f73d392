r"""A pool of compressed pages: a cache in RAM before the slow backing store.

Owns the compressed copies it was given until they are loaded again or, oldest first, have
to make room; then it hands the page to ``writeback``.

    page    page_size bytes
    code    the compressed page: b"\0" + byte             if all its bytes are equal
                                 b"\1" + count byte ...   otherwise, runs of 1 to 255 bytes
    used    bytes of all codes in the pool
"""

import errno
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import groupby

from machine import err

_EQUAL, _RUNS = b"\0", b"\1"
_LONGEST_RUN = 255


class ZPool:
    """A pool of at most ``capacity`` bytes of codes of pages of ``page_size`` bytes.

    ``writeback(key, page)`` is called for each entry that must leave to make room.
    Raises ValueError for capacity < 0 or page_size < 1.
    """

    def __init__(
        self, capacity: int, page_size: int, writeback: Callable[[Hashable, bytes], object]
    ) -> None:
        if capacity < 0:
            raise ValueError(f"capacity must be at least 0, got {capacity}")
        if page_size < 1:
            raise ValueError(f"page_size must be at least 1, got {page_size}")
        self._capacity = capacity
        self._page_size = page_size
        self._writeback = writeback
        self._codes: OrderedDict[Hashable, bytes] = OrderedDict()  # oldest first
        self._used = 0

    def store(self, key: Hashable, page: bytes) -> bool:
        """Keep ``page`` under ``key`` as the newest entry; return whether the pool took it.

        An older entry of this key is out of date: it goes first, and is not written back.
        False, and nothing stored, if the code is longer than (3 * page_size) // 4 bytes or
        than the capacity: the caller keeps the page. Otherwise the entries stored earliest
        are removed and written back, one by one, until the code fits.
        Raises EINVAL, and changes nothing, if the page is not page_size bytes long.
        Choice: the older entry stays dropped even where the new page is refused.
        """
        if len(page) != self._page_size:
            raise err(errno.EINVAL)
        self._drop(key)
        code = _encode(page)
        if len(code) > min(3 * self._page_size // 4, self._capacity):
            return False
        self._make_room(len(code))
        self._codes[key] = code
        self._used += len(code)
        return True

    def load(self, key: Hashable) -> bytes:
        """Return the page of ``key`` and remove it from the pool; ENOENT if it is not there."""
        if key not in self._codes:
            raise err(errno.ENOENT)
        return _decode(self._drop(key), self._page_size)

    @property
    def used(self) -> int:
        """Bytes of all codes in the pool."""
        return self._used

    def ratio(self) -> float:
        """Return the bytes of all pages in the pool over the bytes used, 0.0 when empty."""
        if not self._codes:
            return 0.0
        return len(self._codes) * self._page_size / self._used

    def snapshot(self) -> dict[str, object]:
        """Return {"used", "entries": [[key, code], ...]}, the entries oldest first."""
        entries = [[key, code] for key, code in self._codes.items()]
        return {"used": self._used, "entries": entries}

    def _drop(self, key: Hashable) -> bytes:
        code = self._codes.pop(key, b"")
        self._used -= len(code)
        return code

    def _make_room(self, length: int) -> None:
        while self._used + length > self._capacity:
            oldest = next(iter(self._codes))
            self._writeback(oldest, _decode(self._drop(oldest), self._page_size))


def _encode(page: bytes) -> bytes:
    if page == page[:1] * len(page):
        return _EQUAL + page[:1]
    code = bytearray(_RUNS)
    for byte, same in groupby(page):
        full, rest = divmod(len(list(same)), _LONGEST_RUN)
        code += bytes([_LONGEST_RUN, byte]) * full
        if rest:
            code += bytes([rest, byte])
    return bytes(code)


def _decode(code: bytes, page_size: int) -> bytes:
    if code[:1] == _EQUAL:
        return code[1:] * page_size
    runs = zip(code[1::2], code[2::2], strict=True)
    return b"".join(bytes([byte]) * count for count, byte in runs)
