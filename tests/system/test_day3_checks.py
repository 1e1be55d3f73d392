"""Day 3's own, beside what `test_days` holds for every day.

picture   what a student sees of a failure
rule      what no listed wrong version breaks, broken here one rule at a time
"""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from random import Random

import pytest
from days import Day, name_of, runs

from grader import codec
from grader.explain import WIDEST_PICTURE
from grader.replay import Bench, read_folder
from grader.shrink import PASSES
from grader.trace import Trace, TraceRecorder
from grader.verdict import judged

DAY = Day("day3")
SHOWN = ("D3.1", "D3.2", "D3.8", "D3.10", "D3.11", "D3.14", "D3.15")


# --- right programs -----------------------------------------------------------


@pytest.mark.parametrize("folder", DAY.variants, ids=name_of)
def test_nothing_that_shrinking_tries_blames_a_right_program(folder: Path) -> None:
    """Shorter strings, fewer writes and other numbers are fair to a right program, too."""
    blamed = []

    with DAY.bench(folder) as bench, DAY.bench(DAY.reference) as reference:
        for check, number, recorded in DAY.recorded_parts():
            rng = Random(f"{check.id} {number}")
            traces = [*_smaller(codec.decode_trusted(rng.choice(recorded.traces)))]
            found = runs(check.parts[number].modules, traces, bench, reference)
            blamed += [(check.id, run.trace) for run in found if judged(check, run)]

    assert blamed == []


def _smaller(trace: Trace) -> Iterator[Trace]:
    """Yield some of the candidates that each pass of the shrinker makes of ``trace``."""
    for attempt in PASSES:
        yield from filter(None, islice(chain.from_iterable(attempt(trace)), 0, 40, 2))


# --- the wrong programs -------------------------------------------------------


def test_a_wrong_victim_costs_the_pager_nothing() -> None:
    """A pager that follows a wrong policy is right; only wrong frames and dirty bits reach it."""
    foreign = {
        wrong.number
        for wrong in DAY.wrongs
        if wrong.module == "policies" and {"D3.11", "D3.12", "D3.13"} & {*wrong.loses}
    }

    assert foreign == {4, 10, 11}


# --- pictures -----------------------------------------------------------------


def _accesses(name: str, nframes: int, *pages: int, writes: tuple[int, ...] = ()) -> Trace:
    t = TraceRecorder()
    policy = t.thing(t.fn("make_policy", name, nframes), "policy")
    for place, page in enumerate(pages):
        policy.access(page, True) if place in writes else policy.access(page)
    return t.steps


def test_a_policy_is_drawn_as_frames_over_time() -> None:
    """Rows are frames, columns accesses; the last column is the student's own."""
    trace = _accesses("fifo", 3, 1, 2, 3, 1, 4)

    assert DAY.picture_of("D3.1", trace, {5: ["ok", [False, 1, 2, False]]}).splitlines() == [
        "                         expected  yours",
        "    ref      1  2  3  1         4",
        "    frame 0  1  1  1  1         4      1",
        "    frame 1     2  2  2         2      4",
        "    frame 2        3  3         3      3",
        "             M  M  M  H         M      M",
        "    victim                      1      2",
        "    frames as expected, but for the column yours",
        "    M miss, H hit",
        "    an access returns [hit, frame, victim, writeback]",
    ]


def test_a_clock_is_drawn_with_its_hand_and_reference_bits() -> None:
    """The hand has cleared the bits that it passed."""
    trace = _accesses("clock", 2, 1, 2, 3, 2, 4, writes=(1,))

    assert DAY.picture_of("D3.2", trace, {5: ["ok", [False, 0, 3, False]]}).splitlines()[:-1] == [
        "                                 expected  yours",
        "    ref       1    2w   3    2         4",
        "    frame 0  >1*  >1*   3*   3*       >3      4",
        "    frame 1        2*  >2   >2*        4*     2",
        "              M    M    M    H         M      M",
        "    victim              1              2      3",
        "    frames as expected, but for the column yours",
        "    M miss, H hit; w a write",
        "    * reference bit 1, > the hand, both after the access",
    ]


def test_dirty_pages_are_drawn_where_they_matter() -> None:
    """A dirty victim is marked where it leaves."""
    trace = _accesses("lru", 1, 5, 5, 6, writes=(0,))

    assert DAY.picture_of("D3.7", trace, {3: ["ok", [False, 0, 5, False]]}).splitlines()[:-1] == [
        "                     expected  yours",
        "    ref      5w  5         6",
        "    frame 0  5!  5!        6      6",
        "             M   H         M      M",
        "    victim                 5!     5",
        "    frames as expected, but for the column yours",
        "    M miss, H hit; w a write; ! dirty",
    ]


def test_a_string_is_drawn_up_to_the_first_difference() -> None:
    """What comes after it is its consequence."""
    trace: Trace = [["fn", "simulate", ["lru", [1, 2, 1, 3, 2, 1], 2]]]
    yours = {"hitmiss": "MMHMHM", "victims": [None, None, None, 1, None, 2], "resident": [3, 1]}

    assert DAY.picture_of("D3.1", trace, {0: ["ok", yours]}).splitlines() == [
        "                      expected  yours",
        "    ref      1  2  1         3",
        "    frame 0  1  1  1         1",
        "    frame 1     2  2         3",
        "             M  M  H         M      M",
        "    victim                   2      1",
        "    frames as expected, but for the column yours",
        "    M miss, H hit",
    ]


def test_a_pager_is_drawn_with_the_source_of_each_page() -> None:
    """Pages have the names of their processes; what happens at an exit is there, too."""
    t = TraceRecorder()
    pager = t.new("Pager", nframes=1)
    pager.add_process(1, [(0, 2, "anon", True), (2, 3, "file", False)])
    pager.access(1, 0, True)
    for vpn in (2, 0, 0, 9):
        pager.access(1, vpn)
    pager.exit(1)

    assert DAY.picture_of("D3.11", t.steps, {}).splitlines() == [
        "    ref      1:0w  1:2   1:0   1:0   1:9   exit 1",
        "    frame 0  1:0!  1:2   1:0   1:0   1:0",
        "               Z     F     S     H     x",
        "    victim         1:0!  1:2",
        "    frames as expected",
        "    pid:vpn; w a write; ! dirty, a dirty victim is written",
        "    H hit, Z zeros, S from swap, F from its file, x refused",
    ]


def test_numbers_are_drawn_below_their_references() -> None:
    """The window of a working set is in brackets, the first difference is marked."""
    trace: Trace = [["fn", "working_set", [[1, 2, 3, 10, 1], 2]]]

    assert DAY.picture_of("D3.10", trace, {0: ["ok", [1, 2, 3, 3, 2]]}).splitlines() == [
        "    ref       1   [2]  [3]",
        "    expected  1    2    2",
        "    yours     1    2    3",
        "                        ^",
        "    [ ] the window of tau = 2 references that ends at ^",
    ]


def test_a_distance_that_does_not_exist_is_a_dash() -> None:
    """And a line says what the dash is."""
    trace: Trace = [["fn", "stack_distances", [[1, 2, 1]]]]

    assert DAY.picture_of("D3.8", trace, {0: ["ok", [None, None, 1]]}).splitlines() == [
        "    ref       1  2  1",
        "    expected  -  -  2",
        "    yours     -  -  1",
        "                    ^",
        "    - is None",
    ]


def test_a_store_of_a_wrong_length_that_is_accepted_is_told_the_error() -> None:
    """The reference has raised, so there is no value to be expected."""
    files = _broken(
        "zpool",
        """
        class ZPool(right.ZPool):
            def store(self, key, page):
                return super().store(key, page) if len(page) == self._page_size else True
    """,
    )

    sentence = DAY.graded(files, "D3.15")["D3.15"].sentence

    assert sentence.endswith("returned True; expected the error EINVAL (invalid argument).")


def test_a_long_string_is_drawn_from_its_end() -> None:
    """What does not fit is left out at the left."""
    refs = [place % 7 for place in range(60)]
    trace: Trace = [["fn", "simulate", ["fifo", refs, 3]]]

    yours = {"hitmiss": "M" * 60, "victims": [None] * 3 + [place % 7 for place in range(56)] + [9]}
    drawing = DAY.picture_of("D3.1", trace, {0: ["ok", yours]}).splitlines()

    assert drawing[1].startswith("    ref     ...  2  3")
    assert drawing[1].endswith("  0  1  2         3")
    assert max(map(len, drawing)) <= WIDEST_PICTURE


# --- rules that no listed wrong version breaks --------------------------------

# name: (check that must see it, words of the finding, module, the module)
BROKEN_RULES = {
    "no frame is numbered": ("D3.1", "", "policies", """
        right._Policy.resident = lambda self: [page for page in self._pages if page is not None]
    """),
    "random asks at every fault": ("D3.1", "", "policies", """
        fault = right._Random._fault
        right._Random._fault = lambda self, *a: (self._rng.random(), fault(self, *a))[1]
    """),
    "ages of any width": ("D3.4", "", "policies", """
        right._Aging.__init__, init = lambda self, n, bits: init(self, n, 32), right._Aging.__init__
    """),
    "the lowest frame of equal counts": ("D3.5", "", "policies", """
        right._Lfu._choose = lambda self: self._count.index(min(self._count))
    """),
    "written back twice": ("D3.7", "writebacks to be", "policies", """
        simulated = simulate
        def simulate(*a, **k):
            told = simulated(*a, **k)
            return told | {"writebacks": 2 * told["writebacks"]}
    """),
    "one frame too few": ("D3.8", "", "analysis", """
        def miss_curve(refs, max_frames):
            return right.miss_curve(refs, max_frames + 1)[1:]
    """),
    "fewer instead of more": ("D3.9", "", "analysis", """
        def belady_anomalies(name, refs, max_frames):
            misses = [simulate(name, refs, f)["misses"] for f in range(1, max_frames + 1)]
            pairs = zip(misses, misses[1:])
            return [(f, a, b) for f, (a, b) in enumerate(pairs, 1) if a > b]
    """),
    "anomalies of clock are hidden": ("D3.9", " frames", "analysis", """
        def belady_anomalies(name, *a):
            return [] if name == "clock" else right.belady_anomalies(name, *a)
    """),
    "lru does not include": ("D3.9", "the pages ", "policies", """
        choose = right._Lru._choose
        right._Lru._choose = lambda self: (
            next(reversed(self._frame_of.values())) if len(self._pages) == 3 else choose(self)
        )
    """),
    "more misses of opt with three frames": ("D3.9", " misses, as with ", "policies", """
        best = opt
        def opt(refs, nframes):
            return best(refs, 1 if nframes == 3 and len(set(refs)) > 3 else nframes)
        simulated = simulate
        def simulate(name, refs, nframes, *a, **k):
            return opt(refs, nframes) if name == "opt" else simulated(name, refs, nframes, *a, **k)
    """),
    "hits are kept from the policy": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def access(self, pid, vpn, write=False):
                if (pid, vpn) in self._policy.resident() and not write:
                    self._counters[pid]["hits"] += 1
                    return []
                return super().access(pid, vpn, write)
    """),
    "always the same policy": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def __init__(self, nframes, policy="clock"):
                super().__init__(nframes, policy)
                super().__init__(nframes, "fifo")
    """),
    "the hand moves at an exit": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def exit(self, pid):
                events = super().exit(pid)
                self._policy._hand = len(self._policy.resident()) - 1
                return events
    """),
    "the hand begins anew at an exit": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def exit(self, pid):
                events = super().exit(pid)
                self._policy._hand = 0
                return events
    """),
    "an exit is a reference to what stays": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def exit(self, pid):
                events = super().exit(pid)
                for page in sorted(filter(None, self._policy.resident())):
                    self._policy.access(page)
                return events
    """),
    "a refused access is a reference": ("D3.11", "", "pager", """
        class Pager(right.Pager):
            def access(self, pid, vpn, write=False):
                events = super().access(pid, vpn, write)
                if events == [("SEGPROT",)] and (pid, vpn) in self._policy.resident():
                    self._policy.access((pid, vpn))
                return events
    """),
    "a page is in two frames": ("D3.12", "MAP to a frame that is free", "pager", """
        class Pager(right.Pager):
            def access(self, pid, vpn, write=False):
                events = super().access(pid, vpn, write)
                return events + events[-1:] if ("ZERO",) in events else events
    """),
    "swap is not read": ("D3.12", "IN from slot", "pager", """
        class Pager(right.Pager):
            def _fill(self, page, area):
                event = super()._fill(page, area)
                return ("ZERO",) if event[0] == "IN" else event
    """),
    "read from nowhere": ("D3.12", "was never written", "pager", """
        class Pager(right.Pager):
            def _fill(self, page, area):
                event = super()._fill(page, area)
                return ("IN", 0) if event[0] == "ZERO" else event
    """),
    "a dirty page is dropped": ("D3.12", "the page is dirty", "pager", """
        class Pager(right.Pager):
            def _evict(self, page, frame, dirty):
                return super()._evict(page, frame, False)
    """),
    "frames stay taken": ("D3.12", "an UNMAP for each", "pager", """
        class Pager(right.Pager):
            def _resident(self, pid):
                return super()._resident(pid)[1:]
    """),
    "free frames are not used": ("D3.12", "while a frame is free", "pager", """
        class Pager(right.Pager):
            def __init__(self, nframes, policy="clock"):
                super().__init__(nframes, policy)
                super().__init__((nframes + 1) // 2, policy)
                self._empty = nframes - (nframes + 1) // 2
            def snapshot(self):
                shown = super().snapshot()
                return shown | {"frames": shown["frames"] + [None] * self._empty}
    """),
    "the caller pays for the victim": ("D3.13", "by your own events", "pager", """
        class Pager(right.Pager):
            def access(self, pid, vpn, write=False):
                self._caller = pid
                return super().access(pid, vpn, write)
            def _evict(self, page, frame, dirty):
                self._record, record = lambda _, e: record(self._caller, e), self._record
                events = super()._evict(page, frame, dirty)
                del self._record
                return events
    """),
    "the dead are forgotten": ("D3.13", "", "pager", """
        class Pager(right.Pager):
            def exit(self, pid):
                events = super().exit(pid)
                self._counters[pid].clear()
                return events
    """),
    "a hit is free": ("D3.13", "cost to be", "pager", """
        class Pager(right.Pager):
            def stats(self, pid=None):
                told = super().stats(pid)
                return told | {"cost": told["cost"] - told["hits"]}
    """),
    "the window doubles once more": ("D3.14", "", "readahead", """
        class Readahead(right.Readahead):
            def __init__(self, init=4, maximum=32):
                super().__init__(init, maximum)
                self._maximum = 2 * maximum
    """),
    "runs of 256": ("D3.15", "", "zpool", """
        right._LONGEST_RUN = 256
    """),
    "an old entry of the key is written back": ("D3.15", "not in the pool", "zpool", """
        class ZPool(right.ZPool):
            def store(self, key, page):
                if key in self._codes:
                    self._writeback(key, right._decode(self._codes[key], self._page_size))
                return super().store(key, page)
    """),
    "used counts pages": ("D3.15", "used ", "zpool", """
        class ZPool(right.ZPool):
            used = property(lambda self: len(self._codes))
    """),
    "the newest leaves": ("D3.16", "stored earliest", "zpool", """
        class ZPool(right.ZPool):
            def _make_room(self, length):
                while self._used + length > self._capacity:
                    newest = next(reversed(self._codes))
                    self._writeback(newest, right._decode(self._drop(newest), self._page_size))
    """),
    "one more than needed leaves": ("D3.16", "and no more", "zpool", """
        class ZPool(right.ZPool):
            def _make_room(self, length):
                super()._make_room(length + 1 if self._codes else length)
    """),
    "a key keeps its place": ("D3.16", "", "zpool", """
        class ZPool(right.ZPool):
            def store(self, key, page):
                order = list(self._codes)
                done = super().store(key, page)
                for each in order if done and key in order else ():
                    if each in self._codes:
                        self._codes.move_to_end(each)
                return done
    """),
    "whoever fits is admitted": ("D3.17", "", "load_control", """
        def admit(ws, nframes):
            admitted = []
            for size, pid in sorted(((size, pid) for pid, size in ws.items()), reverse=True):
                if size <= nframes:
                    nframes -= size
                    admitted.append(pid)
            return sorted(admitted, key=lambda pid: (ws[pid], pid))
    """),
    "a window that is not full": ("D3.17", "", "load_control", """
        class ThrashMeter(right.ThrashMeter):
            def record(self, fault):
                super().record(fault)
                return sum(self._recent) / self._window >= self._threshold
    """),
    "more than the threshold": ("D3.17", "", "load_control", """
        class ThrashMeter(right.ThrashMeter):
            def record(self, fault):
                super().record(fault)
                full = len(self._recent) == self._window
                return full and sum(self._recent) / self._window > self._threshold
    """),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN_RULES.values(), ids=BROKEN_RULES)
def test_each_rule_is_judged(rule: tuple[str, str, str, str]) -> None:
    """A program that breaks one rule is told so, in words about that rule."""
    check, words, module, source = rule
    files = _broken(module, source)

    with Bench(files, DAY.assignment.machine) as bench, DAY.bench(DAY.reference) as reference:
        found = [
            failure.words
            for each, number, recorded in DAY.recorded_parts()
            if each.id == check
            for run in runs(
                each.parts[number].modules,
                [codec.decode_trusted(text) for text in recorded.traces],
                bench,
                reference,
            )
            if (failure := judged(each, run))
        ]

    assert [told for told in found if words in told]


def _broken(module: str, source: str) -> dict[str, bytes]:
    """Return the reference with one module that changes what it imports from the right one."""
    right = read_folder(DAY.reference)
    lines = [line[8:] for line in source.splitlines()]
    names = {"policies": "Access, make_policy, opt, simulate", "pager": "Pager"}.get(module, "*")
    more = "from policies import simulate\n" if module == "analysis" else ""
    head = f"from right import {module} as right\nfrom right.{module} import {names}\n{more}"
    return {
        **right,
        **{f"right/{name}": content for name, content in right.items()},
        "right/__init__.py": b"",
        f"{module}.py": (head + "\n".join(lines) + "\n").encode(),
    }


# --- the traces ---------------------------------------------------------------


def test_forty_anomalies_are_looked_for_beside_the_textbooks() -> None:
    """The curriculum asks for the FIFO anomaly on the textbook string and on 40 others."""
    check = DAY.checks["D3.9"]
    number = [part.name for part in check.parts].index("anomalies of fifo")
    recorded = DAY.corpora["D3.9"].parts[number]
    strings = {
        tuple(codec.decode_trusted(text)[0][2][1])
        for text, expected in zip(recorded.traces, recorded.expected, strict=True)
        if codec.decode_trusted(expected) != [["ok", []]]
    }

    assert len(strings) >= 40


def test_points_and_visibility_are_the_curriculums() -> None:
    """The table of points of day 3, without what is still to be written."""
    visible = {check.id for check in DAY.checks.values() if check.is_shown}
    points = {check.id: int(check.points) for check in DAY.checks.values()}

    assert points == {
        "D3.1": 7, "D3.2": 6, "D3.3": 4, "D3.4": 4, "D3.5": 3, "D3.6": 6, "D3.7": 4, "D3.8": 6,
        "D3.9": 4, "D3.10": 4, "D3.11": 8, "D3.12": 5, "D3.13": 5, "D3.14": 5, "D3.15": 4,
        "D3.16": 3, "D3.17": 4,
    }  # fmt: skip
    assert visible == {*SHOWN}
