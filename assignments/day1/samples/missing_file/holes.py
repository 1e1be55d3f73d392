"""Allocator with a table of holes {start: size}.  Everything is sorted when it is needed."""

from errno import EINVAL, ENOMEM

from machine import err, roundup


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        for name, value, least in [
            ("size", size, 1), ("base", base, 0), ("align", align, 1), ("header", header, 0)
        ]:
            if value < least:
                raise ValueError(f"{name} must be at least {least}")
        if policy not in ("first", "best", "worst", "next"):
            raise ValueError("policy must be first, best, worst or next")
        self.total = size
        self.base = base
        self.policy = policy
        self.align = align
        self.header = header
        self.coalesce = coalesce
        self.table = {base: size}
        self.requested = {}  # by user address
        self.rover = base
        self.failed = 0
        self.moved = 0

    def need(self, n):
        return roundup(n, self.align) + self.header

    def order(self):
        """The holes in the order in which the policy prefers them."""
        holes = self.holes()  # by address; sorted() keeps this order among equals
        if self.policy == "best":
            return sorted(holes, key=lambda hole: hole[1])
        if self.policy == "worst":
            return sorted(holes, key=lambda hole: -hole[1])
        if self.policy == "next":
            return sorted(holes, key=lambda hole: hole[0] < self.rover)
        return holes

    def alloc(self, n):
        must_be_int(n)
        if n < 1:
            raise err(EINVAL)
        need = self.need(n)
        for start, size in self.order():
            if size >= need:
                del self.table[start]
                if size > need:
                    self.table[start + need] = size - need
                self.rover = start + need
                self.requested[start + self.header] = n
                return start + self.header
        self.failed += 1
        raise err(ENOMEM)

    def free(self, addr):
        start, size = addr - self.header, self.need(self.size_of(addr))
        del self.requested[addr]
        if self.coalesce:
            if start + size in self.table:
                size += self.table.pop(start + size)
            before = [s for s in self.table if s + self.table[s] == start]
            if before:
                start = before[0]
                size += self.table[start]
        self.table[start] = size

    def size_of(self, addr):
        must_be_int(addr)
        if addr not in self.requested:
            raise err(EINVAL)
        return self.requested[addr]

    def compact(self):
        answer = {}
        end = self.base
        for addr in sorted(self.requested):
            answer[addr] = end + self.header
            need = self.need(self.requested[addr])
            self.moved += need if answer[addr] != addr else 0
            end += need
        self.requested = {answer[addr]: self.requested[addr] for addr in answer}
        free = self.base + self.total - end
        self.table = {end: free} if free else {}
        self.rover = self.base
        return answer

    def holes(self):
        return sorted(self.table.items())

    def stats(self):
        requested = sum(self.requested.values())
        used = sum(self.need(n) for n in self.requested.values())
        free = self.total - used
        largest = max(self.table.values(), default=0)
        return {
            "total": self.total,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(self.table),
            "largest": largest,
            "external": 1 - largest / free if free else 0.0,
            "internal": used - requested,
            "enomem": self.failed,
            "moved": self.moved,
        }

    def snapshot(self):
        return {
            "holes": [list(hole) for hole in self.holes()],
            "live": [[a, n, self.need(n)] for a, n in sorted(self.requested.items())],
            "rover": self.rover,
        }


def must_be_int(x):
    if not isinstance(x, int):
        raise TypeError(f"{x!r} is not an int")
