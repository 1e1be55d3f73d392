"""Day 2 against truth from elsewhere, on freshly drawn cases.

The TLB's hits and misses come from pycachesim, a cache simulator for real processors.
Segments, linear and multi-level tables are checked against brute force: write every
byte of physical memory where the definition puts it, then read it back by address.
"""

import random
from typing import Any

import pytest
from loading import load_reference
from machine import SegFault

DAY = load_reference(2)

SEEDS = range(40)
LINE = 64


def simulated_tlb(sets: int, ways: int, vpns: list[int]) -> str:
    """Return pycachesim's hits and misses for a cache with one line per page, as H and M."""
    cachesim = pytest.importorskip("cachesim")
    memory = cachesim.MainMemory()
    cache = cachesim.Cache("TLB", sets, ways, LINE, "LRU")
    memory.load_to(cache)
    memory.store_from(cache)
    simulator = cachesim.CacheSimulator(cache, memory)
    letters = []
    for vpn in vpns:
        before = cache.stats()["HIT_count"]
        simulator.load(vpn * LINE, length=1)
        letters.append("H" if cache.stats()["HIT_count"] > before else "M")
    return "".join(letters)


def measured_tlb(sets: int, ways: int, vpns: list[int]) -> str:
    """Return the reference's hits and misses; a miss is followed by an insert."""
    tlb = DAY.tlb.TLB(sets * ways, ways)
    letters = []
    for vpn in vpns:
        hit = tlb.lookup(1, vpn) is not None
        letters.append("H" if hit else "M")
        if not hit:
            tlb.insert(1, vpn, vpn, 0)
    return "".join(letters)


@pytest.mark.parametrize("seed", SEEDS)
def test_tlb_hits_when_pycachesim_does(seed: int) -> None:
    """The same string of hits and misses for every shape and locality."""
    rng = random.Random(seed)
    sets, ways = rng.choice([1, 2, 4, 16]), rng.choice([1, 2, 4, 8])
    span = rng.choice([sets * ways, 2 * sets * ways, 10 * sets * ways])
    vpns = [int(rng.triangular(0, span, 0)) for _ in range(400)]

    assert measured_tlb(sets, ways, vpns) == simulated_tlb(sets, ways, vpns)


def address_or_none(translate: Any, *args: object) -> int | None:
    """Return a physical address, or None for MAPERR."""
    try:
        return int(translate(*args))
    except SegFault as fault:
        return None if fault.code == "MAPERR" else -1


@pytest.mark.parametrize("seed", SEEDS)
def test_segments_hold_the_bytes_that_they_are_laid_out_to_hold(seed: int) -> None:
    """Lay each segment out byte by byte, from its base up or down, then translate everything."""
    rng = random.Random(seed)
    selector_bits, off_bits = rng.randrange(3), rng.randrange(1, 7)
    window = 2**off_bits
    segments, expected = [], {}
    for number in range(2**selector_bits):
        grows = rng.choice(["up", "down"])
        base, limit = rng.randrange(window, 500), rng.randrange(window + 1)
        segments.append(DAY.segments.Segment(base, limit, "rw", grows))
        for nth in range(limit):
            va = number * window + nth if grows == "up" else (number + 1) * window - 1 - nth
            expected[va] = base + nth if grows == "up" else base - 1 - nth
    table = DAY.segments.SegmentTable(selector_bits + off_bits, segments)

    for va in range(-2, len(segments) * window + 2):
        assert address_or_none(table.translate, va) == expected.get(va)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_linear_table_holds_its_frames_side_by_side(seed: int) -> None:
    """Concatenate the frames of the valid pages; the n-th byte of the list is address n."""
    rng = random.Random(seed)
    page_size = 2 ** rng.randrange(6)
    frames = [rng.choice([None, rng.randrange(2**31)]) for _ in range(rng.randrange(9))]
    entries = [rng.randrange(2**31) if f is None else 2**31 + f for f in frames]
    expected = [
        None if frame is None else frame * page_size + byte
        for frame in frames
        for byte in range(page_size)
    ]

    linear = DAY.segments.linear_translate
    found = [address_or_none(linear, entries, va, page_size) for va in range(-1, len(expected) + 1)]
    assert found == [None, *expected, None]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_two_level_table_walks_like_one_in_memory(seed: int) -> None:
    """Build directory and tables as bytes in 32-byte frames, and follow them by hand."""
    rng = random.Random(seed)
    memory = bytearray(rng.choice(b"\x00\x7f") for _ in range(128 * 32))
    frames = rng.sample(range(128), 20)
    directory, table = frames[0], DAY.page_table.PageTable(2, 5, 5)
    for number, frame in zip(rng.sample(range(32), 8), frames[1:9], strict=True):
        memory[directory * 32 + number] = 0x80 | frame
        for slot in rng.sample(range(32), rng.randrange(1, 32)):
            leaf = rng.randrange(128)
            memory[frame * 32 + slot] = 0x80 | leaf
            table.map(number * 1024 + slot * 32, leaf)

    for va in range(0, 2**15, 7):
        pde = memory[directory * 32 + va // 1024]
        pte = memory[(pde & 0x7F) * 32 + va // 32 % 32] if pde & 0x80 else 0
        found, level, refs = table.walk(va)
        assert refs == (2 if pde & 0x80 else 1)
        assert level == 2 - refs
        assert bool(found) == bool(pte & 0x80)
        assert not found or DAY.page_table.pte_pfn(found) == pte & 0x7F
