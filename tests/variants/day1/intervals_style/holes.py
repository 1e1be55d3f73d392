"""Contiguous allocation: one list of all blocks, used and free, by ascending start."""

import errno
from dataclasses import dataclass

from machine import err, roundup


@dataclass
class _Block:
    start: int
    size: int
    n: int = 0  # the requested bytes; 0 for a hole

    @property
    def end(self) -> int:
        return self.start + self.size


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if size < 1 or base < 0 or align < 1 or header < 0:
            raise ValueError("size, base, align or header")
        if policy not in ("first", "best", "worst", "next"):
            raise ValueError(policy)
        self.size, self.base, self.policy = size, base, policy
        self.align, self.header, self.coalesce = align, header, coalesce
        self.blocks = [_Block(base, size)]
        self.rover = base
        self.enomem = self.moved = 0

    def alloc(self, n):
        if not isinstance(n, int):
            raise TypeError(n)
        if n < 1:
            raise err(errno.EINVAL)
        need = roundup(n, self.align) + self.header
        fitting = [block for block in self.blocks if not block.n and block.size >= need]
        if not fitting:
            self.enomem += 1
            raise err(errno.ENOMEM)
        hole = self._chosen(fitting)
        at = self.blocks.index(hole)
        rest = _Block(hole.start + need, hole.size - need)
        self.blocks[at : at + 1] = [_Block(hole.start, need, n)] + [rest] * (rest.size > 0)
        self.rover = rest.start
        return hole.start + self.header

    def free(self, addr):
        block = self._live(addr)
        block.n = 0
        if not self.coalesce:
            return
        at = self.blocks.index(block)
        low = at - 1 if at and not self.blocks[at - 1].n else at
        high = at + 1 if at + 1 < len(self.blocks) and not self.blocks[at + 1].n else at
        start, end = self.blocks[low].start, self.blocks[high].end
        self.blocks[low : high + 1] = [_Block(start, end - start)]

    def size_of(self, addr):
        return self._live(addr).n

    def compact(self):
        moves = {}
        end = self.base
        used = [block for block in self.blocks if block.n]
        for block in used:
            moves[block.start + self.header] = end + self.header
            if block.start != end:
                self.moved += block.size
            block.start = end
            end = block.end
        rest = self.base + self.size - end
        self.blocks = used + ([_Block(end, rest)] if rest else [])
        self.rover = self.base
        return moves

    def holes(self):
        return [(block.start, block.size) for block in self.blocks if not block.n]

    def stats(self):
        used = sum(block.size for block in self.blocks if block.n)
        requested = sum(block.n for block in self.blocks)
        sizes = [size for _, size in self.holes()]
        free, largest = sum(sizes), max(sizes, default=0)
        return {
            "total": self.size,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(sizes),
            "largest": largest,
            "external": 1 - largest / free if free else 0.0,
            "internal": used - requested,
            "enomem": self.enomem,
            "moved": self.moved,
        }

    def snapshot(self):
        return {
            "holes": [list(hole) for hole in self.holes()],
            "live": [[b.start + self.header, b.n, b.size] for b in self.blocks if b.n],
            "rover": self.rover,
        }

    def _chosen(self, fitting):
        if self.policy == "best":
            return min(fitting, key=lambda block: block.size)
        if self.policy == "worst":
            return max(fitting, key=lambda block: block.size)
        if self.policy == "next":
            return next((block for block in fitting if block.start >= self.rover), fitting[0])
        return fitting[0]

    def _live(self, addr):
        if not isinstance(addr, int):
            raise TypeError(addr)
        for block in self.blocks:
            if block.n and block.start + self.header == addr:
                return block
        raise err(errno.EINVAL)
