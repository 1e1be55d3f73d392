"""malloc with segregated free lists: blocks of 32, 64, 128 ... bytes that are never split.

All bookkeeping is in Python objects; a block's last eight bytes are the gap.
"""

import errno

from machine import err

_ALIGN = 16
_GAP = 8
_SMALLEST = 32
_CHUNK = 1024


class Heap:
    def __init__(self, mem):
        self.mem = mem
        self.lists = {}  # size of a block -> addresses of free ones, the last freed first
        self.live = {}  # address -> (requested, size of its block)
        self.fresh = mem.base  # from here to the break nothing was ever handed out

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        size = _SMALLEST
        while size < n + _GAP:
            size *= 2
        if self.lists.get(size):
            p = self.lists[size].pop()
        else:
            p = self._cut(size, n)
        self.live[p] = (n, size)
        return p

    def free(self, p):
        if p is None:
            return
        if p not in self.live:
            raise err(errno.EINVAL)
        _, size = self.live.pop(p)
        self.lists.setdefault(size, []).append(p)

    def calloc(self, k, n):
        if k < 0 or n < 0:
            raise err(errno.EINVAL)
        if k * n >= 2**63:
            raise err(errno.ENOMEM)
        p = self.malloc(k * n)
        if p is not None:
            self.mem.store(p, b"\0" * (k * n))
        return p

    def realloc(self, p, n):
        if p is None:
            return self.malloc(n)
        if p not in self.live or n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            self.free(p)
            return None
        old, size = self.live[p]
        if n + _GAP <= size:
            self.live[p] = (n, size)
            return p
        q = self.malloc(n)
        self.mem.store(q, self.mem.load(p, min(old, n)))
        self.free(p)
        return q

    def usable_size(self, p):
        if p is None:
            return 0
        if p not in self.live:
            raise err(errno.EINVAL)
        return self.live[p][1] - _GAP

    def free_bytes(self):
        return self.mem.brk - self.mem.base - sum(n for n, _ in self.live.values())

    def snapshot(self):
        return {"live": [[p, n] for p, (n, _) in sorted(self.live.items())]}

    def _cut(self, size, n):
        """Take a block from fresh memory; get a whole chunk if there is one, else what is needed."""
        missing = self.fresh + size - self.mem.brk
        if missing > 0:
            try:
                self.mem.sbrk(max(missing, _CHUNK))
            except OSError:
                self.mem.sbrk(missing)
        p, self.fresh = self.fresh, self.fresh + size
        return p
