"""Readahead."""


class Readahead:
    def __init__(self, init=4, maximum=32):
        if init < 1 or init > maximum:
            raise ValueError("init or maximum")
        self.init = init
        self.maximum = maximum
        self.state = (None, 0, 0)

    def on_access(self, page):
        prev, window, edge = self.state
        if prev is not None and page == prev:
            return []
        if prev is None or page != prev + 1:
            self.state = (page, 0, page + 1)
            return []
        if page < edge:
            self.state = (page, window, edge)
            return []
        window = min(window * 2, self.maximum) if window > 0 else self.init
        self.state = (page, window, page + window + 1)
        return list(range(page + 1, page + window + 1))

    def snapshot(self):
        return dict(zip(("prev", "window", "edge"), self.state))
