"""Demand paging: from an access to the events that make the page present.

Owns the processes with their areas, the frames, the swap slots and the counters. Every
access is answered with the list of what had to happen, in order:

    ("SEGV",) ("SEGPROT",)        refused: no area there; a write to a read-only area
    ("UNMAP", pid, vpn, frame)    a page loses its frame
    ("OUT", slot) ("FOUT",)       its dirty copy goes to swap; to its file
    ("IN", slot) ("FIN",)         the new page comes from swap; from its file (major fault)
    ("ZERO",)                     the new page starts with zeros (minor fault)
    ("MAP", frame)                the new page is there

    area     (start, end, kind, writable): the pages start .. end - 1 of one process
    page     (pid, vpn), since nothing is shared between processes
    slot     index of a page-sized piece of swap
"""

from collections.abc import Iterable, Sequence
from typing import Any


class Pager:
    """A demand pager over ``nframes`` frames, shared by all processes under one policy.

    ``policy`` is one of fifo, lru, clock, esc, aging. Swap is unlimited.
    Raises ValueError for nframes < 1 or another policy.
    """

    def __init__(self, nframes: int, policy: str = "clock") -> None:
        raise NotImplementedError

    def add_process(self, pid: int, vmas: Iterable[Sequence[Any]]) -> None:
        """Create process ``pid`` with the areas (start, end, "anon" or "file", writable).

        ``start`` and ``end`` are page numbers, ``end`` not included; areas may touch.
        Raises EEXIST if the pid was ever used, also by an exited process; EINVAL for
        start < 0, start >= end, overlapping areas or an unknown kind.
        """
        raise NotImplementedError

    def access(self, pid: int, vpn: int, write: bool = False) -> list[tuple[str | int, ...]]:
        """Touch one page; return what happened, in order; [] if the page was there already.

        A new page takes the lowest free frame, or else that of the victim of the policy.
        Raises ESRCH, and counts nothing, for an unknown or exited pid.
        Choice: a write to a read-only area is refused before anything is loaded.
        Choice: a page keeps the slot of its first OUT, the lowest free one then, until its
        process exits, and goes OUT again only if it was written since it last came IN.
        """
        raise NotImplementedError

    def exit(self, pid: int) -> list[tuple[str | int, ...]]:
        """End a process; return the events of its resident pages, in ascending vpn.

        Dirty file pages are written back, dirty anonymous pages are not. The frames and
        slots of the process become free; its counters stay.
        Raises ESRCH for an unknown or exited pid.
        """
        raise NotImplementedError

    def stats(self, pid: int | None = None) -> dict[str, int]:
        """Return the counters and the cost of one process, or the sums over all processes.

        Keys: hits, minor, major, segv, segprot, maps, unmaps, ins, outs, fins, fouts, zeros,
        cost. Each event is charged to the process whose page it concerns, so UNMAP, OUT and
        FOUT to the victim's. The cost is the sum of access 1, map 300, unmap 400, in 3100,
        out 2700, fin 2800, fout 2400, zero 140, segv 340, segprot 420.
        Raises ESRCH for a pid never added; exited ones keep their counters.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, list[Any]]:
        """Return who is where, all lists ascending.

        {"frames": [[pid, vpn] or None by frame], "dirty": [frame, ...],
        "slots": [[slot, pid, vpn], ...]}
        """
        raise NotImplementedError
