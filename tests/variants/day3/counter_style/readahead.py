"""Readahead with early returns."""


class Readahead:
    def __init__(self, init=4, maximum=32):
        if init < 1:
            raise ValueError("init")
        if maximum < init:
            raise ValueError("maximum")
        self.sizes = (init, maximum)
        self.state = {"prev": None, "window": 0, "edge": 0}

    def on_access(self, page):
        prev = self.state["prev"]
        if prev == page:
            return []
        self.state["prev"] = page
        if prev is None or prev + 1 != page:
            self.state["window"] = 0
            self.state["edge"] = page + 1
            return []
        if page < self.state["edge"]:
            return []
        init, maximum = self.sizes
        window = self.state["window"]
        window = init if window == 0 else min(2 * window, maximum)
        self.state["window"] = window
        self.state["edge"] = page + window + 1
        return list(range(page + 1, page + window + 1))

    def snapshot(self):
        return dict(self.state)
