# wrong 17 of pager: Pager frees the slot at swap-in but still uses it; loses D3.11 D3.12
"""Swapping in gives the slot back, but the page still remembers it and comes in from it."""

from heapq import heappush

from right.pager import Pager as Right


class Pager(Right):
    def _fill(self, page: tuple[int, int], area: tuple) -> tuple[str | int, ...]:
        event = super()._fill(page, area)
        if event[0] == "IN":
            heappush(self._slots._freed, event[1])
        return event
