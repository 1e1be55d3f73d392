"""Contiguous allocation: one range of memory, cut into live blocks and holes.

done: alloc, free, compact, stats.  I just look through the whole list every time, maybe I
make it faster on Sunday.
"""

import errno

from machine import err, roundup


class HoleAllocator:
    """Allocates blocks in [base, base + size)."""

    def __init__(self, size, *, base=0, policy="first", align=1, header=0, coalesce=True):
        if size < 1 or base < 0 or align < 1 or header < 0:
            raise ValueError("bad size, base, align or header")
        if policy not in {"first", "best", "worst", "next"}:
            raise ValueError(f"unknown policy {policy}")
        self.size = size
        self.base = base
        self.policy = policy
        self.align = align
        self.header = header
        self.coalesce = coalesce
        self.free_list = [(base, size)]  # always sorted by address
        self.blocks = {}  # user address: (n, need)
        self.rover = base
        self.failures = 0
        self.bytes_moved = 0

    def alloc(self, n):
        """Allocate n bytes and return the user address."""
        if type(n) is not int:
            raise TypeError("n must be an int")
        if n < 1:
            raise err(errno.EINVAL)
        need = roundup(n, self.align) + self.header
        fitting = [h for h in self.free_list if h[1] >= need]
        if not fitting:
            self.failures += 1
            raise err(errno.ENOMEM)
        start, length = self.pick(fitting)
        i = self.free_list.index((start, length))
        if length == need:
            del self.free_list[i]
        else:
            self.free_list[i] = (start + need, length - need)
        self.rover = start + need
        self.blocks[start + self.header] = (n, need)
        return start + self.header

    def pick(self, fitting):
        # fitting is sorted by address, and min() takes the first of equal ones
        if self.policy == "best":
            return min(fitting, key=lambda h: h[1])
        if self.policy == "worst":
            return max(fitting, key=lambda h: h[1])
        if self.policy == "next":
            for h in fitting:
                if h[0] >= self.rover:
                    return h
        return fitting[0]

    def free(self, addr):
        """Free the block with this user address."""
        n, need = self.find(addr)
        del self.blocks[addr]
        self.free_list.append((addr - self.header, need))
        self.free_list.sort()
        if self.coalesce:
            merged = []
            for start, length in self.free_list:
                if merged and sum(merged[-1]) == start:
                    merged[-1] = (merged[-1][0], merged[-1][1] + length)
                else:
                    merged.append((start, length))
            self.free_list = merged

    def size_of(self, addr):
        """Return the n that was requested."""
        return self.find(addr)[0]

    def find(self, addr):
        if type(addr) is not int:
            raise TypeError("addr must be an int")
        if addr not in self.blocks:
            raise err(errno.EINVAL)
        return self.blocks[addr]

    def compact(self):
        """Slide all live blocks down."""
        mapping = {}
        new_blocks = {}
        top = self.base
        for addr in sorted(self.blocks):
            n, need = self.blocks[addr]
            mapping[addr] = top + self.header
            new_blocks[top + self.header] = (n, need)
            if mapping[addr] != addr:
                self.bytes_moved += need
            top += need
        self.blocks = new_blocks
        left = self.base + self.size - top
        self.free_list = [(top, left)] if left > 0 else []
        self.rover = self.base
        return mapping

    def holes(self):
        """Return (start, size) of every hole."""
        return list(self.free_list)

    def stats(self):
        """Return what is used, free and lost."""
        used = sum(need for n, need in self.blocks.values())
        requested = sum(n for n, need in self.blocks.values())
        free = sum(length for start, length in self.free_list)
        largest = max([length for start, length in self.free_list] or [0])
        return {
            "total": self.size,
            "used": used,
            "requested": requested,
            "free": free,
            "nholes": len(self.free_list),
            "largest": largest,
            "external": (1 - largest / free) if free > 0 else 0.0,
            "internal": used - requested,
            "enomem": self.failures,
            "moved": self.bytes_moved,
        }

    def snapshot(self):
        """Return holes, live blocks and the rover."""
        live = []
        for addr in sorted(self.blocks):
            n, need = self.blocks[addr]
            live.append([addr, n, need])
        return {"holes": [list(h) for h in self.free_list], "live": live, "rover": self.rover}
