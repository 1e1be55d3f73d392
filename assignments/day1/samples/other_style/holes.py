"""HoleAllocator: memory is a doubly linked list of pieces, like beads on a string.

    None <-> [used 20] <-> [hole 12] <-> [used 12] <-> [hole 56] <-> None

A bead knows its neighbours, so merging is easy.  Finding a hole is the job of Bins.
"""

import errno

from bins import Bins
from machine import err

NEEDS_INT = "an int, please"


class Piece:
    __slots__ = ("left", "n", "right", "size", "start")

    def __init__(self, start, size, left=None, right=None, n=None):
        self.start, self.size = start, size
        self.left, self.right = left, right
        self.n = n  # requested bytes; None means: I am a hole


class HoleAllocator:
    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if size < 1 or base < 0 or align < 1 or header < 0:
            raise ValueError("size, base, align or header out of range")
        if policy not in ("first", "best", "worst", "next"):
            raise ValueError("no such policy: " + repr(policy))
        self.total = size
        self.base = base
        self.policy = policy
        self.align = align
        self.header = header
        self.coalesce = coalesce
        self.live = {}  # user address -> Piece
        self.enomem = 0
        self.moved = 0
        self.string_up([])

    # -- the public part -------------------------------------------------------------

    def alloc(self, n):
        if not isinstance(n, int):
            raise TypeError(NEEDS_INT)
        if n < 1:
            raise err(errno.EINVAL)
        need = (n + self.align - 1) // self.align * self.align + self.header
        found = self.find(need)
        if found is None:
            self.enomem += 1
            raise err(errno.ENOMEM)
        hole = self.hole_at.pop(found[0])
        self.bins.take(*found)
        if hole.size > need:
            self.cut(hole, need)
        hole.n = n
        self.rover = hole.start + need
        self.live[hole.start + self.header] = hole
        return hole.start + self.header

    def free(self, addr):
        piece = self.piece_of(addr)
        del self.live[addr]
        piece.n = None
        if self.coalesce:
            if piece.right and piece.right.n is None:
                self.swallow_right(piece)
            if piece.left and piece.left.n is None:
                piece = piece.left
                self.forget(piece)
                self.swallow_right(piece)
        self.remember(piece)

    def size_of(self, addr):
        return self.piece_of(addr).n

    def compact(self):
        moves = {}
        beads = []
        at = self.base
        for old in sorted(self.live):
            piece = self.live[old]
            if piece.start != at:
                self.moved += piece.size
            piece.start = at
            moves[old] = at + self.header
            at += piece.size
            beads.append(piece)
        self.live = {piece.start + self.header: piece for piece in beads}
        self.string_up(beads)
        return moves

    def holes(self):
        return [(start, self.hole_at[start].size) for start in sorted(self.hole_at)]

    def stats(self):
        used = sum(piece.size for piece in self.live.values())
        requested = sum(piece.n for piece in self.live.values())
        free = self.total - used
        largest = max((piece.size for piece in self.hole_at.values()), default=0)
        return dict(
            total=self.total,
            used=used,
            requested=requested,
            free=free,
            nholes=len(self.hole_at),
            largest=largest,
            external=1 - largest / free if free else 0.0,
            internal=used - requested,
            enomem=self.enomem,
            moved=self.moved,
        )

    def snapshot(self):
        return {
            "holes": [list(hole) for hole in self.holes()],
            "live": [[a, self.live[a].n, self.live[a].size] for a in sorted(self.live)],
            "rover": self.rover,
        }

    # -- the string of beads ---------------------------------------------------------

    def string_up(self, beads):
        """Start over: the given used pieces, then one hole for what is left."""
        end = beads[-1].start + beads[-1].size if beads else self.base
        self.bins = Bins()
        self.hole_at = {}  # start -> Piece
        self.rover = self.base
        rest = self.base + self.total - end
        if rest:
            tail = Piece(end, rest)
            self.remember(tail)
            beads = [*beads, tail]
        for bead in beads:
            bead.left = bead.right = None
        for left, right in zip(beads, beads[1:]):
            left.right, right.left = right, left

    def cut(self, piece, need):
        """Keep the low end in `piece`; the rest becomes a hole on its right."""
        rest = Piece(piece.start + need, piece.size - need, piece, piece.right)
        if rest.right:
            rest.right.left = rest
        piece.right = rest
        piece.size = need
        self.remember(rest)

    def swallow_right(self, piece):
        """Join with the right neighbour, whatever state it is in."""
        eaten = piece.right
        if eaten.start in self.hole_at:
            self.forget(eaten)
        piece.size += eaten.size
        piece.right = eaten.right
        if piece.right:
            piece.right.left = piece

    def remember(self, hole):
        self.hole_at[hole.start] = hole
        self.bins.put(hole.start, hole.size)

    def forget(self, hole):
        del self.hole_at[hole.start]
        self.bins.take(hole.start, hole.size)

    def find(self, need):
        if self.policy == "best":
            return self.bins.smallest(need)
        if self.policy == "worst":
            return self.bins.largest(need)
        if self.policy == "next":
            return self.bins.lowest(need, self.rover) or self.bins.lowest(need)
        return self.bins.lowest(need)

    def piece_of(self, addr):
        if not isinstance(addr, int):
            raise TypeError(NEEDS_INT)
        if addr not in self.live:
            raise err(errno.EINVAL)
        return self.live[addr]
