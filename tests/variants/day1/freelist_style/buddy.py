"""The buddy system as a forest of binary trees: a node is free, used, or has two halves."""

import errno

from machine import err

FREE, USED, SPLIT = "free", "used", "split"


class Node:
    def __init__(self, pfn, order):
        self.pfn, self.order = pfn, order
        self.state = FREE
        self.halves = ()

    def blocks(self, state):
        if self.state == SPLIT:
            for half in self.halves:
                yield from half.blocks(state)
        elif self.state == state:
            yield self

    def take(self, order):
        if self.order == order:
            self.state = USED
            return self.pfn
        middle = self.pfn + (1 << (self.order - 1))
        self.halves = (Node(self.pfn, self.order - 1), Node(middle, self.order - 1))
        self.state = SPLIT
        return self.halves[0].take(order)

    def give(self, pfn):
        """Free the used block that starts at pfn, and join free halves; say whether it was there."""
        if self.state == SPLIT:
            found = any(half.give(pfn) for half in self.halves)
            if found and all(half.state == FREE for half in self.halves):
                self.state, self.halves = FREE, ()
            return found
        if self.state == USED and self.pfn == pfn:
            self.state = FREE
            return True
        return False


class BuddyAllocator:
    def __init__(self, nframes, max_order=10):
        if nframes < 1 or max_order < 0:
            raise ValueError
        self.max_order = max_order
        self.trees = []
        start = 0
        for order in [max_order] * (nframes >> max_order) + list(range(max_order - 1, -1, -1)):
            if start + (1 << order) <= nframes:
                self.trees.append(Node(start, order))
                start += 1 << order

    def _blocks(self, state):
        return [block for tree in self.trees for block in tree.blocks(state)]

    def alloc(self, order):
        if not 0 <= order <= self.max_order:
            raise err(errno.EINVAL)
        fits = [block for block in self._blocks(FREE) if block.order >= order]
        if not fits:
            raise err(errno.ENOMEM)
        return min(fits, key=lambda block: (block.order, block.pfn)).take(order)

    def alloc_pages(self, n):
        if n < 1 or n > 1 << self.max_order:
            raise err(errno.EINVAL)
        return self.alloc((n - 1).bit_length())

    def free(self, pfn):
        if not any(tree.give(pfn) for tree in self.trees):
            raise err(errno.EINVAL)

    def free_blocks(self):
        found = {order: [] for order in range(self.max_order + 1)}
        for block in self._blocks(FREE):
            found[block.order].append(block.pfn)
        return found

    def snapshot(self):
        return {
            "free": self.free_blocks(),
            "live": [[block.pfn, block.order] for block in self._blocks(USED)],
        }
