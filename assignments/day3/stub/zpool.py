r"""A pool of compressed pages: a cache in RAM before the slow backing store.

Owns the compressed copies it was given until they are loaded again or, oldest first, have
to make room; then it hands the page to ``writeback``.

    page    page_size bytes
    code    the compressed page: b"\0" + byte             if all its bytes are equal
                                 b"\1" + count byte ...   otherwise, runs of 1 to 255 bytes
    used    bytes of all codes in the pool
"""

from collections.abc import Callable, Hashable


class ZPool:
    """A pool of at most ``capacity`` bytes of codes of pages of ``page_size`` bytes.

    ``writeback(key, page)`` is called for each entry that must leave to make room.
    Raises ValueError for capacity < 0 or page_size < 1.
    """

    def __init__(
        self, capacity: int, page_size: int, writeback: Callable[[Hashable, bytes], object]
    ) -> None:
        raise NotImplementedError

    def store(self, key: Hashable, page: bytes) -> bool:
        """Keep ``page`` under ``key`` as the newest entry; return whether the pool took it.

        An older entry of this key is out of date: it goes first, and is not written back.
        False, and nothing stored, if the code is longer than (3 * page_size) // 4 bytes or
        than the capacity: the caller keeps the page. Otherwise the entries stored earliest
        are removed and written back, one by one, until the code fits.
        Raises EINVAL, and changes nothing, if the page is not page_size bytes long.
        Choice: the older entry stays dropped even where the new page is refused.
        """
        raise NotImplementedError

    def load(self, key: Hashable) -> bytes:
        """Return the page of ``key`` and remove it from the pool; ENOENT if it is not there."""
        raise NotImplementedError

    @property
    def used(self) -> int:
        """Bytes of all codes in the pool."""
        raise NotImplementedError

    def ratio(self) -> float:
        """Return the bytes of all pages in the pool over the bytes used, 0.0 when empty."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return {"used", "entries": [[key, code], ...]}, the entries oldest first."""
        raise NotImplementedError
