"""Readahead by cases."""

from __future__ import annotations


class Readahead:
    def __init__(self, init: int = 4, maximum: int = 32) -> None:
        if not 1 <= init <= maximum:
            raise ValueError("need 1 <= init <= maximum")
        self.init = init
        self.maximum = maximum
        self.prev: int | None = None
        self.window = 0
        self.edge = 0

    def on_access(self, page: int) -> list:
        batch: list = []
        if self.prev is not None and page == self.prev:
            pass
        elif self.prev is not None and page == self.prev + 1:
            if page >= self.edge:
                if self.window == 0:
                    self.window = self.init
                else:
                    self.window = min(2 * self.window, self.maximum)
                batch = [page + 1 + i for i in range(self.window)]
                self.edge = batch[-1] + 1
        else:
            self.window = 0
            self.edge = page + 1
        self.prev = page
        return batch

    def snapshot(self) -> dict:
        return {"prev": self.prev, "window": self.window, "edge": self.edge}
