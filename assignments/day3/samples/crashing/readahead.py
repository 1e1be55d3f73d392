"""Readahead."""


class Readahead:
    def __init__(self, init=4, maximum=32):
        if init < 1 or maximum < init:
            raise ValueError("init or maximum")
        self.init, self.maximum = init, maximum
        self.prev, self.window, self.edge = None, 0, 0

    def on_access(self, page):
        batch = []
        if page not in (self.prev, self.prev + 1):
            self.window, self.edge = 0, page + 1
        elif page != self.prev and page >= self.edge:
            self.window = min(self.window * 2, self.maximum) or self.init
            self.edge = page + self.window + 1
            batch = list(range(page + 1, self.edge))
        self.prev = page
        return batch

    def snapshot(self):
        return {"prev": self.prev, "window": self.window, "edge": self.edge}
