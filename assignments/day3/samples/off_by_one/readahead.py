class Readahead:
    def __init__(self, init=4, maximum=32):
        if not 1 <= init <= maximum:
            raise ValueError("init, maximum")
        self._init, self._maximum = init, maximum
        self._prev, self._window, self._edge = None, 0, 0

    def on_access(self, page):
        prev, self._prev = self._prev, page
        if page == prev:
            return []
        if prev is None or page != prev + 1:
            self._window, self._edge = 0, page + 1
            return []
        if page < self._edge:
            return []
        self._window = min(2 * self._window, self._maximum) if self._window else self._init
        self._edge = page + self._window
        return list(range(page + 1, page + 1 + self._window))

    def snapshot(self):
        return {"prev": self._prev, "window": self._window, "edge": self._edge}
