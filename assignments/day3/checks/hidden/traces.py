"""What only day 3's hidden checks try: families of random traces.

t         the recorder of one trace; every draw comes from ``t.rng``
refs      a reference string: [1, 2, 3, 1]
"""

from itertools import pairwise
from typing import Any

from grader import Run, TraceRecorder, traces

from ..visible import situations as seen
from ..visible.reading import arguments, deeds_of_string
from ..visible.traces import (
    PAGER_POLICIES,
    POLICIES,
    SMALL,
    access,
    length_of_string,
    made_policy,
    made_pool,
    page_of_runs,
    play_processes,
    simulated,
    string,
    touches,
)

# Strings of which FIFO in f frames misses less than in f + 1: (refs, f + 1).
ANOMALIES = (
    ([0, 1, 2, 3, 0, 1, 4, 0, 1, 2, 3, 4], 4),
    ([0, 1, 2, 3, 0, 1, 4, 0, 1, 2, 3, 4, 2], 4),
    ([0, 1, 2, 3, 0, 2, 1, 4, 0, 1, 2, 3, 4], 4),
    ([0, 1, 2, 3, 0, 1, 4, 1, 0, 1, 2, 3, 4], 4),
    ([0, 1, 2, 3, 0, 1, 4, 0, 5, 1, 3, 4, 3, 0], 4),
    ([0, 1, 2, 3, 2, 4, 1, 2, 0, 1, 2, 3, 5, 0], 4),
    ([0, 1, 2, 3, 4, 0, 1, 2, 5, 0, 1, 2, 3, 4, 5], 5),
)

# --- policies -----------------------------------------------------------------


@traces(a_writeback=seen.writes_back, a_dirty_page_is_read=seen.is_cleaned_by_nothing)
def dirty_traces(t: TraceRecorder) -> None:
    """One policy object of any kind, read and written, with a snapshot after every access."""
    rng = t.rng
    nframes = rng.choice((1, 2, 2) if t.most_operations <= SMALL else (1, 2, 3, 4))
    policy = made_policy(t, rng.choice(POLICIES), nframes)
    for page in touches(rng, nframes + rng.choice((1, 1, 2))):
        if not t.more():
            return
        access(policy, page, rng.random() < 0.4)
        policy.snapshot()


@traces(a_writeback=seen.writes_back, a_dirty_page_is_read=seen.is_cleaned_by_nothing)
def dirty_string_traces(t: TraceRecorder) -> None:
    """Whole strings under any policy but opt."""
    refs = string(t.rng, t.rng.randint(3, 7), length_of_string(t))
    simulated(t, t.rng.choice(POLICIES), refs, t.rng.choice((1, 2, 3, 4)))


def _is_tied(run: Run) -> bool:
    """Return whether opt must choose between pages that are never used again."""
    for step, expected in zip(run.trace, run.expected, strict=True):
        if step[1] in ("opt", "simulate") and expected.result == "ok":
            refs = arguments(step)["refs"]
            resident: set[Any] = set()
            for place, deed in enumerate(deeds_of_string(step, expected)):
                if deed.victim is not None and len(resident - set(refs[place:])) > 1:
                    return True
                resident = (resident - {deed.victim}) | {deed.page}
    return False


@traces(an_eviction=seen.evicts, a_hit=seen.hits, a_tie=_is_tied)
def opt_traces(t: TraceRecorder) -> None:
    """Whole strings under the optimal policy."""
    refs = string(t.rng, t.rng.randint(3, 9), length_of_string(t))
    nframes = t.rng.choice((1, 2, 3, 3, 4, 6))
    if t.rng.random() < 0.7:
        t.fn("opt", refs, nframes)
    else:
        simulated(t, "opt", refs, nframes)


@traces(an_eviction=seen.evicts)
def rival_traces(t: TraceRecorder) -> None:
    """One string under some other policies, and then under the optimal one."""
    refs = string(t.rng, t.rng.randint(3, 9), length_of_string(t))
    nframes = t.rng.choice((2, 3, 4))
    for name in t.rng.sample(("fifo", "lru", "mru", "clock", "esc", "aging", "lfu"), 3):
        t.fn("simulate", name, refs, nframes)
    t.fn("opt", refs, nframes)


# --- analysis -----------------------------------------------------------------


def _has_anomaly(run: Run) -> bool:
    return any(seen.values(run, "belady_anomalies"))


@traces(an_anomaly=_has_anomaly)
def fifo_anomaly_traces(t: TraceRecorder) -> None:
    """Strings with an anomaly, under other names, with repetitions, and something after it."""
    rng = t.rng
    base, frames = rng.choice(ANOMALIES)
    names = rng.sample(range(1, 10), 6)
    refs = [names[page] for page in base for _ in range(rng.choice((1, 1, 1, 1, 2)))]
    if rng.random() < 0.3:
        refs += string(rng, 6, rng.randint(1, 10))
    t.fn("belady_anomalies", "fifo", refs, rng.choice((frames, frames, frames + 1, 6)))


@traces(an_anomaly=_has_anomaly)
def anomaly_traces(t: TraceRecorder) -> None:
    """One string under one policy with 1, 2, 3 ... frames, and the anomalies of it."""
    rng = t.rng
    name = rng.choice(("fifo", "clock", "clock", "esc", "aging", "lfu", "mru", "lru", "opt"))
    if name in ("fifo", "clock") and rng.random() < 0.5:
        base, most = rng.choice(ANOMALIES)
        refs = [page + 1 for page in base]
    else:
        refs, most = string(rng, rng.randint(3, 7), length_of_string(t)), rng.choice((3, 4, 5))
    for nframes in range(1, most + 1):
        t.fn("simulate", name, refs, nframes)
    t.fn("belady_anomalies", name, refs, most)


def _grows(run: Run) -> bool:
    misses = [told["misses"] for told in seen.values(run, "simulate")]
    return any(one > two for one, two in pairwise(misses))


@traces(fewer_misses=_grows)
def opt_frames_traces(t: TraceRecorder) -> None:
    """One string under the optimal policy with 1, 2, 3 ... frames."""
    refs = string(t.rng, t.rng.randint(3, 8), length_of_string(t))
    for nframes in range(1, t.rng.choice((3, 4, 5)) + 1):
        t.fn("simulate", "opt", refs, nframes)


@traces(an_eviction=seen.evicts, a_hit=seen.hits)
def inclusion_traces(t: TraceRecorder) -> None:
    """LRU with some frames beside LRU with one more, on the same references."""
    nframes = t.rng.choice((1, 2, 3))
    both = [made_policy(t, "lru", frames) for frames in (nframes, nframes + 1)]
    for page in touches(t.rng, nframes + t.rng.choice((2, 3))):
        if not t.more():
            return
        for policy in both:
            policy.access(page)
            policy.snapshot()


# --- pager --------------------------------------------------------------------


def _charges_another(run: Run) -> bool:
    """Return whether a victim belongs to another process than the one that faults."""
    steps = zip(run.trace, run.expected, strict=True)
    return any(
        step[2:3] == ["access"]
        and outcome.value
        and outcome.value[0][0] == "UNMAP"
        and outcome.value[0][1] != step[3][0]
        for step, outcome in steps
    )


@traces(
    swap_out=seen.event("OUT"),
    swap_in=seen.event("IN"),
    a_file_page_is_written=seen.event("FOUT"),
    SEGV=seen.event("SEGV"),
    SEGPROT=seen.event("SEGPROT"),
    an_exit_with_pages=seen.exits_with_pages,
    a_victim_of_another_process=_charges_another,
    ESRCH=seen.fails_with("err", "ESRCH"),
)
def statistics_traces(t: TraceRecorder) -> None:
    """Pagers whose processes come, access their pages, and go, while somebody counts."""
    play_processes(t, PAGER_POLICIES, asks=0.25)


# --- compressed pages ---------------------------------------------------------


@traces(
    a_page_is_written_back=seen.written_back(1),
    two_pages_are_written_back=seen.written_back(2),
    a_key_is_stored_again=seen.stores_again,
    a_page_is_refused=seen.stores_with(answer=False),
)
def eviction_traces(t: TraceRecorder) -> None:
    """Only stores, so that the pool is soon too small."""
    rng = t.rng
    page_size = rng.choice((8, 16))
    pool = made_pool(t, page_size)
    pool.snapshot()
    keys = ("a", "b", "c", "d", "e")
    while t.more():
        pool.store(rng.choice(keys), page_of_runs(rng, page_size))
        pool.snapshot()


# --- load control -------------------------------------------------------------


def _admits_some(run: Run) -> bool:
    steps = zip(run.trace, run.expected, strict=True)
    return any(0 < len(told.value) < len(step[2][0]["dict"]) for step, told in steps)


def _stops_where_another_would_fit(run: Run) -> bool:
    for step, told in zip(run.trace, run.expected, strict=True):
        sizes = dict(step[2][0]["dict"])
        left = step[2][1] - sum(sizes[pid] for pid in told.value)
        if any(pid not in told.value and size == left + 1 for pid, size in sizes.items()):
            return True
    return False


def _is_tied_in_size(run: Run) -> bool:
    sizes = [[size for _, size in step[2][0]["dict"]] for step in run.trace]
    return any(len(set(each)) < len(each) for each in sizes)


@traces(
    some_are_admitted=_admits_some,
    one_frame_is_missing=_stops_where_another_would_fit,
    equal_sizes=_is_tied_in_size,
)
def admission_traces(t: TraceRecorder) -> None:
    """Working sets of some processes, in few frames."""
    rng = t.rng
    pids = rng.sample(range(1, 12), rng.randint(1, 6))
    sizes = {pid: rng.choice((0, 1, 2, 3, 3, 4, 5, 9)) for pid in pids}
    t.fn("admit", sizes, max(0, rng.randint(-2, 3) + rng.randint(0, sum(sizes.values()))))


def _answers(run: Run) -> set[Any]:
    return set(seen.values(run, "record"))


def _calms_down(run: Run) -> bool:
    return any(one and not two for one, two in pairwise(seen.values(run, "record")))


@traces(thrashing=lambda run: True in _answers(run), calm_again=_calms_down)
def meter_traces(t: TraceRecorder) -> None:
    """Faults and hits of a process that thrashes now and then."""
    rng = t.rng
    window = rng.choice((1, 2, 3, 4, 5))
    threshold = rng.choice((0.0, 0.25, 0.5, 0.5, 0.6, 0.75, 1.0))
    meter = t.new("ThrashMeter", window=window, threshold=threshold)
    share = 0.5
    while t.more():
        share = rng.choice((0.2, 0.9)) if rng.random() < 0.2 else share
        meter.record(rng.random() < share)
        meter.snapshot()
