"""Which hole to take: four policies, each on an index that spares it a look at every hole.

    start  where a hole begins, an address         1020
    size   its bytes, at least 1                   12
    need   bytes that must fit                     20
    rover  where next fit begins its search        1032

An index is told of every hole that appears (``add``) and goes (``remove``). Its ``choose``
returns the start of the hole to be used, or None if none has ``need`` bytes.
"""

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from math import isqrt
from typing import Protocol


class HoleIndex(Protocol):
    """What every policy offers."""

    def add(self, start: int, size: int) -> None:
        """Take note of a new hole."""

    def remove(self, start: int, size: int) -> None:
        """Forget a hole."""

    def choose(self, need: int, rover: int) -> int | None:
        """Return the start of the hole that the policy takes, or None if none is large enough."""


@dataclass(slots=True)
class _Chunk:
    """Neighbouring holes, all starting at ``low`` or above and below the next chunk's ``low``."""

    low: int
    starts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    largest: int = 0

    def measure(self) -> None:
        """Bring ``largest`` up to date."""
        self.largest = max(self.sizes, default=0)

    def first(self, need: int, at: int = 0) -> int | None:
        """Return the start of the first hole of ``need`` bytes, from position ``at`` on."""
        for i in range(at, len(self.sizes)):
            if self.sizes[i] >= need:
                return self.starts[i]
        return None


class AddressIndex:
    """Holes in address order, cut into chunks of about sqrt(holes).

    A search steps over every chunk whose largest hole is too small, and looks at the holes of
    one chunk only: about sqrt(holes) steps each, however many small holes come first.
    """

    def __init__(self) -> None:
        self._chunks = [_Chunk(low=0)]
        self._holes = 0

    def add(self, start: int, size: int) -> None:
        """Take note of a new hole."""
        i = self._chunk_of(start)
        chunk = self._chunks[i]
        at = bisect_left(chunk.starts, start)
        chunk.starts.insert(at, start)
        chunk.sizes.insert(at, size)
        chunk.largest = max(chunk.largest, size)
        self._holes += 1
        if len(chunk.starts) > 2 * isqrt(self._holes):
            self._halve(i)

    def remove(self, start: int, size: int) -> None:
        """Forget a hole."""
        i = self._chunk_of(start)
        chunk = self._chunks[i]
        at = bisect_left(chunk.starts, start)
        del chunk.starts[at], chunk.sizes[at]
        if size == chunk.largest:
            chunk.measure()
        self._holes -= 1
        if i and len(chunk.starts) + len(self._chunks[i - 1].starts) <= isqrt(self._holes):
            self._join(i - 1)

    def first(self, need: int, lowest: int = 0) -> int | None:
        """Return the lowest start, at ``lowest`` or above, of a hole of ``need`` bytes."""
        i = self._chunk_of(lowest)
        found = self._chunks[i].first(need, bisect_left(self._chunks[i].starts, lowest))
        if found is not None:
            return found
        for j in range(i + 1, len(self._chunks)):
            if self._chunks[j].largest >= need:
                return self._chunks[j].first(need)
        return None

    def _chunk_of(self, start: int) -> int:
        return bisect_right(self._chunks, start, key=lambda chunk: chunk.low) - 1

    def _halve(self, i: int) -> None:
        """Move the upper half of chunk ``i`` into a chunk of its own behind it."""
        chunk = self._chunks[i]
        middle = len(chunk.starts) // 2
        upper = _Chunk(chunk.starts[middle], chunk.starts[middle:], chunk.sizes[middle:])
        del chunk.starts[middle:], chunk.sizes[middle:]
        chunk.measure()
        upper.measure()
        self._chunks.insert(i + 1, upper)

    def _join(self, i: int) -> None:
        """Make one chunk of chunk ``i`` and the one behind it."""
        chunk, upper = self._chunks[i], self._chunks.pop(i + 1)
        chunk.starts += upper.starts
        chunk.sizes += upper.sizes
        chunk.measure()


class SizeIndex:
    """Holes ordered by size, those of one size by start."""

    def __init__(self) -> None:
        self._order: list[tuple[int, int]] = []  # (size, start)

    def add(self, start: int, size: int) -> None:
        """Take note of a new hole."""
        insort(self._order, (size, start))

    def remove(self, start: int, size: int) -> None:
        """Forget a hole."""
        del self._order[bisect_left(self._order, (size, start))]

    def first(self, size: int) -> int | None:
        """Return the lowest start of the smallest holes with at least ``size`` bytes."""
        i = bisect_left(self._order, (size, -1))
        return self._order[i][1] if i < len(self._order) else None

    def largest(self) -> int:
        """Return the largest size, or 0 if there is no hole."""
        return self._order[-1][0] if self._order else 0


class FirstFit(AddressIndex):
    """The lowest hole that is large enough."""

    def choose(self, need: int, rover: int) -> int | None:  # noqa: ARG002 - for next fit
        """Return the lowest start of a hole of ``need`` bytes."""
        return self.first(need)


class NextFit(AddressIndex):
    """The first hole that is large enough at the rover or above; else the lowest of all."""

    def choose(self, need: int, rover: int) -> int | None:
        """Return the lowest start from the rover on, else the lowest."""
        found = self.first(need, lowest=rover)
        return self.first(need) if found is None else found


class BestFit(SizeIndex):
    """The smallest hole that is large enough; of several, the lowest."""

    def choose(self, need: int, rover: int) -> int | None:  # noqa: ARG002 - for next fit
        """Return the lowest start of the smallest holes that have ``need`` bytes."""
        return self.first(need)


class WorstFit(SizeIndex):
    """The largest hole; of several, the lowest."""

    def choose(self, need: int, rover: int) -> int | None:  # noqa: ARG002 - for next fit
        """Return the lowest start of the largest holes, if they have ``need`` bytes."""
        largest = self.largest()
        return self.first(largest) if largest >= need else None


POLICIES: dict[str, type[HoleIndex]] = {
    "first": FirstFit,
    "best": BestFit,
    "worst": WorstFit,
    "next": NextFit,
}
