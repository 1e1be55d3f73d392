"""malloc with boundary tags, the way it is done in C: the headers live in the memory itself.

    used:  | size+flags, n | payload ............................ |
    free:  | size+flags, 0 | ...................... | size (again) |
             8 bytes                                  8 bytes

A block begins 8 bytes before its payload.  A free block repeats its size at its end, so that
the block on its right can find its beginning; the right one has the flag LEFT_USED if it must
not look.  Only the set of live payloads is kept in Python, because a header cannot be trusted
when somebody frees nonsense.
"""

import errno
import struct

from bins import Bins
from machine import err

HEADER = struct.Struct("<II")
USED, LEFT_USED = 1, 2  # flags; block sizes are multiples of 16, so the low bits are unused


class Heap:
    def __init__(self, mem):
        self.mem = mem
        self.bins = Bins()  # free blocks by their header's address
        self.live = set()  # payloads
        self.requested = 0
        self.last = None  # header of the topmost block

    def malloc(self, n):
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return None
        need = block_size(n)
        found = self.bins.smallest(need)
        if found:
            self.bins.take(*found)
        else:
            found = self.more_core(need)
        at, size = found
        if size > need:
            self.write_free(at + need, size - need)
        self.write_used(at, need, n, LEFT_USED)
        self.live.add(at + 8)
        self.requested += n
        return at + 8

    def free(self, p):
        if p is None:
            return
        at, size, flags, n = self.look_up(p)
        self.live.discard(p)
        self.requested -= n
        right = self.free_right(at + size)
        if right:
            self.bins.take(at + size, right)
            size += right
        if not flags & LEFT_USED:
            left = HEADER.unpack(self.mem.load(at - 8, 8))[0]
            at -= left
            size += left
            self.bins.take(at, left)
        self.write_free(at, size)

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
        at, size, flags, old = self.look_up(p)
        if n < 0:
            raise err(errno.EINVAL)
        if n == 0:
            return self.free(p)
        need = block_size(n)
        right = self.free_right(at + size)
        if size + right >= need:  # it can stay
            if right:
                self.bins.take(at + size, right)
            if size + right > need:
                self.write_free(at + need, size + right - need)
            self.write_used(at, need, n, flags & LEFT_USED)
            self.requested += n - old
            return p
        q = self.malloc(n)
        self.mem.store(q, self.mem.load(p, old))  # it moved, so it grew: old < n
        self.free(p)
        return q

    def usable_size(self, p):
        if p is None:
            return 0
        return self.look_up(p)[1] - 8

    def free_bytes(self):
        return self.mem.brk - self.mem.base - self.requested

    def snapshot(self):
        return {"live": [[p, self.look_up(p)[3]] for p in sorted(self.live)]}

    # -- blocks ----------------------------------------------------------------------

    def look_up(self, p):
        """(header's address, block size, flags, requested) of a live payload."""
        if p not in self.live:
            raise err(errno.EINVAL)
        word, n = self.read(p - 8)
        return p - 8, word & ~15, word & 15, n

    def free_right(self, at):
        """The size of the block at `at` if it is free, else 0."""
        if at >= self.mem.brk:
            return 0
        word, _ = self.read(at)
        return 0 if word & USED else word & ~15

    def more_core(self, need):
        """Get memory from the system; return (header's address, size) of a block to be used."""
        if self.last is None:
            pad = (8 - self.mem.brk) % 16
            return self.mem.sbrk(pad + need) + pad, need
        size = self.free_right(self.last)
        old = self.mem.sbrk(need - size)
        if size:
            self.bins.take(self.last, size)
        return old - size, need

    def write_used(self, at, size, n, left):
        self.mem.store(at, HEADER.pack(size | USED | left, n))
        self.tell_right(at, size, LEFT_USED)

    def write_free(self, at, size):
        self.mem.store(at, HEADER.pack(size | LEFT_USED, 0))
        self.mem.store(at + size - 8, HEADER.pack(size, 0))
        self.bins.put(at, size)
        self.tell_right(at, size, 0)

    def tell_right(self, at, size, flag):
        """Tell the block on the right what its left neighbour is now."""
        if at + size == self.mem.brk:
            self.last = at
            return
        word, n = self.read(at + size)
        self.mem.store(at + size, HEADER.pack(word & ~LEFT_USED | flag, n))

    def read(self, at):
        return HEADER.unpack(self.mem.load(at, 8))


def block_size(n):
    return (n + 8 + 15) // 16 * 16
