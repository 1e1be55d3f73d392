"""Free pieces of memory, filed by size.  Used by holes.py and by heap.py.

There is one drawer for each size that occurs.  k different sizes need at least
1 + 2 + ... + k bytes, so there are never many drawers, even if there are
thousands of pieces.  That is the whole trick.
"""

from bisect import bisect_left, insort


class Bins:
    def __init__(self):
        self.sizes = []  # which drawers exist, ascending
        self.drawer = {}  # size -> starts, ascending

    def put(self, start, size):
        if size in self.drawer:
            insort(self.drawer[size], start)
        else:
            self.drawer[size] = [start]
            insort(self.sizes, size)

    def take(self, start, size):
        starts = self.drawer[size]
        del starts[bisect_left(starts, start)]
        if not starts:
            del self.drawer[size]
            del self.sizes[bisect_left(self.sizes, size)]

    def smallest(self, need):
        """The smallest piece that is large enough, as (start, size), or None."""
        i = bisect_left(self.sizes, need)
        return self._front(self.sizes[i]) if i < len(self.sizes) else None

    def largest(self, need):
        """The largest piece of all, if it is large enough."""
        return self._front(self.sizes[-1]) if self.sizes and self.sizes[-1] >= need else None

    def lowest(self, need, floor=0):
        """The large-enough piece with the lowest start >= floor."""
        best = None
        for size in self.sizes[bisect_left(self.sizes, need) :]:
            starts = self.drawer[size]
            i = bisect_left(starts, floor)
            if i < len(starts) and (best is None or starts[i] < best[0]):
                best = starts[i], size
        return best

    def _front(self, size):
        return self.drawer[size][0], size
