"""Day 3's policies and analysis have the course's properties, against plain models."""

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loading import load_reference

DAY = load_reference(3)
make_policy, simulate, opt = DAY.policies.make_policy, DAY.policies.simulate, DAY.policies.opt

POLICIES = ["fifo", "lru", "mru", "clock", "esc", "aging", "lfu", "random"]

pages = st.integers(0, 7)
strings = st.lists(pages, max_size=50)
frames = st.integers(1, 6)
accesses = st.lists(st.tuples(pages, st.booleans()), max_size=50)


def made(name: str, nframes: int) -> Any:
    """Return a policy, with a generator of its own if it needs one."""
    return make_policy(name, nframes, rng=Random(7))


@pytest.mark.parametrize("name", POLICIES)
@given(accesses, frames)
def test_frames_hold_what_was_loaded_and_not_evicted(
    name: str, references: list[tuple[int, bool]], nframes: int
) -> None:
    """Any policy is a set of pages with dirty bits that loses one page when it is full."""
    policy = made(name, nframes)
    dirty: dict[int, bool] = {}
    in_frame: list[int | None] = [None] * nframes

    for page, write in references:
        hit, frame, victim, writeback = policy.access(page, write)
        assert hit == (page in dirty)
        assert (victim is not None) == (not hit and len(dirty) == nframes)
        assert in_frame[frame] == (page if hit else victim)
        assert writeback == dirty.pop(victim, False)
        assert hit or victim is not None or frame == len(dirty)
        dirty[page] = dirty.get(page, False) or write
        in_frame[frame] = page
        assert policy.snapshot() == {
            "resident": in_frame,
            "dirty": [page is not None and dirty[page] for page in in_frame],
        }


def plain_victims(name: str, refs: list[int], nframes: int) -> list[int]:
    """Return the victims of a policy from its definition, by looking at the whole past."""
    resident: list[int] = []
    loaded: dict[int, int] = {}
    victims = []
    for now, page in enumerate(refs):
        if page in resident:
            continue
        if len(resident) == nframes:
            uses = {page: [t for t in range(now) if refs[t] == page] for page in resident}
            worth = {
                "fifo": lambda page: loaded[page],
                "lru": lambda page, uses=uses: uses[page][-1],
                "mru": lambda page, uses=uses: -uses[page][-1],
                "lfu": lambda page, uses=uses: (
                    sum(t >= loaded[page] for t in uses[page]),
                    uses[page][-1],
                ),
            }[name]
            victims.append(min(resident, key=worth))
            resident.remove(victims[-1])
        resident.append(page)
        loaded[page] = now
    return victims


@pytest.mark.parametrize("name", ["fifo", "lru", "mru", "lfu"])
@given(strings, frames)
def test_victims_follow_the_definition(name: str, refs: list[int], nframes: int) -> None:
    """FIFO, LRU, MRU and LFU choose what the whole past says."""
    victims = simulate(name, refs, nframes)["victims"]

    assert [v for v in victims if v is not None] == plain_victims(name, refs, nframes)


@given(strings, frames)
def test_random_takes_what_the_generator_says(refs: list[int], nframes: int) -> None:
    """The generator is asked once per eviction, and indexes the pages in load order."""
    result = simulate("random", refs, nframes, rng=Random(5))
    rng, resident = Random(5), []

    for page, victim in zip(refs, result["victims"], strict=True):
        if page not in resident:
            if len(resident) == nframes:
                assert victim == resident.pop(int(rng.random() * nframes))
            resident.append(page)


@given(st.lists(pages, unique=True, min_size=1), frames)
def test_clock_without_hits_is_fifo(refs: list[int], nframes: int) -> None:
    """While all R are 1 the hand goes round once and takes the page loaded earliest."""
    assert simulate("clock", refs, nframes) == simulate("fifo", refs, nframes)


def plain_clock(in_frame: list[int], hand: int, r: set[int], _dirty: set[int]) -> int:
    """Return the frame that the clock gives up, and clear R in `r`."""
    order = in_frame[hand:] + in_frame[:hand]
    victim = next((page for page in order if page not in r), order[0])
    full_turn = victim in r
    r -= set(order if full_turn else order[: order.index(victim)])
    return in_frame.index(victim)


def plain_esc(in_frame: list[int], hand: int, r: set[int], dirty: set[int]) -> int:
    """Return the frame that enhanced second chance gives up, and clear R in `r`."""
    order = in_frame[hand:] + in_frame[:hand]
    kinds = [(page in r, page in dirty) for page in order]
    victim = order[kinds.index(min(kinds))]
    if min(kinds) == (False, True):
        r -= set(order[: order.index(victim)])
    elif min(kinds) > (False, True):
        r.clear()
    return in_frame.index(victim)


@pytest.mark.parametrize(("name", "plain"), [("clock", plain_clock), ("esc", plain_esc)])
@given(accesses, frames)
def test_hands_find_the_best_kind_of_page(
    name: str, plain: Any, references: list[tuple[int, bool]], nframes: int
) -> None:
    """The victim is the first of the best kind from the hand on, which moves behind it."""
    policy = make_policy(name, nframes)
    hand = 0
    r: set[int] = set()
    dirty: set[int] = set()

    for page, write in references:
        in_frame = policy.resident()
        done = policy.access(page, write)
        if done.victim is not None:
            assert done.frame == plain(in_frame, hand, r, dirty)
            hand = (done.frame + 1) % nframes
            r.discard(done.victim)
            dirty.discard(done.victim)
        r.add(page)
        dirty |= {page} if write else set()


@given(strings, frames, st.integers(1, 6))
def test_ages_are_the_history_of_r(refs: list[int], nframes: int, bits: int) -> None:
    """The victim of aging has the least history, the last replacement counting most."""
    policy = make_policy("aging", nframes, bits=bits)
    history: dict[int, list[int]] = {}  # R at each replacement since the load, the last first
    referenced: set[int] = set()

    for page in refs:
        resident = policy.resident()
        victim = policy.access(page).victim
        if victim is not None:
            history = {page: [page in referenced, *past] for page, past in history.items()}
            referenced.clear()
            worth = [(history[page] + [0] * bits)[:bits] for page in resident]
            assert victim == resident[worth.index(min(worth))]
            del history[victim]
        history.setdefault(page, [])
        referenced.add(page)


@given(accesses, frames)
def test_reads_cause_no_writebacks(references: list[tuple[int, bool]], nframes: int) -> None:
    """Writebacks are dirty evictions, so a string of reads has none."""
    refs = [page for page, _ in references]

    for name in POLICIES:
        assert simulate(name, refs, nframes, rng=Random(1))["writebacks"] == 0


@given(strings, frames)
def test_opt_is_never_worse(refs: list[int], nframes: int) -> None:
    """No policy has fewer misses, and every policy misses each page once."""
    best = opt(refs, nframes)["misses"]

    assert best >= len(set(refs))
    for name in POLICIES:
        assert simulate(name, refs, nframes, rng=Random(1))["misses"] >= best


@given(strings, frames)
def test_opt_takes_the_farthest_next_use(refs: list[int], nframes: int) -> None:
    """Of pages never used again the most recently loaded leaves."""
    resident: list[int] = []  # in load order

    for now, (page, victim) in enumerate(zip(refs, opt(refs, nframes)["victims"], strict=True)):
        if page in resident:
            continue
        if len(resident) == nframes:
            later = refs[now + 1 :]
            worth = [later.index(old) if old in later else len(refs) for old in resident]
            last_best = max(range(nframes), key=lambda i, worth=worth: (worth[i], i))
            assert victim == resident.pop(last_best)
        resident.append(page)


@given(strings, frames)
def test_lru_sets_include_each_other(refs: list[int], nframes: int) -> None:
    """What LRU keeps in f frames it also keeps in f + 1, at every step."""
    small, large = make_policy("lru", nframes), make_policy("lru", nframes + 1)

    for page in refs:
        small.access(page)
        large.access(page)
        assert set(small.resident()) - {None} <= set(large.resident())


@given(strings)
def test_lru_and_opt_have_no_anomaly(refs: list[int]) -> None:
    """More frames never mean more misses; and the curve is what simulate counts."""
    curve = DAY.analysis.miss_curve(refs, 6)

    assert curve == [len(refs)] + [simulate("lru", refs, f)["misses"] for f in range(1, 7)]
    assert all(more <= fewer for fewer, more in pairwise(curve))
    assert DAY.analysis.belady_anomalies("opt", refs, 6) == []


@given(st.permutations(range(5)), strings)
def test_anomalies_of_fifo_are_found(names: list[int], refs: list[int]) -> None:
    """The textbook string has one whatever its pages are called; others as they are counted."""
    textbook = [names[page] for page in (0, 1, 2, 3, 0, 1, 4, 0, 1, 2, 3, 4)]
    misses = [simulate("fifo", refs, f)["misses"] for f in range(1, 7)]
    steps = enumerate(pairwise(misses), start=1)

    assert DAY.analysis.belady_anomalies("fifo", textbook, 5) == [(3, 9, 10)]
    assert DAY.analysis.belady_anomalies("fifo", refs, 6) == [
        (f, fewer, more) for f, (fewer, more) in steps if more > fewer
    ]


@given(st.integers(1, 6))
def test_a_loop_one_page_too_long(nframes: int) -> None:
    """FIFO, LRU and clock miss every time; MRU and OPT do not."""
    loop = list(range(nframes + 1)) * 3

    assert all(simulate(name, loop, nframes)["hits"] == 0 for name in ("fifo", "lru", "clock"))
    if nframes > 1:
        assert all(simulate(name, loop, nframes)["hits"] > 0 for name in ("mru", "opt"))


@given(strings)
def test_stack_distances_count_the_pages_in_between(refs: list[int]) -> None:
    """The depth is one more than the number of other pages since the last use."""
    for now, distance in enumerate(DAY.analysis.stack_distances(refs)):
        past = refs[:now][::-1]
        seen = refs[now] in past
        assert distance == (len(set(past[: past.index(refs[now])])) + 1 if seen else None)


@given(strings, st.integers(1, 60))
def test_working_sets_count_the_pages_in_the_window(refs: list[int], tau: int) -> None:
    """They grow with tau and never hold more than tau pages."""
    sizes = DAY.analysis.working_set(refs, tau)
    longer = DAY.analysis.working_set(refs, tau + 1)

    assert sizes == [len(set(refs[: now + 1][-tau:])) for now in range(len(refs))]
    assert all(size <= tau for size in sizes)
    assert all(a <= b for a, b in zip(sizes, longer, strict=True))
