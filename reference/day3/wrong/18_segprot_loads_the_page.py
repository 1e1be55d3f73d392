# wrong 18 of pager: SEGPROT loads the page; loses D3.11 D3.13
"""The page is brought in first, and only then is the permission looked at."""

from right.pager import Pager as Right


class Pager(Right):
    def access(self, pid: int, vpn: int, write: bool = False) -> list[tuple[str | int, ...]]:
        area = self._area((pid, vpn))
        if write and area is not None and not area.writable:
            return super().access(pid, vpn) + self._record(pid, [("SEGPROT",)])
        return super().access(pid, vpn, write)
