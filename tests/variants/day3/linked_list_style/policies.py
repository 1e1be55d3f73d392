"""Replacement policies over linked frames."""

from __future__ import annotations

from bisect import insort
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from linked import Frame, Ring

Access = namedtuple("Access", "hit frame victim writeback")


class Policy:
    """FIFO; the others derive from it."""

    def __init__(self, nframes: int) -> None:
        self.frames = [Frame(i) for i in range(nframes)]
        self.unused = list(reversed(self.frames))
        self.where: dict[Any, Frame] = {}
        self.ring = Ring()

    def access(self, page: Any, write: bool = False) -> Access:
        if page in self.where:
            frame = self.where[page]
            frame.r = 1
            frame.dirty = frame.dirty or bool(write)
            self.on_hit(frame)
            return Access(True, frame.index, None, False)
        victim, writeback = None, False
        if self.unused:
            frame = self.unused.pop()
        else:
            frame = self.victim()
            victim, writeback = frame.page, frame.dirty
            self.take_out(frame)
        frame.page = page
        frame.dirty = bool(write)
        frame.r = 1
        frame.count = 1
        self.where[page] = frame
        self.ring.append(frame)
        return Access(False, frame.index, victim, writeback)

    def resident(self) -> list:
        return [frame.page for frame in self.frames]

    def snapshot(self) -> dict:
        return {"resident": self.resident(), "dirty": [frame.dirty for frame in self.frames]}

    def forget(self, page: Any) -> bool:
        """Give back the frame of a page (for the pager)."""
        frame = self.where[page]
        dirty = frame.dirty
        self.take_out(frame)
        self.unused.append(frame)
        self.unused.sort(key=lambda unused: -unused.index)
        return dirty

    def take_out(self, frame: Frame) -> None:
        del self.where[frame.page]
        self.ring.remove(frame)
        frame.empty()

    def on_hit(self, frame: Frame) -> None:
        pass

    def victim(self) -> Frame:
        return self.ring.first()


class Lru(Policy):
    def on_hit(self, frame: Frame) -> None:
        self.ring.remove(frame)
        self.ring.append(frame)


class Mru(Lru):
    def victim(self) -> Frame:
        return self.ring.last()


class Lfu(Lru):
    def on_hit(self, frame: Frame) -> None:
        super().on_hit(frame)
        frame.count += 1

    def victim(self) -> Frame:
        best = self.ring.first()
        for frame in self.ring:
            if frame.count < best.count:
                best = frame
        return best


class RandomPolicy(Policy):
    def __init__(self, nframes: int, rng: Any) -> None:
        super().__init__(nframes)
        self.rng = rng

    def victim(self) -> Frame:
        steps = int(self.rng.random() * len(self.frames))
        frame = self.ring.first()
        for _ in range(steps):
            frame = frame.behind
        return frame


class Clock(Policy):
    hand = 0

    def victim(self) -> Frame:
        while True:
            frame = self.frames[self.hand]
            self.hand = (self.hand + 1) % len(self.frames)
            if not frame.r:
                return frame
            frame.r = 0


class Esc(Policy):
    hand = 0

    def victim(self) -> Frame:
        clearing = False
        while True:
            for step in range(len(self.frames)):
                frame = self.frames[(self.hand + step) % len(self.frames)]
                if not frame.r and frame.dirty == clearing:
                    self.hand = (frame.index + 1) % len(self.frames)
                    return frame
                if clearing:
                    frame.r = 0
            clearing = not clearing


class Aging(Policy):
    def __init__(self, nframes: int, bits: int) -> None:
        super().__init__(nframes)
        self.bits = bits

    def victim(self) -> Frame:
        for frame in self.frames:
            frame.age >>= 1
            if frame.r:
                frame.age += 2 ** (self.bits - 1)
            frame.r = 0
        return min(self.frames, key=lambda frame: frame.age)


SIMPLE = {"fifo": Policy, "lru": Lru, "mru": Mru, "lfu": Lfu, "clock": Clock, "esc": Esc}


def make_policy(name: str, nframes: int, *, rng: Any = None, bits: int = 32) -> Policy:
    if nframes < 1 or bits < 1:
        raise ValueError("nframes and bits must be positive")
    if name == "aging":
        return Aging(nframes, bits)
    if name == "random" and rng is not None:
        return RandomPolicy(nframes, rng)
    if name in SIMPLE:
        return SIMPLE[name](nframes)
    raise ValueError(f"cannot make {name}")


def simulate(
    name: str, refs: Sequence, nframes: int, writes: Sequence | None = None, **kw: Any
) -> dict:
    if writes is not None and len(writes) != len(refs):
        raise ValueError("one write flag per reference, please")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    letters = []
    victims = []
    writebacks = 0
    for i in range(len(refs)):
        access = policy.access(refs[i], writes[i] if writes else False)
        letters.append("H" if access.hit else "M")
        victims.append(access.victim)
        if access.writeback:
            writebacks += 1
    return result(letters, victims, writebacks, policy.resident())


def opt(refs: Sequence, nframes: int) -> dict:
    """Keep the moments at which the resident pages are needed again in a sorted list."""
    if nframes < 1:
        raise ValueError("nframes must be positive")
    refs = list(refs)
    needed_again = future(refs)
    frames: list = [None] * nframes
    where: dict = {}
    loaded: dict = {}
    moments: list = []  # (next use, page); never again: (len(refs) + time of load, page)
    letters, victims = [], []
    for now, page in enumerate(refs):
        victim = None
        if page in where:
            letters.append("H")
            moments.pop(0)  # that was this very moment
        else:
            letters.append("M")
            frame = len(where)
            if frame == nframes:
                victim = moments.pop()[1]
                frame = where.pop(victim)
            where[page] = frame
            frames[frame] = page
            loaded[page] = now
        victims.append(victim)
        when = needed_again[now]
        insort(moments, (len(refs) + loaded[page] if when is None else when, page))
    return result(letters, victims, 0, frames)


def future(refs: list) -> list:
    answer: list = [None] * len(refs)
    latest: dict = {}
    for now, page in enumerate(refs):
        if page in latest:
            answer[latest[page]] = now
        latest[page] = now
    return answer


def result(letters: list, victims: list, writebacks: int, resident: list) -> dict:
    return {
        "hits": letters.count("H"),
        "misses": letters.count("M"),
        "hitmiss": "".join(letters),
        "victims": victims,
        "writebacks": writebacks,
        "resident": resident,
    }
