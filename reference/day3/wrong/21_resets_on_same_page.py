# wrong 21 of readahead: readahead resets on repeated access to the same page; loses D3.14
"""Anything but the next page is taken for a jump, even the page that was just accessed."""

from right.readahead import Readahead as Right


class Readahead(Right):
    def on_access(self, page: int) -> list[int]:
        if page == self._prev:
            self._restart(page)
        return super().on_access(page)
