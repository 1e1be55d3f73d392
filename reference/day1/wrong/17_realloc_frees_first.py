# wrong 17 of heap: realloc frees the old block before ENOMEM; loses D1.17 D1.22
"""The old block is given back before it is known whether there is a new one."""

from right.heap import Heap as Right


class Heap(Right):
    def realloc(self, p: int | None, n: int) -> int | None:
        if p is None or n <= 0:
            return super().realloc(p, n)
        kept = self._mem.load(p, min(self._requested(p), n))
        self.free(p)
        q = self.malloc(n)
        self._mem.store(q, kept)
        return q
