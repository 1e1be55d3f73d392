# wrong 18 of heap: calloc does not clear recycled memory; loses D1.16
"""calloc relies on fresh memory being zero."""

from right.heap import Heap as Right


class Heap(Right):
    def _clear(self, p: int, size: int) -> None:
        pass
