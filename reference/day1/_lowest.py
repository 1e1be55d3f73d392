"""A set of numbers that knows its lowest member: free frames, partial slabs, free indexes."""

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush


class LowestFirst:
    """A set of int whose lowest member is found in O(log n), amortised.

    The set tells the truth, the heap only proposes. A number that is discarded stays in the heap
    until it comes to the top; ``_queued`` keeps one that returns from being there twice.
    """

    def __init__(self, members: Iterable[int] = ()) -> None:
        self._members = set(members)
        self._queued = set(self._members)
        self._heap = list(self._members)
        heapify(self._heap)

    def __contains__(self, x: int) -> bool:
        return x in self._members

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[int]:
        """Yield the members, ascending."""
        return iter(sorted(self._members))

    def add(self, x: int) -> None:
        """Put ``x`` into the set."""
        self._members.add(x)
        if x not in self._queued:
            self._queued.add(x)
            heappush(self._heap, x)

    def discard(self, x: int) -> None:
        """Take ``x`` out of the set, if it is a member."""
        self._members.discard(x)

    def lowest(self) -> int:
        """Return the lowest member of a set that is not empty."""
        while self._heap[0] not in self._members:
            self._queued.remove(heappop(self._heap))
        return self._heap[0]
