# wrong 22 of pager: exit sends the clock's hand back to frame 0; loses D3.11
"""An exit starts the revolution of the hand anew, as if the memory were empty."""

from right.pager import Pager as Right


class Pager(Right):
    def exit(self, pid: int) -> list[tuple[str | int, ...]]:
        events = super().exit(pid)
        self._policy._hand = 0
        return events
