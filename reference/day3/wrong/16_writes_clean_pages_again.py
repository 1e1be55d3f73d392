# wrong 16 of pager: Pager writes clean swapped-in pages again; loses D3.11 D3.12
"""A page that owns a slot goes out whenever it leaves, even if it was not written since."""

from right.pager import Pager as Right


class Pager(Right):
    def _evict(self, page: tuple[int, int], frame: int, dirty: bool) -> list[tuple[str | int, ...]]:
        return super()._evict(page, frame, dirty or self._slots.find(page) is not None)
