"""Day 3's pager and what surrounds it have the course's properties, against plain models."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loading import load_reference
from machine import Recorder
from outcomes import error_of

DAY = load_reference(3)

frames = st.integers(1, 6)
AREAS = [(0, 4, "anon", True), (4, 6, "anon", False), (6, 8, "file", True), (9, 10, "file", False)]
pager_ops = st.lists(
    st.one_of(
        st.tuples(st.just("access"), st.integers(1, 3), st.integers(-1, 10), st.booleans()),
        st.tuples(st.just("access"), st.integers(1, 3), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("exit"), st.integers(1, 3)),
    ),
    max_size=60,
)


class Backing:
    """What lies in frames, slots and files, moved about by a pager's events alone."""

    def __init__(self, nframes: int) -> None:
        self.in_frame: list[Any] = [None] * nframes
        self.on_slot: dict[int, Any] = {}
        self.in_file: dict[Any, Any] = {}
        self.fouts: dict[Any, int] = {}

    def replay(self, page: tuple[int, int], events: list[tuple[Any, ...]]) -> None:
        """Move contents as the events say; `page` is the one that was touched."""
        leaving, arriving = None, None
        for event in events:
            match event:
                case ("UNMAP", pid, vpn, frame):
                    leaving, key = self.in_frame[frame], (pid, vpn)
                    assert leaving["page"] == key
                    self.in_frame[frame] = None
                case ("OUT", slot):
                    assert leaving["dirty"]
                    self.on_slot[slot] = leaving
                    leaving = None
                case ("FOUT",):
                    assert leaving["dirty"]
                    self.in_file[leaving["page"]] = leaving["content"]
                    leaving = None
                case ("IN", slot):
                    assert self.on_slot[slot]["page"] == page
                    arriving = self.on_slot[slot]["content"]
                case ("FIN",):
                    arriving = self.in_file.get(page, 0)
                case ("ZERO",):
                    arriving = 0
                case ("MAP", frame):
                    assert self.in_frame[frame] is None
                    self.in_frame[frame] = {"page": page, "content": arriving, "dirty": False}

    def write(self, page: tuple[int, int], content: int) -> None:
        """Store into a page that must be resident."""
        entry = next(entry for entry in self.in_frame if entry and entry["page"] == page)
        entry |= {"content": content, "dirty": True}

    def read(self, page: tuple[int, int]) -> int:
        """Load from a page that must be resident."""
        return next(e["content"] for e in self.in_frame if e and e["page"] == page)


@pytest.mark.parametrize("policy", ["fifo", "lru", "clock", "esc", "aging"])
@given(pager_ops, frames)
def test_pages_keep_their_content(policy: str, ops: list[Any], nframes: int) -> None:
    """Whoever moves pages as the events say reads what was last written to each."""
    pager, backing = DAY.pager.Pager(nframes, policy), Backing(nframes)
    content: dict[tuple[int, int], int] = {}
    live = {1, 2}
    for pid in live:
        pager.add_process(pid, AREAS)

    for step, (call, pid, *rest) in enumerate(ops, start=1):
        if pid not in live:
            assert error_of(getattr(pager, call), pid, *rest) == "ESRCH"
            continue
        events = getattr(pager, call)(pid, *rest)
        if call == "exit":
            live.remove(pid)
            backing.replay((pid, -1), events)
        elif ("SEGV",) in events or ("SEGPROT",) in events:
            assert len(events) == 1
        else:
            page, write = (pid, rest[0]), rest[1]
            backing.replay(page, events)
            assert backing.read(page) == content.get(page, 0)
            if write:
                backing.write(page, step)
                content[page] = step
        state = pager.snapshot()
        held = [entry and list(entry["page"]) for entry in backing.in_frame]
        assert state["frames"] == held
        assert state["dirty"] == [f for f, e in enumerate(backing.in_frame) if e and e["dirty"]]
        assert len({slot for slot, _, _ in state["slots"]}) == len(state["slots"])
        assert {pid for _, pid, _ in state["slots"]} <= live

    for pid in sorted(live):
        pager.exit(pid)
    assert pager.snapshot() == {"frames": [None] * nframes, "dirty": [], "slots": []}


@given(pager_ops, frames)
def test_the_cost_is_that_of_the_events(ops: list[Any], nframes: int) -> None:
    """Sums over processes are the counts of the log, and the cost follows from them."""
    pager = DAY.pager.Pager(nframes)
    for pid in (1, 2):
        pager.add_process(pid, AREAS)
    log, calls = [], 0
    for call, pid, *rest in ops:
        try:
            log += [event[0] for event in getattr(pager, call)(pid, *rest)]
        except OSError:
            continue
        calls += call == "access"

    total = pager.stats()
    prices = {
        "MAP": 300,
        "UNMAP": 400,
        "IN": 3100,
        "OUT": 2700,
        "FIN": 2800,
        "FOUT": 2400,
        "ZERO": 140,
        "SEGV": 340,
        "SEGPROT": 420,
    }
    assert total["cost"] == calls + sum(log.count(name) * prices[name] for name in prices)
    assert total["minor"] == total["zeros"] == log.count("ZERO")
    assert total["major"] == total["ins"] + total["fins"] == log.count("IN") + log.count("FIN")
    assert calls == sum(total[key] for key in ("hits", "minor", "major", "segv", "segprot"))
    assert total == {key: pager.stats(1)[key] + pager.stats(2)[key] for key in total}


@given(st.integers(1, 8), st.integers(0, 5), st.integers(0, 300))
def test_a_scan_needs_few_batches(init: int, doublings: int, length: int) -> None:
    """A sequential scan misses one page for each batch, and the batches double."""
    ahead = DAY.readahead.Readahead(init, init << doublings)
    missed, asked, batches = [], set(), 0

    for page in range(length):
        if page not in asked:
            missed.append(page)
        batch = ahead.on_access(page)
        assert asked.isdisjoint(batch)
        asked.update(batch)
        batches += bool(batch)

    assert len(missed) <= batches + 2
    assert batches <= doublings + 1 + length // (init << doublings)


@given(st.lists(st.integers(0, 100)))
def test_no_readahead_without_a_sequence(jumps: list[int]) -> None:
    """Accesses that never go to the next page prefetch nothing."""
    ahead = DAY.readahead.Readahead()
    pages = [2 * jump for jump in jumps]

    assert all(ahead.on_access(page) == [] for page in pages)


runs = st.lists(st.tuples(st.sampled_from([1, 2, 3, 255, 256, 300]), st.sampled_from(b"\0ax")))
pool_ops = st.lists(st.tuples(st.sampled_from("abcd"), st.one_of(st.none(), runs)), max_size=30)


@given(pool_ops, st.integers(0, 40), st.sampled_from([1, 4, 16, 600]))
def test_a_pool_returns_or_writes_back_what_it_took(
    ops: list[tuple[str, Any]], capacity: int, page_size: int
) -> None:
    """Every page that was taken is loaded, superseded, or written back in store order."""
    written = Recorder("wb")
    pool = DAY.zpool.ZPool(capacity, page_size, written)
    held: dict[str, bytes] = {}  # the oldest first

    for key, choice in ops:
        if choice is None and key not in held:
            assert error_of(pool.load, key) == "ENOENT"
        elif choice is None:
            assert pool.load(key) == held.pop(key)
        else:
            page = b"".join(bytes([byte]) * count for count, byte in choice)
            page = page.ljust(page_size, b"!")[:page_size]
            held.pop(key, None)
            evicted = len(written.calls)
            stored = pool.store(key, page)
            for old, content in written.calls[evicted:]:
                assert (old, content) == next(iter(held.items()))
                del held[old]
            if stored:
                held[key] = page
            else:
                assert len(written.calls) == evicted
        assert [key for key, _ in pool.snapshot()["entries"]] == list(held)
        assert pool.used == sum(len(code) for _, code in pool.snapshot()["entries"]) <= capacity
        assert pool.ratio() == (len(held) * page_size / pool.used if held else 0.0)
