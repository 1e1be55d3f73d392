"""A cloakroom: coats on numbered hooks."""

import heapq


class Cloakroom:
    """A row of hooks, numbered from 0. ValueError: fewer than one hook."""

    def __init__(self, hooks: int) -> None:
        if hooks < 1:
            raise ValueError("hooks")
        self._free = list(range(hooks))
        self._coats: dict[int, str] = {}

    @property
    def taken(self) -> int:
        """How many hooks carry a coat."""
        return len(self._coats)

    def hang(self, coat: str) -> int:
        """Hang ``coat`` on the lowest free hook and return its number.

        OverflowError: every hook carries a coat.
        """
        if not self._free:
            raise OverflowError("no hook is free")
        hook = heapq.heappop(self._free)
        self._coats[hook] = coat
        return hook

    def fetch(self, hook: int) -> str:
        """Take the coat off ``hook`` and return it. KeyError: no coat hangs there."""
        coat = self._coats.pop(hook)
        heapq.heappush(self._free, hook)
        return coat

    def snapshot(self) -> dict[int, str]:
        """Return the coat on each hook that carries one."""
        return dict(self._coats)
