"""How fast day 3's reference is: `python tests/benchmarks/bench_day3_reference.py`.

Two tables. The first has references per second, beside those of libCacheSim asked from
Python for one page after the other (if it is installed). The second has the timed items
of the course: the time of the reference, and that of two other right solutions over it.
All figures of a row are medians of runs in alternation, so that ratios are of one machine
at one time.

    zipf    pages with probability 1/rank: most references hit
    loop    one page more than there are frames: every reference misses
"""

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from types import SimpleNamespace
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "assignments")]

from loading import load_folder, load_reference  # noqa: E402 - found by the path just set

ROUNDS = 7
NFRAMES = 1000
LENGTH = 100_000
VARIANTS = ("linked_list_style", "counter_style")

Run = Callable[[], object]


def zipf(rng: Random, length: int, npages: int) -> list[int]:
    """Return references to `npages` pages with probability 1/rank."""
    return rng.choices(range(npages), [1 / rank for rank in range(1, npages + 1)], k=length)


def uniform(rng: Random, length: int, npages: int) -> list[int]:
    """Return references to `npages` pages, each as likely."""
    return [rng.randrange(npages) for _ in range(length)]


def medians(runs: list[Run]) -> list[float]:
    """Return the median CPU seconds of each run, all measured in alternation."""
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, times in zip(runs, seconds, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    return [median(times) for times in seconds]


def libcachesim_run(kind: str, refs: list[int], **options: int) -> Run:
    """Return a run of libCacheSim over `refs`; the requests are made beforehand."""
    import libcachesim as lib  # noqa: PLC0415 - not everybody has it

    requests = [
        lib.Request(obj_id=page, obj_size=1, clock_time=now) for now, page in enumerate(refs)
    ]

    def run() -> None:
        get = getattr(lib, kind)(cache_size=NFRAMES, hashpower=12, **options).get
        for request in requests:
            get(request)

    return run


def print_rates(reference: SimpleNamespace) -> None:
    """Print references per second by policy and trace."""
    rng = Random(3)
    traces = {
        "zipf": zipf(rng, LENGTH, 3 * NFRAMES),
        "loop": [position % (NFRAMES + 1) for position in range(LENGTH)],
    }
    kinds: dict[str, tuple[str, dict[str, int]]] = {
        "lru": ("LRU", {}),
        "fifo": ("FIFO", {}),
        "clock": ("Clock", {"init_freq": 1}),
    }
    compared = importlib.util.find_spec("libcachesim") is not None
    print(f"millions of references per second, {NFRAMES} frames, {LENGTH} references")
    print(f"{'policy':8}{'trace':8}{'hits':>8}{'reference':>12}{'libCacheSim':>14}{'ratio':>8}")
    for name, (kind, options) in kinds.items():
        for trace, refs in traces.items():
            runs: list[Run] = [lambda n=name, r=refs: reference.policies.simulate(n, r, NFRAMES)]
            if compared:
                runs.append(libcachesim_run(kind, refs, **options))
            ours, *theirs = [LENGTH / seconds / 1e6 for seconds in medians(runs)]
            hits = reference.policies.simulate(name, refs, NFRAMES)["hits"] / LENGTH
            beside = f"{theirs[0]:14.2f}{ours / theirs[0]:8.2f}" if theirs else f"{'-':>14}"
            print(f"{name:8}{trace:8}{hits:8.1%}{ours:12.2f}{beside}")


def timed_items() -> dict[str, Callable[[Any], object]]:
    """Return what F3.1 to F3.5 run, by title, as functions of a day's modules."""
    rng = Random(5)
    lru, future = uniform(rng, 60_000, 2000), uniform(rng, 20_000, 5000)
    depths, window = uniform(rng, 30_000, 8000), zipf(rng, 60_000, 4000)
    clock = uniform(rng, 100_000, 20_000)
    return {
        "F3.1 LRU, 1 000 frames": lambda day: day.policies.simulate("lru", lru, 1000),
        "F3.2 OPT, 500 frames": lambda day: day.policies.opt(future, 500),
        "F3.3 stack distances": lambda day: day.analysis.stack_distances(depths),
        "F3.4 working sets, tau = 2 000": lambda day: day.analysis.working_set(window, 2000),
        "F3.5 clock, 10 000 frames": lambda day: day.policies.simulate("clock", clock, 10_000),
    }


def print_ratios(reference: SimpleNamespace) -> None:
    """Print what the other right solutions take in units of the reference."""
    variants = [load_folder(TESTS / "variants" / "day3" / style) for style in VARIANTS]
    print(f"{'item':31}{'reference':>13}" + "".join(f"{style:>18}" for style in VARIANTS))
    for title, work in timed_items().items():
        runs: list[Run] = [lambda d=day, w=work: w(d) for day in (reference, *variants)]
        ours, *theirs = medians(runs)
        ratios = "".join(f"{seconds / ours:18.2f}" for seconds in theirs)
        print(f"{title:31}{ours * 1e3:10.1f} ms{ratios}")


if __name__ == "__main__":
    print_rates(load_reference(3))
    print()
    print_ratios(load_reference(3))
