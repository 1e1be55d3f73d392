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

import errno
from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, NamedTuple

from machine import err
from policies import make_policy


class Pager:
    """A demand pager over ``nframes`` frames, shared by all processes under one policy.

    ``policy`` is one of fifo, lru, clock, esc, aging. Swap is unlimited.
    Raises ValueError for nframes < 1 or another policy.
    """

    def __init__(self, nframes: int, policy: str = "clock") -> None:
        if policy not in _POLICIES:
            raise ValueError(f"unknown policy {policy!r}: use one of {', '.join(_POLICIES)}")
        self._policy = make_policy(policy, nframes)
        self._areas: dict[int, list[_Area]] = {}  # of the live processes
        self._counters: dict[int, Counter[str]] = {}  # of all processes there ever were
        self._slots = _Slots()

    def add_process(self, pid: int, vmas: Iterable[Sequence[Any]]) -> None:
        """Create process ``pid`` with the areas (start, end, "anon" or "file", writable).

        ``start`` and ``end`` are page numbers, ``end`` not included; areas may touch.
        Raises EEXIST if the pid was ever used, also by an exited process; EINVAL for
        start < 0, start >= end, overlapping areas or an unknown kind.
        """
        if pid in self._counters:
            raise err(errno.EEXIST)
        self._areas[pid] = _checked_areas(vmas)
        self._counters[pid] = Counter()

    def access(self, pid: int, vpn: int, write: bool = False) -> list[tuple[str | int, ...]]:
        """Touch one page; return what happened, in order; [] if the page was there already.

        Raises ESRCH, and counts nothing, for an unknown or exited pid.
        Choice: a write to a read-only area is refused before anything is loaded.
        Choice: a page keeps the slot of its first OUT until its process exits, and is
        written out again only if it was written since it last came in.
        """
        area = self._area(pid, vpn)
        if area is None:
            return self._record(pid, [("SEGV",)])
        if write and not area.writable:
            return self._record(pid, [("SEGPROT",)])
        done = self._policy.access((pid, vpn), write)
        if done.hit:
            self._counters[pid]["hits"] += 1
            return []
        events = []
        if done.victim is not None:
            events += self._evict(*done.victim, done.frame, done.writeback)
        return events + self._record(pid, [self._fill(pid, vpn, area), ("MAP", done.frame)])

    def exit(self, pid: int) -> list[tuple[str | int, ...]]:
        """End a process; return the events of its resident pages, in ascending vpn.

        Dirty file pages are written back, dirty anonymous pages are not. The frames and
        slots of the process become free; its counters stay.
        Raises ESRCH for an unknown or exited pid.
        """
        self._require_live(pid)
        events = []
        for vpn, frame in self._resident(pid):
            events += self._discard(pid, vpn, frame)
        self._slots.free(pid)
        del self._areas[pid]
        return events

    def stats(self, pid: int | None = None) -> dict[str, int]:
        """Return the counters and the cost of one process, or the sums over all processes.

        Keys: hits, minor, major, segv, segprot, maps, unmaps, ins, outs, fins, fouts, zeros,
        cost. Each event is charged to the process whose page it concerns, so UNMAP, OUT and
        FOUT to the victim's. The cost is the sum of access 1, map 300, unmap 400, in 3100,
        out 2700, fin 2800, fout 2400, zero 140, segv 340, segprot 420.
        Raises ESRCH for a pid never added; exited ones keep their counters.
        """
        if pid is not None and pid not in self._counters:
            raise err(errno.ESRCH)
        chosen = self._counters.values() if pid is None else [self._counters[pid]]
        counts = {key: sum(counter[key] for counter in chosen) for key in _PRICES}
        return counts | {"cost": sum(counts[key] * price for key, price in _PRICES.items())}

    def snapshot(self) -> dict[str, list[Any]]:
        """Return who is where, all lists ascending.

        {"frames": [[pid, vpn] or None by frame], "dirty": [frame, ...],
        "slots": [[slot, pid, vpn], ...]}
        """
        state = self._policy.snapshot()
        return {
            "frames": [page and list(page) for page in state["resident"]],
            "dirty": [frame for frame, dirty in enumerate(state["dirty"]) if dirty],
            "slots": self._slots.snapshot(),
        }

    def _require_live(self, pid: int) -> None:
        if pid not in self._areas:
            raise err(errno.ESRCH)

    def _area(self, pid: int, vpn: int) -> "_Area | None":
        self._require_live(pid)
        areas = self._areas[pid]
        return next((area for area in areas if area.start <= vpn < area.end), None)

    def _resident(self, pid: int) -> list[tuple[int, int]]:
        """Return (vpn, frame) of the pages of one process, in ascending vpn."""
        pages = enumerate(self._policy.resident())
        return sorted((page[1], frame) for frame, page in pages if page and page[0] == pid)

    def _evict(self, pid: int, vpn: int, frame: int, dirty: bool) -> list["_Event"]:
        events: list[_Event] = [("UNMAP", pid, vpn, frame)]
        if dirty:
            events.append(self._write_out(pid, vpn))
        return self._record(pid, events)

    def _write_out(self, pid: int, vpn: int) -> "_Event":
        if self._is_file(pid, vpn):
            return ("FOUT",)
        return ("OUT", self._slots.take(pid, vpn))

    def _fill(self, pid: int, vpn: int, area: "_Area") -> "_Event":
        slot = self._slots.find(pid, vpn)
        if slot is not None:
            return ("IN", slot)
        return ("FIN",) if area.kind == "file" else ("ZERO",)

    def _discard(self, pid: int, vpn: int, frame: int) -> list["_Event"]:
        dirty = self._policy.release((pid, vpn))
        events: list[_Event] = [("UNMAP", pid, vpn, frame)]
        if dirty and self._is_file(pid, vpn):
            events.append(("FOUT",))
        return self._record(pid, events)

    def _is_file(self, pid: int, vpn: int) -> bool:
        area = self._area(pid, vpn)
        return area is not None and area.kind == "file"

    def _record(self, pid: int, events: list["_Event"]) -> list["_Event"]:
        """Charge the events to ``pid`` and return them."""
        for event in events:
            self._counters[pid].update(_COUNTED[event[0]])
        return events


class _Slots:
    """The swap slots and the pages they belong to."""

    def __init__(self) -> None:
        self._slot_of: dict[tuple[int, int], int] = {}
        self._freed: list[int] = []  # a heap; the slots from the end of all others on are free too

    def find(self, pid: int, vpn: int) -> int | None:
        return self._slot_of.get((pid, vpn))

    def take(self, pid: int, vpn: int) -> int:
        """Return the slot of a page, at first the lowest free one."""
        page = pid, vpn
        if page not in self._slot_of:
            self._slot_of[page] = heappop(self._freed) if self._freed else len(self._slot_of)
        return self._slot_of[page]

    def free(self, pid: int) -> None:
        """Free all slots of one process."""
        for page in [page for page in self._slot_of if page[0] == pid]:
            heappush(self._freed, self._slot_of.pop(page))

    def snapshot(self) -> list[list[int]]:
        return sorted([slot, pid, vpn] for (pid, vpn), slot in self._slot_of.items())


class _Area(NamedTuple):
    start: int
    end: int
    kind: str
    writable: bool


_Event = tuple[str | int, ...]

_POLICIES = ("fifo", "lru", "clock", "esc", "aging")

# Every access ends as one of hits, minor, major, segv and segprot: their prices include its 1.
_PRICES = {
    "hits": 1,
    "minor": 1,
    "major": 1,
    "segv": 1 + 340,
    "segprot": 1 + 420,
    "maps": 300,
    "unmaps": 400,
    "ins": 3100,
    "outs": 2700,
    "fins": 2800,
    "fouts": 2400,
    "zeros": 140,
}

_COUNTED: dict[str | int, list[str]] = {
    "SEGV": ["segv"],
    "SEGPROT": ["segprot"],
    "UNMAP": ["unmaps"],
    "OUT": ["outs"],
    "FOUT": ["fouts"],
    "IN": ["ins", "major"],
    "FIN": ["fins", "major"],
    "ZERO": ["zeros", "minor"],
    "MAP": ["maps"],
}


def _checked_areas(vmas: Iterable[Sequence[Any]]) -> list[_Area]:
    """Return the areas in ascending order; EINVAL if one is malformed or two overlap."""
    areas = sorted((_Area(*vma) for vma in vmas), key=lambda area: area.start)
    for area in areas:
        if not 0 <= area.start < area.end or area.kind not in ("anon", "file"):
            raise err(errno.EINVAL)
    if any(low.end > high.start for low, high in pairwise(areas)):
        raise err(errno.EINVAL)
    return areas
