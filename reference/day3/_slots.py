"""Swap slots: which page owns which, the lowest free slot first.

page    (pid, vpn)
slot    index of a page-sized piece of swap; there is always one more
"""

from heapq import heappop, heappush

Page = tuple[int, int]


class Slots:
    """The slots in use and the pages they belong to."""

    def __init__(self) -> None:
        self._slot_of: dict[Page, int] = {}
        self._freed: list[int] = []  # a heap of the free slots below the highest ever taken

    def find(self, page: Page) -> int | None:
        """Return the slot of ``page``, None if it never got one."""
        return self._slot_of.get(page)

    def take(self, page: Page) -> int:
        """Return the slot of ``page``, giving it the lowest free one if it has none yet."""
        if page not in self._slot_of:
            self._slot_of[page] = heappop(self._freed) if self._freed else len(self._slot_of)
        return self._slot_of[page]

    def free(self, pid: int) -> None:
        """Free all slots of process ``pid``."""
        for page in [page for page in self._slot_of if page[0] == pid]:
            heappush(self._freed, self._slot_of.pop(page))

    def snapshot(self) -> list[list[int]]:
        """Return [slot, pid, vpn] for each slot in use, ascending."""
        return sorted([slot, *page] for page, slot in self._slot_of.items())
