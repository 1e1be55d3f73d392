"""Where the holes are: each is known by both of its ends, so that neighbours find each other.

    hole [1020, 1032)    _size[1020] is 12, _start[1032] is 1020

Merging is what the caller decides; nothing happens to a hole that it does not ask for.
"""

from _hole_index import HoleIndex


class HoleMap:
    """The holes of a range of memory, and the index that chooses among them."""

    def __init__(self, index: HoleIndex) -> None:
        self._index = index
        self._size: dict[int, int] = {}  # by start
        self._start: dict[int, int] = {}  # by end

    def add(self, start: int, size: int) -> None:
        """Make ``[start, start + size)`` a hole of its own."""
        self._size[start] = size
        self._start[start + size] = start
        self._index.add(start, size)

    def remove(self, start: int) -> int:
        """Forget the hole at ``start`` and return its size."""
        size = self._size.pop(start)
        del self._start[start + size]
        self._index.remove(start, size)
        return size

    def choose(self, need: int, rover: int = 0) -> int | None:
        """Return the start of the hole to be used for ``need`` bytes, or None."""
        return self._index.choose(need, rover)

    def start_of(self, end: int) -> int:
        """Return the start of the hole that ends at ``end``; ``end`` itself if none does."""
        return self._start.get(end, end)

    def absorb_left(self, start: int, size: int) -> tuple[int, int]:
        """Take out the hole that ends at ``start``; return (start, size) of both together."""
        if start not in self._start:
            return start, size
        left = self._start[start]
        return left, self.remove(left) + size

    def absorb_right(self, start: int, size: int) -> tuple[int, int]:
        """Take out the hole behind ``[start, start + size)``; return (start, size) of both."""
        if start + size not in self._size:
            return start, size
        return start, size + self.remove(start + size)

    def items(self) -> list[tuple[int, int]]:
        """Return (start, size) of every hole, ascending."""
        return sorted(self._size.items())
