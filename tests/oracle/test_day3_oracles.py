"""Day 3 against truth from elsewhere, on freshly drawn cases.

Hits and misses come from libCacheSim, a simulator of real caches, through its Python
bindings: one object of size 1 for each page. Working sets, stack distances and the optimum
are checked against brute force: count, or try everything.
"""

from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from loading import load_reference

DAY = load_reference(3)

SEEDS = range(12)
NEVER = 2**63 - 1  # libCacheSim's next access time of an object that is not accessed again


def drawn(seed: int) -> tuple[list[int], int]:
    """Return a reference string with hot pages, scans and phases, and a number of frames."""
    rng = Random(seed)
    pages = rng.randint(5, 200)
    refs: list[int] = []
    while len(refs) < 1500:
        start, length = rng.randrange(pages), rng.randint(1, 60)
        match rng.randrange(3):
            case 0:
                refs += [int(pages * rng.random() ** 3) for _ in range(length)]
            case 1:
                refs += [(start + step) % pages for step in range(length)]
            case _:
                refs += [(start + rng.randrange(8)) % pages for _ in range(length)]
    return refs, rng.randint(1, pages)


def next_uses(refs: Sequence[int]) -> list[int]:
    """Return for each reference when its page is used next."""
    later: dict[int, int] = {}
    uses = []
    for now in reversed(range(len(refs))):
        uses.append(later.get(refs[now], NEVER))
        later[refs[now]] = now
    return uses[::-1]


class Oracle:
    """One of libCacheSim's caches, asked for one page after the other."""

    def __init__(self, kind: str, nframes: int, **options: int) -> None:
        self.lib = pytest.importorskip("libcachesim")
        # Without hashpower each cache begins with a table of 2**24 entries.
        self.cache = getattr(self.lib, kind)(cache_size=nframes, hashpower=10, **options)

    def request(self, page: int, now: int = 0, next_use: int = NEVER) -> Any:
        """Return the request for one page."""
        return self.lib.Request(obj_id=page, obj_size=1, clock_time=now, next_access_vtime=next_use)

    def hitmiss(self, refs: Sequence[int]) -> str:
        """Return H or M for each reference."""
        return "".join(
            "MH"[self.cache.get(self.request(page, now, next_use))]
            for now, (page, next_use) in enumerate(zip(refs, next_uses(refs), strict=True))
        )

    def resident(self, pages: set[int]) -> set[int]:
        """Return those of `pages` that are in the cache now."""
        return {page for page in pages if self.cache.find(self.request(page), False)}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("fifo", "FIFO", {}),
        ("lru", "LRU", {}),
        ("lfu", "LFU", {}),
        ("clock", "Clock", {"init_freq": 1, "n_bit_counter": 1}),
    ],
)
def test_policies_agree_with_libcachesim(
    name: str, kind: str, options: dict[str, int], seed: int
) -> None:
    """The same hits at each reference, and the same pages at the end."""
    refs, nframes = drawn(seed)
    oracle = Oracle(kind, nframes, **options)

    result = DAY.policies.simulate(name, refs, nframes)

    assert result["hitmiss"] == oracle.hitmiss(refs)
    assert set(result["resident"]) - {None} == oracle.resident(set(refs))


@pytest.mark.parametrize("seed", SEEDS)
def test_opt_agrees_with_libcachesim(seed: int) -> None:
    """Belady's algorithm has the same hits, whichever of several equals it evicts."""
    refs, nframes = drawn(seed)

    assert DAY.policies.opt(refs, nframes)["hitmiss"] == Oracle("Belady", nframes).hitmiss(refs)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_miss_curve_agrees_with_libcachesim(seed: int) -> None:
    """One LRU cache for each number of frames counts what the curve says."""
    refs, most = drawn(seed)
    sizes = sorted({1, 2, 3, most // 3, most // 2, most} - {0})

    curve = DAY.analysis.miss_curve(refs, max(sizes))

    assert [curve[f] for f in sizes] == [Oracle("LRU", f).hitmiss(refs).count("M") for f in sizes]


@pytest.mark.parametrize("seed", SEEDS)
def test_working_sets_and_stack_distances_by_counting(seed: int) -> None:
    """Sets of pages, built anew at each position."""
    refs, tau = drawn(seed)
    refs = refs[:400]

    sizes = DAY.analysis.working_set(refs, tau)
    distances = DAY.analysis.stack_distances(refs)

    for now, page in enumerate(refs):
        assert sizes[now] == len(set(refs[max(0, now + 1 - tau) : now + 1]))
        before = [t for t in range(now) if refs[t] == page]
        assert distances[now] == (len(set(refs[before[-1] : now])) if before else None)


def fewest_misses(refs: tuple[int, ...], nframes: int) -> int:
    """Return the least possible number of misses, by trying every victim."""

    @cache
    def search(now: int, resident: frozenset[int]) -> int:
        if now == len(refs):
            return 0
        page = refs[now]
        if page in resident:
            return search(now + 1, resident)
        if len(resident) < nframes:
            return 1 + search(now + 1, resident | {page})
        return 1 + min(search(now + 1, resident - {old} | {page}) for old in resident)

    return search(0, frozenset())


def tiny_strings() -> list[tuple[int, ...]]:
    """Return strings short enough to try everything."""
    rng = Random(3)
    return [tuple(rng.randrange(6) for _ in range(rng.randint(0, 14))) for _ in range(150)]


@pytest.mark.parametrize("nframes", [1, 2, 3, 4])
def test_opt_is_the_optimum(nframes: int) -> None:
    """No choice of victims has fewer misses than OPT."""
    opt: Callable[..., dict[str, Any]] = DAY.policies.opt

    for refs in tiny_strings():
        assert opt(refs, nframes)["misses"] == fewest_misses(refs, nframes)
