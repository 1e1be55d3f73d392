"""Day 3's policies and analysis give the course's examples and boundary cases, literally."""

from random import Random
from typing import Any

import pytest
from loading import load_reference

DAY = load_reference(3)
make_policy, simulate, opt = DAY.policies.make_policy, DAY.policies.simulate, DAY.policies.opt
admit, ThrashMeter = DAY.load_control.admit, DAY.load_control.ThrashMeter

TEXTBOOK = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
POLICIES = ["fifo", "lru", "mru", "clock", "esc", "aging", "lfu"]


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
