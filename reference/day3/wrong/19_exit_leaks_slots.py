# wrong 19 of pager: exit leaks slots; loses D3.11 D3.12
"""An exiting process gives its frames back, but its slots stay taken for ever."""

from right import pager as right


class _LeakingSlots(right.Slots):
    def free(self, pid: int) -> None:
        pass


class Pager(right.Pager):
    def __init__(self, nframes: int, policy: str = "clock") -> None:
        super().__init__(nframes, policy)
        self._slots = _LeakingSlots()
