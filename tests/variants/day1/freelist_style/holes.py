"""Contiguous allocation with two dicts: the holes by start, the live blocks by address."""

import errno

from machine import err


def _first(holes, need, rover):
    return min((start for start, size in holes.items() if size >= need), default=None)


def _best(holes, need, rover):
    return min((pair[::-1] for pair in holes.items() if pair[1] >= need), default=(0, None))[1]


def _worst(holes, need, rover):
    return min(((-size, start) for start, size in holes.items() if size >= need), default=(0, None))[1]


def _next(holes, need, rover):
    starts = [start for start, size in holes.items() if size >= need]
    return min(starts, key=lambda start: (start < rover, start), default=None)


class HoleAllocator:
    POLICIES = {"first": _first, "best": _best, "worst": _worst, "next": _next}

    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if min(size - 1, base, align - 1, header) < 0 or policy not in self.POLICIES:
            raise ValueError("a bad argument")
        self._range = (base, base + size)
        self._choose = self.POLICIES[policy]
        self._align, self._header, self._coalesce = align, header, coalesce
        self._holes = {base: size}
        self._live = {}
        self._rover = base
        self._failures = 0
        self._moved = 0

    def _need(self, n):
        return (n + self._align - 1) // self._align * self._align + self._header

    def alloc(self, n):
        if type(n) is not int:
            raise TypeError("n must be an int")
        if n <= 0:
            raise err(errno.EINVAL)
        need = self._need(n)
        start = self._choose(self._holes, need, self._rover)
        if start is None:
            self._failures += 1
            raise err(errno.ENOMEM)
        left = self._holes.pop(start) - need
        if left:
            self._holes[start + need] = left
        self._rover = start + need
        self._live[start + self._header] = n
        return start + self._header

    def free(self, addr):
        n = self.size_of(addr)
        del self._live[addr]
        start, size = addr - self._header, self._need(n)
        if self._coalesce:
            if start + size in self._holes:
                size += self._holes.pop(start + size)
            before = [s for s in self._holes if s + self._holes[s] == start]
            for s in before:
                size += self._holes.pop(s)
                start = s
        self._holes[start] = size

    def size_of(self, addr):
        if type(addr) is not int:
            raise TypeError("an address is an int")
        try:
            return self._live[addr]
        except KeyError:
            raise err(errno.EINVAL) from None

    def compact(self):
        low, high = self._range
        result, live = {}, {}
        for addr in sorted(self._live):
            n = self._live[addr]
            result[addr] = low + self._header
            live[low + self._header] = n
            if addr - self._header != low:
                self._moved += self._need(n)
            low += self._need(n)
        self._live = live
        self._holes = {low: high - low} if low < high else {}
        self._rover = self._range[0]
        return result

    def holes(self):
        return sorted(self._holes.items())

    def stats(self):
        used = sum(map(self._need, self._live.values()))
        requested = sum(self._live.values())
        free = sum(self._holes.values())
        largest = max(self._holes.values(), default=0)
        external = 0.0
        if free:
            external = 1 - largest / free
        return dict(
            total=self._range[1] - self._range[0],
            used=used,
            requested=requested,
            free=free,
            nholes=len(self._holes),
            largest=largest,
            external=external,
            internal=used - requested,
            enomem=self._failures,
            moved=self._moved,
        )

    def snapshot(self):
        return {
            "holes": [[start, size] for start, size in self.holes()],
            "live": [[addr, n, self._need(n)] for addr, n in sorted(self._live.items())],
            "rover": self._rover,
        }
