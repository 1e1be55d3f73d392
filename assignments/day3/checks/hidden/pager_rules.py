"""What holds of a pager, whichever pages it chooses to drop.

Owns a log of one pager by its own events, and judges it against itself: a wrong victim or a
wrong dirty bit of a policy is not blamed here.

    page      (pid, vpn)
    frames    frame -> page, by MAP and UNMAP        {0: (1, 8)}
    slots     page -> slot, by OUT                   {(1, 0): 0}
    dirty     the dirty frames as the last snapshot showed them, None when something has
              happened since
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs, same

from ..visible.reading import event_names, events_of, is_int

Event = Sequence[Any]
Page = tuple[int, int]

REFUSALS = {"SEGV", "SEGPROT"}
COUNTED = {
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
PRICES = {
    "accesses": 1, "maps": 300, "unmaps": 400, "ins": 3100, "outs": 2700, "fins": 2800,
    "fouts": 2400, "zeros": 140, "segv": 340, "segprot": 420,
}  # fmt: skip
SHOWN = (
    "hits", "minor", "major", "segv", "segprot", "maps", "unmaps", "ins", "outs", "fins", "fouts",
    "zeros",
)  # fmt: skip


class PagerLog:
    """One pager by its own events."""

    def __init__(self, run: Run, nframes: int) -> None:
        self.run, self.nframes = run, nframes
        self.resident: set[Page] = set()
        self.slots: dict[Page, int] = {}
        self.areas: dict[int, list[Any]] = {}
        self.dirty: set[int] | None = set()
        self.counters: dict[int, Counter[str]] = {}

    def play(self, index: int, step: Step, yours: Outcome, expected: Outcome) -> None:
        """Judge one successful step and note what it changed."""
        if step[0] == "snap":
            self.look(index, yours.value)
        elif step[2] == "stats":
            self.stats(index, step, yours.value)
        elif step[2] == "add_process":
            self.areas[step[3][0]] = step[3][1]
            self.counters[step[3][0]] = Counter()
        else:
            events = events_of(yours)
            if events is None:
                self.run.differ(index, "a list of events")
            self.play_events(index, step, events, events_of(expected) or [])
            self.dirty = None

    def play_events(
        self, index: int, step: Step, events: Sequence[Event], expected: Sequence[Event]
    ) -> None:
        """Judge the events of one access or exit, and follow them."""
        pid = step[3][0]
        if step[2] == "exit":
            self.exit(index, pid, events)
            return
        page = pid, step[3][1]
        refused = REFUSALS.intersection(event_names(expected))
        if REFUSALS.intersection(event_names(events)) != refused:
            self.run.differ(index, "" if refused else "no refusal: the access is allowed")
        if not events and page not in self.resident:
            self.run.differ(index, f"a fault: page {name_of(page)} is in no frame")
        self.count(pid, "accesses")
        if not events:
            self.count(pid, "hits")
        self.follow(index, page, events)

    def follow(self, index: int, page: Page, events: Sequence[Event]) -> None:
        """Follow the events of one access that faulted or was refused."""
        owner = page[0]
        for place, event in enumerate(events):
            if event[0] == "UNMAP":
                owner = event[1]
                self.resident.discard((event[1], event[2]))
                self.unmap(index, event, events[place + 1 : place + 2])
            elif event[0] in ("IN", "FIN", "ZERO"):
                owner = page[0]
                self.fill(index, page, event)
            elif event[0] == "MAP":
                self.resident.add(page)
                self.map(index, page, event[1])
            self.count(owner, *COUNTED[event[0]])

    def exit(self, index: int, pid: int, events: Sequence[Event]) -> None:
        """Follow the exit of a process."""
        for place, event in enumerate(events):
            if event[0] == "UNMAP":
                self.resident.discard((event[1], event[2]))
                self.unmap(index, event, events[place + 1 : place + 2], exits=True)
            self.count(pid, *COUNTED[event[0]])
        del self.areas[pid]
        self.left(index, pid)
        self.slots = {page: slot for page, slot in self.slots.items() if page[0] != pid}

    def count(self, pid: int, *names: str) -> None:
        """Charge counters to the owner of a page."""
        self.counters.setdefault(pid, Counter()).update(names)

    # What a subclass judges; here it is only noted.

    def look(self, index: int, shown: Any) -> None:
        """Take a snapshot in."""

    def stats(self, index: int, step: Step, shown: Any) -> None:
        """Take statistics in."""

    def left(self, index: int, pid: int) -> None:
        """Take in that a process has exited."""

    def unmap(
        self, index: int, event: Event, then: Sequence[Event], *, exits: bool = False
    ) -> None:
        """Take in that a page leaves; ``then`` is the event after that, if any."""

    def fill(self, index: int, page: Page, event: Event) -> None:
        """Take in where a page comes from."""

    def map(self, index: int, page: Page, frame: int) -> None:
        """Take in where a page goes."""


def name_of(page: Page) -> str:
    """Return a page in words."""
    return f"{page[1]} of process {page[0]}"


# --- data flow and conservation -----------------------------------------------


class FlowLog(PagerLog):
    """A log that judges where data comes from and goes to, and that nothing is lost or doubled."""

    def __init__(self, run: Run, nframes: int) -> None:
        super().__init__(run, nframes)
        self.frames: dict[int, Page] = {}

    def is_file(self, page: Page) -> bool:
        """Return whether a page belongs to an area of a file."""
        areas = self.areas.get(page[0], [])
        return any(start <= page[1] < end and kind == "file" for start, end, kind, _ in areas)

    def unmap(
        self, index: int, event: Event, then: Sequence[Event], *, exits: bool = False
    ) -> None:
        """Judge what happens to a page that leaves."""
        page, frame = (event[1], event[2]), event[3]
        if self.frames.get(frame) != page:
            self._wrong(index, f"no UNMAP of page {name_of(page)}, which is not in frame {frame}")
        if not exits and len(self.frames) < self.nframes:
            self._wrong(index, "no UNMAP while a frame is free")
        out = then[0] if then and then[0][0] in ("OUT", "FOUT") else None
        is_dirty = None if self.dirty is None else frame in self.dirty
        if out is not None and is_dirty is False:
            self._wrong(index, f"no {out[0]}: the page is clean by your own snapshot")
        is_kept = not exits or self.is_file(page)
        if out is None and is_dirty and is_kept:
            self._wrong(index, "OUT or FOUT: the page is dirty by your own snapshot")
        if out is not None and (out[0] == "FOUT") != self.is_file(page):
            self._wrong(index, "OUT for an anonymous page, FOUT for one of a file")
        if out is not None and out[0] == "OUT":
            self._write_out(index, page, out[1])
        del self.frames[frame]

    def _write_out(self, index: int, page: Page, slot: int) -> None:
        taken = set(self.slots.values())
        free = next(number for number in range(len(taken) + 1) if number not in taken)
        right = self.slots.get(page, free)
        if slot != right:
            self._wrong(index, f"OUT to slot {right}; in use are {sorted(taken)}")
        self.slots[page] = slot

    def fill(self, index: int, page: Page, event: Event) -> None:
        """Judge where the data of a page comes from."""
        slot = self.slots.get(page)
        if event[0] == "IN" and slot is None:
            self._wrong(index, f"no IN: page {name_of(page)} was never written to a slot")
        if slot is not None and list(event) != ["IN", slot]:
            self._wrong(index, f"IN from slot {slot}, where the page was written")

    def map(self, index: int, page: Page, frame: int) -> None:
        """Judge where a page goes."""
        if not 0 <= frame < self.nframes or frame in self.frames or page in self.frames.values():
            self._wrong(index, "MAP to a frame that is free, and once")
        self.frames[frame] = page

    def left(self, index: int, pid: int) -> None:
        """Require that no page of an exited process is left in a frame."""
        if any(owner == pid for owner, _ in self.frames.values()):
            self._wrong(index, "an UNMAP for each resident page")

    def look(self, index: int, shown: Any) -> None:
        """Judge a snapshot against the events so far."""
        frames = [self.frames.get(frame) for frame in range(self.nframes)]
        slots = sorted([slot, *page] for page, slot in self.slots.items())
        told = shown if type(shown) is dict else {}
        if not same(told.get("frames"), [page and list(page) for page in frames]):
            self._wrong(index, f"frames to be {frames}, by your own events")
        if not same(told.get("slots"), slots):
            self._wrong(index, f"slots to be {slots}, by your own events")
        dirty = told.get("dirty")
        if type(dirty) is not list or not all(map(is_int, dirty)):
            self._wrong(index, "a list of frames in dirty")
        self.dirty = set(dirty)

    def _wrong(self, index: int, expected: str) -> NoReturn:
        self.run.differ(index, expected)


# --- statistics ---------------------------------------------------------------


class StatisticsLog(PagerLog):
    """A log that judges the statistics against the events."""

    def stats(self, index: int, step: Step, shown: Any) -> None:
        """Judge the counters and the cost of one process, or of all."""
        pid = step[3][0] if step[3] else None
        mine = [self.counters.get(pid, Counter())] if pid is not None else self.counters.values()
        total = sum(mine, Counter())
        wanted = {name: total[name] for name in SHOWN}
        wanted["cost"] = sum(total[name] * price for name, price in PRICES.items())
        if type(shown) is not dict or shown.keys() != wanted.keys():
            self.run.differ(index, f"a dict with the keys {', '.join(wanted)}")
        for name, count in wanted.items():
            if not same(shown[name], count):
                self.run.differ(index, f"{name} to be {count}, by your own events")


# --- judging ------------------------------------------------------------------


def _judge(run: Run, log_of: type[PagerLog]) -> None:
    log: PagerLog | None = None
    for index, step, yours, expected in run.steps():
        if "skip" in (yours.result, expected.result):
            continue
        if yours.result != "ok" or expected.result != "ok":
            if differs(yours, expected):
                run.differ(index, "")
        elif step[0] == "new":
            log = log_of(run, step[3]["nframes"])
        elif log is not None:
            log.play(index, step, yours, expected)


def judge_flow(run: Run) -> None:
    """Require that data, frames and slots are conserved, by the pager's own events."""
    _judge(run, FlowLog)


def judge_statistics(run: Run) -> None:
    """Require statistics that agree with the pager's own events."""
    _judge(run, StatisticsLog)
