"""A Fenwick tree: a row of counts whose partial sums cost O(log n), as does changing one.

    _sums[i]    the sum of the counts at positions i - (i & -i) .. i - 1, for 1 <= i <= n
    i & -i      the lowest set bit of i: 4 for 12

Source: P. M. Fenwick, "A new data structure for cumulative frequency tables", 1994.
"""


class Fenwick:
    """Counts at the positions 0 to n - 1, all 0 at first."""

    def __init__(self, n: int) -> None:
        self._sums = [0] * (n + 1)

    def add(self, position: int, amount: int) -> None:
        """Add ``amount`` to the count at ``position``."""
        i = position + 1
        while i < len(self._sums):
            self._sums[i] += amount
            i += i & -i

    def before(self, position: int) -> int:
        """Return the sum of the counts at all positions below ``position``."""
        total = 0
        i = position
        while i:
            total += self._sums[i]
            i &= i - 1
        return total
