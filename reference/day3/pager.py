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
from typing import Any

from _areas import Area, checked_areas
from _events import COUNTED, Event, with_cost
from _slots import Page, Slots
from machine import err
from policies import make_policy

_POLICIES = ("fifo", "lru", "clock", "esc", "aging")


class Pager:
    """A demand pager over ``nframes`` frames, shared by all processes under one policy.

    ``policy`` is one of fifo, lru, clock, esc, aging. Swap is unlimited.
    Raises ValueError for nframes < 1 or another policy.
    """

    def __init__(self, nframes: int, policy: str = "clock") -> None:
        if policy not in _POLICIES:
            raise ValueError(f"unknown policy {policy!r}: use one of {', '.join(_POLICIES)}")
        self._policy = make_policy(policy, nframes)
        self._areas: dict[int, list[Area]] = {}  # of the live processes
        self._counters: dict[int, Counter[str]] = {}  # of all processes there ever were
        self._slots = Slots()

    def add_process(self, pid: int, vmas: Iterable[Sequence[Any]]) -> None:
        """Create process ``pid`` with the areas (start, end, "anon" or "file", writable).

        ``start`` and ``end`` are page numbers, ``end`` not included; areas may touch.
        Raises EEXIST if the pid was ever used, also by an exited process; EINVAL for
        start < 0, start >= end, overlapping areas or an unknown kind.
        """
        if pid in self._counters:
            raise err(errno.EEXIST)
        self._areas[pid] = checked_areas(vmas)
        self._counters[pid] = Counter()

    def access(self, pid: int, vpn: int, write: bool = False) -> list[tuple[str | int, ...]]:
        """Touch one page; return what happened, in order; [] if the page was there already.

        A new page takes the lowest free frame, or else that of the victim of the policy.
        Raises ESRCH, and counts nothing, for an unknown or exited pid.
        Choice: a write to a read-only area is refused before anything is loaded.
        Choice: a page keeps the slot of its first OUT, the lowest free one then, until its
        process exits, and goes OUT again only if it was written since it last came IN.
        """
        page = pid, vpn
        area = self._area(page)
        if area is None:
            return self._record(pid, [("SEGV",)])
        if write and not area.writable:
            return self._record(pid, [("SEGPROT",)])
        done = self._policy.access(page, write)
        if done.hit:
            self._counters[pid]["hits"] += 1
            return []
        events = []
        if done.victim is not None:
            events += self._evict(done.victim, done.frame, done.writeback)
        return events + self._record(pid, [self._fill(page, area), ("MAP", done.frame)])

    def exit(self, pid: int) -> list[tuple[str | int, ...]]:
        """End a process; return the events of its resident pages, in ascending vpn.

        Dirty file pages are written back, dirty anonymous pages are not. The frames and
        slots of the process become free; its counters stay.
        Raises ESRCH for an unknown or exited pid.
        """
        self._require_live(pid)
        events = []
        for page, frame in self._resident(pid):
            events += self._discard(page, frame)
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
        if pid is None:
            return with_cost(self._counters.values())
        if pid not in self._counters:
            raise err(errno.ESRCH)
        return with_cost([self._counters[pid]])

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

    def _area(self, page: Page) -> Area | None:
        pid, vpn = page
        self._require_live(pid)
        return next((area for area in self._areas[pid] if area.covers(vpn)), None)

    def _is_file(self, page: Page) -> bool:
        area = self._area(page)
        return area is not None and area.kind == "file"

    def _resident(self, pid: int) -> list[tuple[Page, int]]:
        """Return the pages of one process and their frames, in ascending vpn."""
        pages = enumerate(self._policy.resident())
        return sorted((page, frame) for frame, page in pages if page and page[0] == pid)

    def _evict(self, page: Page, frame: int, dirty: bool) -> list[Event]:
        events: list[Event] = [("UNMAP", *page, frame)]
        if dirty:
            events.append(self._write_out(page))
        return self._record(page[0], events)

    def _write_out(self, page: Page) -> Event:
        if self._is_file(page):
            return ("FOUT",)
        return ("OUT", self._slots.take(page))

    def _fill(self, page: Page, area: Area) -> Event:
        slot = self._slots.find(page)
        if slot is not None:
            return ("IN", slot)
        return ("FIN",) if area.kind == "file" else ("ZERO",)

    def _discard(self, page: Page, frame: int) -> list[Event]:
        """Let go of a page whose process exits: swap will not be read again, a file may be."""
        dirty = self._policy.release(page)
        events: list[Event] = [("UNMAP", *page, frame)]
        if dirty and self._is_file(page):
            events.append(("FOUT",))
        return self._record(page[0], events)

    def _record(self, pid: int, events: list[Event]) -> list[Event]:
        """Charge the events to ``pid`` and return them."""
        for event in events:
            self._counters[pid].update(COUNTED[event[0]])
        return events
