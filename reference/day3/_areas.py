"""Areas: the ranges of pages that a process may touch, and what lies behind them.

area    start, end      pages start .. end - 1
        kind            "anon", backed by swap, or "file"
        writable        whether stores are allowed
"""

import errno
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from machine import err


class Area(NamedTuple):
    """A range of pages of one process with one kind and one permission."""

    start: int
    end: int
    kind: str
    writable: bool

    def covers(self, vpn: int) -> bool:
        """Return whether page ``vpn`` belongs to this area."""
        return self.start <= vpn < self.end


def checked_areas(vmas: Iterable[Sequence[Any]]) -> list[Area]:
    """Return the areas in ascending order; EINVAL if one is malformed or two overlap."""
    areas = sorted((Area(*vma) for vma in vmas), key=lambda area: area.start)
    for area in areas:
        if not 0 <= area.start < area.end or area.kind not in ("anon", "file"):
            raise err(errno.EINVAL)
    if any(low.end > high.start for low, high in pairwise(areas)):
        raise err(errno.EINVAL)
    return areas
