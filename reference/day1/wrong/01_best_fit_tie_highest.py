# wrong 1 of holes: best-fit tie takes the highest address; loses D1.1 D1.2
"""Best fit scans all holes with `<=` instead of `<`, so that the last of equal ones wins."""

from right.holes import HoleAllocator as Right


class HoleAllocator(Right):
    def _choose(self, need: int) -> int | None:
        if self._policy != "best":
            return super()._choose(need)
        best = None
        for start, size in self.holes():
            if size >= need and (best is None or size <= best[1]):
                best = start, size
        return best[0] if best else None
