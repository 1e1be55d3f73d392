# wrong 16 of heap: realloc copies n bytes from a shorter block; loses D1.16
"""The new size is used for the copy, so a growing block is read beyond its end."""

from right.heap import Heap as Right


class Heap(Right):
    def realloc(self, p: int | None, n: int) -> int | None:
        if p is None or n <= 0:
            return super().realloc(p, n)
        self.usable_size(p)
        q = self.malloc(n)
        self._mem.store(q, self._mem.load(p, n))
        self.free(p)
        return q
