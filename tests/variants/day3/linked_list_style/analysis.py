"""Reference strings, with a tree of sums and with differences."""

from __future__ import annotations

from collections.abc import Sequence

from policies import simulate


class SumTree:
    """A complete binary tree: every inner node holds the sum of its two children."""

    def __init__(self, n: int) -> None:
        self.leaves = 1
        while self.leaves < n:
            self.leaves *= 2
        self.nodes = [0] * (2 * self.leaves)

    def add(self, position: int, amount: int) -> None:
        node = self.leaves + position
        while node:
            self.nodes[node] += amount
            node //= 2

    def from_on(self, position: int) -> int:
        """The sum of the leaf at position and all to its right."""
        node = self.leaves + position
        total = self.nodes[node]
        while node > 1:
            if node % 2 == 0:
                total += self.nodes[node + 1]
            node //= 2
        return total


def stack_distances(refs: Sequence) -> list:
    tree = SumTree(len(refs))
    last_use: dict = {}
    answer: list = []
    for now, page in enumerate(refs):
        if page in last_use:
            then = last_use[page]
            answer.append(tree.from_on(then))
            tree.add(then, -1)
        else:
            answer.append(None)
        tree.add(now, +1)
        last_use[page] = now
    return answer


def miss_curve(refs: Sequence, max_frames: int) -> list:
    if max_frames < 0:
        raise ValueError("max_frames must not be negative")
    hits_gained = [0] * (max_frames + 1)
    for distance in stack_distances(refs):
        if distance is not None and distance <= max_frames:
            hits_gained[distance] += 1
    answer = []
    misses = len(refs)
    for gained in hits_gained:
        misses -= gained
        answer.append(misses)
    return answer


def belady_anomalies(name: str, refs: Sequence, max_frames: int) -> list:
    if max_frames < 1 or name == "random":
        raise ValueError("needs a deterministic policy and at least one frame")
    answer = []
    old = simulate(name, refs, 1)["misses"]
    for f in range(1, max_frames):
        new = simulate(name, refs, f + 1)["misses"]
        if new > old:
            answer.append((f, old, new))
        old = new
    return answer


def working_set(refs: Sequence, tau: int) -> list:
    """A reference keeps its page in the set until tau later or until the next reference."""
    if tau < 1:
        raise ValueError("tau must be positive")
    steps = [0] * (len(refs) + 1)
    upcoming: dict = {}
    for now in range(len(refs) - 1, -1, -1):
        page = refs[now]
        end = min(now + tau, upcoming.get(page, len(refs)), len(refs))
        steps[now] += 1
        steps[end] -= 1
        upcoming[page] = now
    sizes = []
    size = 0
    for step in steps[:-1]:
        size += step
        sizes.append(size)
    return sizes
