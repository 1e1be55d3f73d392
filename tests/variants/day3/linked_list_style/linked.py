"""A doubly linked ring with a sentinel, and the frames that are linked into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Frame:
    """One frame: what is in it, its bits, and its neighbours in the policy's list."""

    __slots__ = ("age", "before", "behind", "count", "dirty", "index", "page", "r")

    def __init__(self, index: int) -> None:
        self.index = index
        self.empty()

    def empty(self) -> None:
        self.page: Any = None
        self.dirty = False
        self.r = 0
        self.age = 0
        self.count = 0
        self.before = self.behind = self


class Ring:
    """Frames in a row; the sentinel stands between the last and the first."""

    def __init__(self) -> None:
        self.sentinel = Frame(-1)

    def __iter__(self) -> Iterator[Frame]:
        frame = self.sentinel.behind
        while frame is not self.sentinel:
            yield frame
            frame = frame.behind

    def append(self, frame: Frame) -> None:
        last = self.sentinel.before
        frame.before = last
        frame.behind = self.sentinel
        last.behind = frame
        self.sentinel.before = frame

    def remove(self, frame: Frame) -> None:
        frame.before.behind = frame.behind
        frame.behind.before = frame.before

    def first(self) -> Frame:
        return self.sentinel.behind

    def last(self) -> Frame:
        return self.sentinel.before
