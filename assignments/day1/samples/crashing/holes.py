"""Holes and blocks in two dicts."""

import errno

from machine import err, roundup


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if size < 1 or base < 0 or align < 1 or header < 0:
            raise ValueError("number out of range")
        # how to rank the holes that fit: the smallest key wins
        ranks = {
            "first": lambda start: start,
            "best": lambda start: (self.hole[start], start),
            "worst": lambda start: (-self.hole[start], start),
            "next": lambda start: (start < self.rover, start),
        }
        if policy not in ranks:
            raise ValueError("policy?")
        self.rank = ranks[policy]
        self.size, self.base, self.align, self.header = size, base, align, header
        self.coalesce = coalesce
        self.hole = {base: size}  # start -> size
        self.block = {}  # user address -> (n, need)
        self.rover = base
        self.enomem = 0
        self.moved = 0

    def alloc(self, n):
        if not isinstance(n, int):
            raise TypeError
        if n < 1:
            raise err(errno.EINVAL)
        need = roundup(n, self.align) + self.header
        fit = [start for start, size in self.hole.items() if size >= need]
        if not fit:
            self.enomem += 1
            raise err(errno.ENOMEM)
        start = min(fit, key=self.rank)
        rest = self.hole.pop(start) - need
        if rest > 0:
            self.hole[start + need] = rest
        self.rover = start + need
        self.block[start + self.header] = n, need
        return start + self.header

    def free(self, addr):
        self.check(addr)
        _, need = self.block.pop(addr)
        start = addr - self.header
        if self.coalesce:
            for left, size in list(self.hole.items()):
                if left + size == start:
                    start = left
                    need += self.hole.pop(left)
            if start + need in self.hole:
                need += self.hole.pop(start + need)
        self.hole[start] = need

    def size_of(self, addr):
        self.check(addr)
        return self.block[addr][0]

    def check(self, addr):
        if not isinstance(addr, int):
            raise TypeError
        if addr not in self.block:
            raise err(errno.EINVAL)

    def compact(self):
        table, new, end = {}, {}, self.base
        for addr, (n, need) in sorted(self.block.items()):
            table[addr] = end + self.header
            new[end + self.header] = n, need
            if end + self.header != addr:
                self.moved += need
            end += need
        self.block = new
        self.hole = {}
        if end != self.base + self.size:
            self.hole[end] = self.base + self.size - end
        self.rover = self.base
        return table

    def holes(self):
        return sorted(self.hole.items())

    def stats(self):
        used = sum(need for n, need in self.block.values())
        requested = sum(n for n, need in self.block.values())
        free = sum(self.hole.values())
        largest = max(self.hole.values(), default=0)
        return {
            "total": self.size,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(self.hole),
            "largest": largest,
            "external": 1 - largest / free if free else 0.0,
            "internal": used - requested,
            "enomem": self.enomem,
            "moved": self.moved,
        }

    def snapshot(self):
        return {
            "holes": [[s, n] for s, n in self.holes()],
            "live": [[a, n, need] for a, (n, need) in sorted(self.block.items())],
            "rover": self.rover,
        }
