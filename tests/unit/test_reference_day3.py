"""Day 3's reference gives the worked examples and the boundary cases of the course, literally."""

from random import Random
from typing import Any

import pytest
from loading import load_reference
from machine import Recorder
from outcomes import error_of

DAY = load_reference(3)
make_policy, simulate, opt = DAY.policies.make_policy, DAY.policies.simulate, DAY.policies.opt
Pager, Readahead, ZPool = DAY.pager.Pager, DAY.readahead.Readahead, DAY.zpool.ZPool
admit, ThrashMeter = DAY.load_control.admit, DAY.load_control.ThrashMeter

TEXTBOOK = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
POLICIES = "fifo lru mru clock esc aging lfu".split()


def victims_of(result: dict[str, Any]) -> list[int]:
    """Return the victims in order, without the accesses that had none."""
    return [victim for victim in result["victims"] if victim is not None]


class TestPolicies:
    """policies.py: frames, bits and victims."""

    @pytest.mark.parametrize(
        ("name", "hitmiss", "victims", "resident"),
        [
            ("fifo", "MMMMMMMHHMMH", [1, 2, 3, 4, 1, 2], [5, 3, 4]),
            ("clock", "MMMMMMMHHMMH", [1, 2, 3, 4, 1, 2], [5, 3, 4]),
            ("esc", "MMMMMMMHHMMH", [1, 2, 3, 4, 1, 2], [5, 3, 4]),
            ("lru", "MMMMMMMHHMMM", [1, 2, 3, 4, 5, 1, 2], [3, 4, 5]),
            ("aging", "MMMMMMMHHMMM", [1, 2, 3, 4, 5, 1, 2], [3, 4, 5]),
            ("mru", "MMMMHHMHMMHH", [3, 2, 1, 2], [3, 5, 4]),
            ("lfu", "MMMMMMMHHMMM", [1, 2, 3, 4, 5, 3, 4], [5, 1, 2]),
            ("opt", "MMMMHHMHHMMH", [3, 4, 2, 3], [1, 4, 5]),
            ("random", "MMMMMHMMMHMM", [1, 4, 1, 2, 5, 1, 2], [5, 4, 3]),
        ],
    )
    def test_example_1(
        self, name: str, hitmiss: str, victims: list[int], resident: list[int]
    ) -> None:
        """The textbook string in 3 frames."""
        options = {"rng": Random(1)} if name == "random" else {}

        result = simulate(name, TEXTBOOK, 3, **options)

        assert result["hitmiss"] == hitmiss
        assert victims_of(result) == victims
        assert result["resident"] == resident
        assert (result["hits"], result["misses"]) == (hitmiss.count("H"), hitmiss.count("M"))
        assert result["writebacks"] == 0

    def test_example_1_shows_beladys_anomaly(self) -> None:
        """FIFO misses more with 4 frames than with 3."""
        misses = [simulate("fifo", TEXTBOOK, frames)["misses"] for frames in (3, 4)]

        assert misses == [9, 10]

    @pytest.mark.parametrize(
        ("name", "hitmiss", "victims", "resident"),
        [
            ("fifo", "MMMHMMMM", [0, 1, 2, 3], [1, 0, 4]),
            ("clock", "MMMHMMMM", [0, 1, 2, 3], [1, 0, 4]),
            ("aging", "MMMHMMMM", [0, 1, 2, 3], [1, 0, 4]),
            ("lru", "MMMHMHMM", [1, 2, 3], [0, 1, 4]),
            ("lfu", "MMMHMHMM", [1, 2, 3], [0, 1, 4]),
            ("esc", "MMMHMMMM", [0, 2, 1, 3], [1, 4, 0]),
        ],
    )
    def test_example_2(
        self, name: str, hitmiss: str, victims: list[int], resident: list[int]
    ) -> None:
        """Two writes, one of them to a page that leaves."""
        writes = [position in (1, 5) for position in range(8)]

        result = simulate(name, [0, 1, 2, 0, 3, 0, 4, 1], 3, writes)

        assert result["hitmiss"] == hitmiss
        assert victims_of(result) == victims
        assert result["resident"] == resident
        assert result["writebacks"] == 1

    def test_example_3(self) -> None:
        """The passes of enhanced second chance in detail."""
        policy = make_policy("esc", 3)
        loads = [(1, True), (2, False), (3, False), (4, False), (5, False), (6, True)]

        accesses = [policy.access(page, write) for page, write in loads]

        assert accesses[3:] == [(False, 1, 2, False), (False, 2, 3, False), (False, 0, 1, True)]
        assert policy.snapshot() == {"resident": [6, 4, 5], "dirty": [True, False, False]}

    @pytest.mark.parametrize("name", POLICIES)
    def test_a_new_policy_has_empty_frames(self, name: str) -> None:
        """Frames that hold nothing are None and clean."""
        assert make_policy(name, 2).snapshot() == {
            "resident": [None, None],
            "dirty": [False, False],
        }

    @pytest.mark.parametrize("name", [*POLICIES, "opt"])
    def test_the_empty_string_has_no_accesses(self, name: str) -> None:
        """All counts are 0 and all frames empty."""
        assert simulate(name, [], 2) == {
            "hits": 0,
            "misses": 0,
            "hitmiss": "",
            "victims": [],
            "writebacks": 0,
            "resident": [None, None],
        }

    @pytest.mark.parametrize("name", [*POLICIES, "opt"])
    def test_one_page_repeated_misses_once(self, name: str) -> None:
        """One frame is enough for one page."""
        assert simulate(name, [7, 7, 7, 7], 1)["hitmiss"] == "MHHH"

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("fifo", {"nframes": 0}),
            ("opt", {"nframes": 2}),
            ("second", {"nframes": 2}),
            ("random", {"nframes": 2}),
            ("aging", {"nframes": 2, "bits": 0}),
        ],
    )
    def test_make_policy_refuses_bad_values(self, name: str, options: dict[str, int]) -> None:
        """No frame, a policy that needs the future, an unknown one, no rng, no bits."""
        with pytest.raises(ValueError, match=r"nframes|unknown policy|rng|bits"):
            make_policy(name, **options)

    @pytest.mark.parametrize("name", ["lru", "opt"])
    def test_simulate_refuses_writes_of_another_length(self, name: str) -> None:
        """There must be one write flag for each reference, even where they are ignored."""
        with pytest.raises(ValueError, match="give one for each"):
            simulate(name, [1, 2], 1, [True])

    def test_opt_refuses_no_frames(self) -> None:
        """Also by way of simulate."""
        with pytest.raises(ValueError, match="nframes"):
            opt([1], 0)
        with pytest.raises(ValueError, match="nframes"):
            simulate("opt", [1], 0)

    def test_opt_never_writes_back(self) -> None:
        """It ignores writes."""
        assert simulate("opt", [1, 2, 3], 1, [True] * 3)["writebacks"] == 0


class TestAnalysis:
    """analysis.py: what a reference string says by itself."""

    REFS = (1, 2, 3, 1, 1, 4, 2)

    def test_examples(self) -> None:
        """Stack distances, the miss curve and working sets of one string."""
        assert DAY.analysis.stack_distances(self.REFS) == [None, None, None, 3, 1, None, 4]
        assert DAY.analysis.miss_curve(self.REFS, 4) == [7, 6, 6, 5, 4]
        assert DAY.analysis.working_set(self.REFS, 3) == [1, 2, 3, 3, 2, 2, 3]

    def test_belady_examples(self) -> None:
        """FIFO has the anomaly on the textbook string, LRU has none."""
        assert DAY.analysis.belady_anomalies("fifo", TEXTBOOK, 5) == [(3, 9, 10)]
        assert DAY.analysis.belady_anomalies("lru", TEXTBOOK, 5) == []

    def test_bounds(self) -> None:
        """No frames at all, a window of one, a window longer than the string, no references."""
        assert DAY.analysis.miss_curve(self.REFS, 0) == [7]
        assert DAY.analysis.working_set(self.REFS, 1) == [1] * 7
        assert DAY.analysis.working_set(self.REFS, 99) == [1, 2, 3, 3, 3, 4, 4]
        assert DAY.analysis.miss_curve([], 2) == [0, 0, 0]
        assert DAY.analysis.stack_distances([]) == DAY.analysis.working_set([], 2) == []
        assert DAY.analysis.belady_anomalies("fifo", TEXTBOOK, 1) == []

    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("miss_curve", ([1], -1)),
            ("working_set", ([1], 0)),
            ("belady_anomalies", ("fifo", [1], 0)),
            ("belady_anomalies", ("random", [1], 2)),
            ("belady_anomalies", ("second", [1], 1)),
        ],
    )
    def test_bad_values(self, function: str, arguments: tuple[Any, ...]) -> None:
        """They are refused even where nothing would be computed."""
        with pytest.raises(ValueError, match=r"at least|random|unknown policy"):
            getattr(DAY.analysis, function)(*arguments)


class TestPager:
    """pager.py: the event log, its costs, and the calls that fail."""

    def test_example_1(self) -> None:
        """Every kind of event, one after the other."""
        pager = Pager(2, "fifo")
        pager.add_process(1, [(0, 4, "anon", True), (8, 10, "file", True)])

        assert pager.access(1, 0, True) == [("ZERO",), ("MAP", 0)]
        assert pager.access(1, 8) == [("FIN",), ("MAP", 1)]
        assert pager.access(1, 1) == [("UNMAP", 1, 0, 0), ("OUT", 0), ("ZERO",), ("MAP", 0)]
        assert pager.access(1, 0) == [("UNMAP", 1, 8, 1), ("IN", 0), ("MAP", 1)]
        assert pager.access(1, 9, True) == [("UNMAP", 1, 1, 0), ("FIN",), ("MAP", 0)]
        assert pager.access(1, 1) == [("UNMAP", 1, 0, 1), ("ZERO",), ("MAP", 1)]
        assert pager.access(1, 5) == [("SEGV",)]
        assert pager.snapshot() == {
            "frames": [[1, 9], [1, 1]],
            "dirty": [0],
            "slots": [[0, 1, 0]],
        }
        assert pager.exit(1) == [("UNMAP", 1, 1, 1), ("UNMAP", 1, 9, 0), ("FOUT",)]
        assert pager.stats(1) == {
            "hits": 0,
            "minor": 3,
            "major": 3,
            "segv": 1,
            "segprot": 0,
            "maps": 6,
            "unmaps": 6,
            "ins": 1,
            "outs": 1,
            "fins": 2,
            "fouts": 1,
            "zeros": 3,
            "cost": 18767,
        }
        assert pager.snapshot() == {"frames": [None, None], "dirty": [], "slots": []}

    def test_example_2(self) -> None:
        """A refused write loads nothing, and a clean page costs nothing to drop."""
        pager = Pager(1)
        pager.add_process(7, [(0, 2, "anon", False)])

        assert pager.access(7, 0, True) == [("SEGPROT",)]
        assert pager.snapshot()["frames"] == [None]
        assert pager.access(7, 0) == [("ZERO",), ("MAP", 0)]
        assert pager.access(7, 1) == [("UNMAP", 7, 0, 0), ("ZERO",), ("MAP", 0)]
        assert error_of(pager.access, 8, 0) == "ESRCH"

    def test_an_area_ends_before_its_end(self) -> None:
        """Areas may touch; the page after the last one belongs to nobody."""
        pager = Pager(4)
        pager.add_process(1, [(2, 4, "anon", True), (4, 5, "file", False)])

        kinds = [pager.access(1, vpn)[0] for vpn in (1, 2, 3, 4, 5)]

        assert kinds == [("SEGV",), ("ZERO",), ("ZERO",), ("FIN",), ("SEGV",)]

    @pytest.mark.parametrize(
        "vmas",
        [
            [(0, 4, "anon", True), (3, 5, "file", True)],
            [(-1, 4, "anon", True)],
            [(4, 4, "anon", True)],
            [(0, 4, "heap", True)],
        ],
    )
    def test_bad_areas_leave_the_pid_unused(self, vmas: list[tuple[Any, ...]]) -> None:
        """EINVAL changes nothing, so the pid can still be added."""
        pager = Pager(1)

        assert error_of(pager.add_process, 1, vmas) == "EINVAL"
        assert error_of(pager.stats, 1) == "ESRCH"
        assert error_of(pager.add_process, 1, []) is None

    def test_a_pid_is_never_used_again(self) -> None:
        """EEXIST comes before EINVAL, and exited processes only answer stats."""
        pager = Pager(1)
        pager.add_process(1, [(0, 1, "anon", True)])
        pager.exit(1)

        assert error_of(pager.add_process, 1, [(4, 4, "heap", True)]) == "EEXIST"
        assert error_of(pager.exit, 1) == error_of(pager.access, 1, 0) == "ESRCH"
        assert error_of(pager.stats, 1) is None

    def test_eviction_is_charged_to_the_owner_of_the_page(self) -> None:
        """UNMAP and OUT go to the victim's process, the fault to the caller."""
        pager = Pager(1)
        for pid in (1, 2):
            pager.add_process(pid, [(0, 1, "anon", True)])
        pager.access(1, 0, True)
        pager.access(2, 0)

        assert pager.stats(1)["cost"] == 1 + 140 + 300 + 400 + 2700
        assert pager.stats(2)["cost"] == 1 + 140 + 300
        assert pager.stats()["cost"] == 3842

    def test_a_slot_freed_by_exit_is_the_lowest_again(self) -> None:
        """Slots of the living keep their numbers, freed ones are given out lowest first."""
        pager = Pager(1, "fifo")
        for pid in (1, 2, 3):
            pager.add_process(pid, [(0, 3, "anon", True)])
        pages = [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
        for pid, vpn in pages:
            pager.access(pid, vpn, True)

        pager.exit(1)
        pager.access(3, 0)

        assert pager.snapshot()["slots"] == [[0, 2, 2], [2, 2, 0], [3, 2, 1]]

    def test_the_hand_stays_and_ages_start_at_0_after_exit(self) -> None:
        """A page in a freed frame starts anew, and the clock goes on from where it was."""
        pager = Pager(3, "clock")
        for pid in (1, 2):
            pager.add_process(pid, [(0, 9, "anon", True)])
        for pid, vpn in [(1, 0), (2, 0), (2, 1), (2, 2)]:  # the last one takes frame 0
            pager.access(pid, vpn)
        pager.exit(1)

        assert pager.access(2, 3)[0] == ("UNMAP", 2, 0, 1)

    @pytest.mark.parametrize("arguments", [(0,), (2, "mru"), (2, "opt")])
    def test_bad_values(self, arguments: tuple[Any, ...]) -> None:
        """No frames, and policies that are not for pagers."""
        with pytest.raises(ValueError, match=r"nframes|unknown policy"):
            Pager(*arguments)


class TestReadahead:
    """readahead.py: the batches of one reader."""

    def test_example_1(self) -> None:
        """A scan, the same page again, a jump, another scan."""
        ahead = Readahead()

        assert [ahead.on_access(page) for page in range(7)] == [
            [],
            [2, 3, 4, 5],
            [],
            [],
            [],
            [],
            list(range(7, 15)),
        ]
        assert ahead.on_access(6) == ahead.on_access(100) == []
        assert ahead.on_access(101) == [102, 103, 104, 105]
        assert ahead.snapshot() == {"prev": 101, "window": 4, "edge": 106}

    def test_example_2(self) -> None:
        """The window grows up to its maximum."""
        ahead = Readahead(1, 2)

        batches = [ahead.on_access(page) for page in range(7)]

        assert batches == [[], [2], [], [4, 5], [], [], [7, 8]]

    def test_windows_of_one(self) -> None:
        """init = maximum = 1 asks for the next page, every other page."""
        ahead = Readahead(1, 1)

        assert [ahead.on_access(page) for page in range(5)] == [[], [2], [], [4], []]

    def test_before_the_first_access(self) -> None:
        """There is no previous page."""
        assert Readahead().snapshot() == {"prev": None, "window": 0, "edge": 0}

    @pytest.mark.parametrize("arguments", [(0,), (5, 4)])
    def test_bad_values(self, arguments: tuple[int, ...]) -> None:
        """init must be positive and at most maximum."""
        with pytest.raises(ValueError, match="at least"):
            Readahead(*arguments)


class TestZPool:
    """zpool.py: codes, eviction, and what the pool refuses."""

    def test_examples(self) -> None:
        """Pages of one, two, four, five and sixteen runs in 20 bytes."""
        written = Recorder("wb")
        pool = ZPool(20, 16, written)
        four, five = b"aaaabbbbccccdddd", b"aaaabbbbccccddde"

        assert (pool.store("a", bytes(16)), pool.used) == (True, 2)
        assert (pool.store("b", b"xxxxxxxxyyyyyyyy"), pool.used) == (True, 7)
        assert pool.store("c", bytes(range(16))) is False
        assert (pool.store("d", four), pool.used) == (True, 16)
        assert written.calls == []
        assert (pool.store("e", five), pool.used) == (True, 20)
        assert written.calls == [["a", bytes(16)], ["b", b"xxxxxxxxyyyyyyyy"]]
        assert error_of(pool.load, "a") == "ENOENT"
        assert (pool.load("d"), pool.used) == (four, 11)
        assert pool.ratio() == 16 / 11
        assert error_of(pool.load, "d") == "ENOENT"
        assert pool.snapshot() == {"used": 11, "entries": [["e", b"\1\4a\4b\4c\3d\1e"]]}

    @pytest.mark.parametrize(
        ("run", "code"),
        [(255, b"\1\xffa\1b"), (256, b"\1\xffa\1a\1b"), (510, b"\1\xffa\xffa\1b")],
    )
    def test_long_runs_are_cut(self, run: int, code: bytes) -> None:
        """A count is at most 255, and there is no count of 0."""
        pool = ZPool(100, run + 1, Recorder("wb"))

        assert pool.store("a", b"a" * run + b"b")
        assert pool.snapshot()["entries"] == [["a", code]]

    @pytest.mark.parametrize(("capacity", "stored"), [(4, False), (5, True)])
    def test_a_code_may_fill_the_pool(self, capacity: int, stored: bool) -> None:
        """Five bytes fit into five."""
        assert ZPool(capacity, 8, Recorder("wb")).store("a", b"xxxxyyyy") is stored

    @pytest.mark.parametrize(("page", "stored"), [(b"aabbcdef", False), (b"aaaabbbb", True)])
    def test_a_code_may_have_three_quarters_of_a_page(self, page: bytes, stored: bool) -> None:
        """Of 8 bytes that is 6."""
        assert ZPool(100, 8, Recorder("wb")).store("a", page) is stored

    def test_a_refused_page_still_drops_its_older_entry(self) -> None:
        """The old content is out of date, and it is not written back."""
        written = Recorder("wb")
        pool = ZPool(100, 8, written)
        pool.store("a", bytes(8))

        assert pool.store("a", b"abcdefgh") is False
        assert (pool.used, pool.ratio(), written.calls) == (0, 0.0, [])

    def test_a_page_of_the_wrong_size_changes_nothing(self) -> None:
        """EINVAL keeps the older entry."""
        pool = ZPool(100, 8, Recorder("wb"))
        pool.store("a", bytes(8))

        assert error_of(pool.store, "a", bytes(7)) == "EINVAL"
        assert pool.used == 2

    @pytest.mark.parametrize("arguments", [(-1, 8), (8, 0)])
    def test_bad_values(self, arguments: tuple[int, int]) -> None:
        """A pool may hold nothing, a page must hold something."""
        with pytest.raises(ValueError, match="at least"):
            ZPool(*arguments, Recorder("wb"))


class TestLoadControl:
    """load_control.py: admission and thrashing."""

    @pytest.mark.parametrize(
        ("ws", "nframes", "admitted"),
        [
            ({1: 5, 2: 3, 3: 4}, 8, [2, 3]),
            ({4: 9}, 8, []),
            ({3: 2, 1: 2, 2: 0}, 2, [2, 1]),
            ({1: 0}, 0, [1]),
            ({}, 8, []),
        ],
    )
    def test_admit(self, ws: dict[int, int], nframes: int, admitted: list[int]) -> None:
        """Small ones first, equal ones by pid, and nobody after the first that does not fit."""
        assert admit(ws, nframes) == admitted

    def test_meter_example(self) -> None:
        """Two faults in four references are half."""
        meter = ThrashMeter(4, 0.5)

        answers = [meter.record(fault) for fault in (True, False, True, False, False)]

        assert answers == [False, False, False, True, False]
        assert meter.snapshot() == {"recent": [0, 1, 0, 0]}

    @pytest.mark.parametrize(
        ("threshold", "answers"), [(0, [False, True, True]), (1, [False, True, False])]
    )
    def test_meter_thresholds(self, threshold: int, answers: list[bool]) -> None:
        """Threshold 0 is always reached once the window is full, 1 by faults alone."""
        meter = ThrashMeter(2, threshold)

        assert [meter.record(fault) for fault in (True, True, False)] == answers

    def test_bad_values(self) -> None:
        """A window holds at least one reference."""
        with pytest.raises(ValueError, match="at least"):
            ThrashMeter(0, 0.5)
