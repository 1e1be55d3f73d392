"""Readahead as one big expression per variable."""


class Readahead:
    def __init__(self, init=4, maximum=32):
        if init < 1 or init > maximum:
            raise ValueError("need 1 <= init <= maximum")
        self.init, self.maximum = init, maximum
        self.prev, self.window, self.edge = None, 0, 0

    def on_access(self, page):
        step = None if self.prev is None else page - self.prev
        self.prev = page
        if step == 0 or (step == 1 and page < self.edge):
            return []
        self.window = 0 if step != 1 else self.init if not self.window else self.window * 2
        self.window = min(self.window, self.maximum)
        self.edge = page + 1 + self.window
        return [*range(page + 1, self.edge)]

    def snapshot(self):
        return {name: getattr(self, name) for name in ("prev", "window", "edge")}
