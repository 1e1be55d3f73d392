"""How fast day 2's reference is: `python tests/benchmarks/bench_day2_reference.py`.

Per timed item the rate of the reference, and the time of two other right solutions over
its time. All figures of a row are medians of runs in alternation, so that ratios are of
one machine at one time.

    hits    accesses through the MMU that the TLB answers
    zipf    F2.2: accesses with pages of probability 1/rank, 512 entries, fully associative
    map     F2.1: 10 000 pages of a sparse 48-bit space, mapped and walked ten times each
    churn   F2.3: pairs of unmap and map
"""

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from types import SimpleNamespace

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "assignments")]

from loading import load_folder, load_reference  # noqa: E402 - found by the path just set

ROUNDS = 5
VARIANTS = ("list_style", "recursive_style")
Run = Callable[[], int]


def _pages(rng: Random, count: int) -> list[int]:
    return [rng.randrange(1 << 36) << 12 for _ in range(count)]


def accesses(day: SimpleNamespace, npages: int, length: int) -> Run:
    """Return a run of ``length`` reads through an MMU with 512 entries."""
    rng = Random(2)
    pages = _pages(rng, npages)
    table = day.page_table.PageTable()
    for pfn, va in enumerate(pages):
        table.map(va, pfn)
    mmu = day.mmu.MMU(day.tlb.TLB(512, 512))
    mmu.set_cr3(1, table)
    weights = [1 / rank for rank in range(1, npages + 1)]
    order = rng.choices(pages, weights, k=length)

    def run() -> int:
        for va in order:
            mmu.access(va, "r")
        return length

    return run


def mapping(day: SimpleNamespace) -> Run:
    """Return a run that maps 10 000 sparse pages and walks each ten times."""
    pages = _pages(Random(3), 10_000)

    def run() -> int:
        table = day.page_table.PageTable()
        for pfn, va in enumerate(pages):
            table.map(va, pfn)
        for va in pages * 10:
            table.walk(va)
        return 11 * len(pages)

    return run


def churn(day: SimpleNamespace) -> Run:
    """Return a run of 20 000 pairs of unmap and map."""
    rng = Random(4)
    pages = _pages(rng, 5_000)
    table = day.page_table.PageTable()
    for pfn, va in enumerate(pages):
        table.map(va, pfn)
    order = rng.choices(pages, k=20_000)

    def run() -> int:
        for va in order:
            table.unmap(va)
            table.map(va, 1)
        return len(order)

    return run


def main() -> None:
    """Print the table."""
    reference = load_reference(2)
    others = [load_folder(TESTS / "variants" / "day2" / name) for name in VARIANTS]
    items: dict[str, Callable[[SimpleNamespace], Run]] = {
        "hits": lambda day: accesses(day, 400, 60_000),
        "zipf": lambda day: accesses(day, 4_096, 60_000),
        "map": mapping,
        "churn": churn,
    }
    print(f"{'item':8}{'million/s':>12}" + "".join(f"{name:>18}" for name in VARIANTS))
    for name, make in items.items():
        runs = [make(day) for day in (reference, *others)]
        seconds: list[list[float]] = [[] for _ in runs]
        gc.disable()  # a collection in one run is not the fault of another's solution
        for _ in range(ROUNDS):
            for run, times in zip(runs, seconds, strict=True):
                start = time.process_time()
                done = run()
                times.append(time.process_time() - start)
        gc.enable()
        own, *theirs = map(median, seconds)
        ratios = "".join(f"{each / own:>17.2f}x" for each in theirs)
        print(f"{name:8}{done / own / 1e6:>12.2f}{ratios}")


if __name__ == "__main__":
    main()
