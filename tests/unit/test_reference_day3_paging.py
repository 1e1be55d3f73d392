"""Day 3's pager and what surrounds it give the course's examples and boundary cases, literally."""

from typing import Any

import pytest
from loading import load_reference
from machine import Recorder
from outcomes import error_of

DAY = load_reference(3)
Pager, Readahead, ZPool = DAY.pager.Pager, DAY.readahead.Readahead, DAY.zpool.ZPool


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
        assert pager.stats()["cost"] == 3541 + 441

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

    def test_a_page_keeps_its_slot_while_it_is_resident(self) -> None:
        """The slot of a page that came in is not given to another one."""
        pager = Pager(1, "fifo")
        pager.add_process(1, [(0, 4, "anon", True)])
        for vpn, write in [(0, True), (1, True), (0, False), (2, True), (3, False)]:
            pager.access(1, vpn, write)

        assert pager.snapshot()["slots"] == [[0, 1, 0], [1, 1, 1], [2, 1, 2]]
        assert pager.access(1, 0) == [("UNMAP", 1, 3, 0), ("IN", 0), ("MAP", 0)]

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

    def test_the_same_page_again_changes_nothing(self) -> None:
        """A program that reads a page bit by bit still scans."""
        ahead = Readahead()

        batches = [ahead.on_access(page) for page in (0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6)]

        assert [batch for batch in batches if batch] == [[2, 3, 4, 5], list(range(7, 15))]

    def test_windows_of_one(self) -> None:
        """With init = maximum = 1 it asks for the next page, every other page."""
        ahead = Readahead(1, 1)

        assert [ahead.on_access(page) for page in range(5)] == [[], [2], [], [4], []]

    def test_before_the_first_access(self) -> None:
        """There is no previous page."""
        assert Readahead().snapshot() == {"prev": None, "window": 0, "edge": 0}

    @pytest.mark.parametrize("arguments", [(0,), (5, 4)])
    def test_bad_values(self, arguments: tuple[int, ...]) -> None:
        """The first batch is at least one page and at most the largest one."""
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
