"""Readahead, case by case as in the table of the handout."""


class Readahead:
    def __init__(self, init=4, maximum=32):
        if init < 1 or maximum < init:
            raise ValueError("need 1 <= init <= maximum")
        self.init = init
        self.maximum = maximum
        self.prev = None
        self.window = 0
        self.edge = 0

    def on_access(self, page):
        """Return the pages to prefetch."""
        result = []
        if self.prev is None or page not in (self.prev, self.prev + 1):
            self.window = 0
            self.edge = page + 1
        elif page == self.prev + 1 and page >= self.edge:
            if self.window == 0:
                self.window = self.init
            else:
                self.window = min(2 * self.window, self.maximum)
            result = list(range(page + 1, page + self.window + 1))
            self.edge = page + self.window + 1
        self.prev = page
        return result

    def snapshot(self):
        """Return prev, window and edge."""
        return {"prev": self.prev, "window": self.window, "edge": self.edge}
