"""HoleAllocator with one list of segments, holes and blocks together.

A segment is [start, size, n]; n == 0 means that it is free.
"""

import errno

from machine import err, roundup

POLICIES = ["first", "best", "worst", "next"]


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if size < 1 or base < 0 or align < 1 or header < 0 or policy not in POLICIES:
            raise ValueError("HoleAllocator: bad argument")
        self._size, self._base = size, base
        self._policy = policy
        self._align, self._header = align, header
        self._coalesce = coalesce
        self._segments = [[base, size, 0]]
        self._rover = base
        self._enomem = self._moved = 0

    def alloc(self, n):
        if not isinstance(n, int):
            raise TypeError("n")
        if n < 1:
            raise err(errno.EINVAL)
        need = roundup(n, self._align) + self._header
        candidates = [s for s in self._segments if s[2] == 0 and s[1] >= need]
        if not candidates:
            self._enomem += 1
            raise err(errno.ENOMEM)
        hole = candidates[0]
        if self._policy == "next":
            hole = next((s for s in candidates if s[0] >= self._rover), hole)
        for s in candidates:
            if self._policy == "best" and s[1] < hole[1]:
                hole = s
            if self._policy == "worst" and s[1] > hole[1]:
                hole = s
        start = hole[0]
        # the block goes in front of the hole, and the hole gets smaller
        self._segments.insert(self._segments.index(hole), [start, need, n])
        hole[0] += need
        hole[1] -= need
        self._rover = start + need
        return start + self._header

    def free(self, addr):
        i = self._index_of(addr)
        self._segments[i][2] = 0
        if self._coalesce:
            if i + 1 < len(self._segments) and self._segments[i + 1][2] == 0:
                self._segments[i][1] += self._segments.pop(i + 1)[1]
            if i > 0 and self._segments[i - 1][2] == 0:
                self._segments[i - 1][1] += self._segments.pop(i)[1]

    def size_of(self, addr):
        return self._segments[self._index_of(addr)][2]

    def _index_of(self, addr):
        if not isinstance(addr, int):
            raise TypeError("addr")
        for i, (start, _, n) in enumerate(self._segments):
            if n and start + self._header == addr:
                return i
        raise err(errno.EINVAL)

    def compact(self):
        moved = {}
        end = self._base
        used = [s for s in self._segments if s[2]]
        for s in used:
            moved[s[0] + self._header] = end + self._header
            if s[0] != end:
                self._moved += s[1]
                s[0] = end
            end += s[1]
        self._segments = used
        if end < self._base + self._size:
            self._segments.append([end, self._base + self._size - end, 0])
        self._rover = self._base
        return moved

    def holes(self):
        return [(start, size) for start, size, n in self._segments if n == 0]

    def stats(self):
        used = sum(size for _, size, n in self._segments if n)
        requested = sum(n for _, _, n in self._segments)
        holes = [size for _, size in self.holes()]
        free = sum(holes)
        largest = max(holes, default=0)
        external = 0.0
        if free:
            external = 1 - largest / free
        return {
            "total": self._size, "used": used, "requested": requested,
            "free": free, "nholes": len(holes), "largest": largest,
            "external": external, "internal": used - requested,
            "enomem": self._enomem, "moved": self._moved,
        }

    def snapshot(self):
        return {
            "holes": [[start, size] for start, size in self.holes()],
            "live": [[start + self._header, n, size] for start, size, n in self._segments if n],
            "rover": self._rover,
        }
