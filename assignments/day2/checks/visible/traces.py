"""What day 2's checks of segments and cost try, and what all its builders share.

Spaces are small, so that the edges of bounds and tables come early. A hidden check uses
the same families with a secret seed.

    t         the recorder of one trace; every draw comes from ``t.rng``
    window    bytes that one selector value reaches     W = 2**(va_bits - s)
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from grader import Run, TraceRecorder, traces
from grader.trace import Thing, Trace

from . import situations as seen


def recorded(*examples: Callable[[TraceRecorder], object]) -> list[Trace]:
    """Return one trace per function that makes ordinary calls on a recorder."""
    found = []
    for example in examples:
        t = TraceRecorder()
        example(t)
        found.append(t.steps)
    return found


def make(t: TraceRecorder, verb: str, name: str, class_name: str, **arguments: Any) -> Thing:
    """Make an object under a name of our choice; ``"$name"`` stands for an earlier one."""
    t.add(verb, name, class_name, arguments)
    return Thing(t, name)


def near(rng: Random, edges: Sequence[int]) -> int:
    """Return a number at, or next to, one of ``edges``."""
    return rng.choice(edges) + rng.choice((-1, -1, 0, 0, 1))


# --- pages and offsets --------------------------------------------------------


@traces(
    round_trip=lambda run: any(step[1] == "join_va" for step in seen.granted(run)),
    a_page_of_one_byte=lambda run: any(step[2][-1] == 1 for step in seen.granted(run)),
    ValueError=seen.refused,
)
def split_traces(t: TraceRecorder) -> None:
    """Split addresses and join them again; now and then ask for what there is not."""
    rng = t.rng
    while t.more():
        page_size = 1 << rng.choice((0, 1, 3, 4, 5, 12))
        kind = rng.random()
        if kind < 0.7:
            va = near(rng, [page_size * n for n in (0, 1, 2, 5, 100)])
            parts = t.fn("split_va", max(0, va), page_size)
            t.fn("join_va", parts[0], parts[1], page_size)
        elif kind < 0.85:
            t.fn("join_va", rng.choice((0, 3, -1)), near(rng, (0, page_size)), page_size)
        else:
            t.fn("split_va", rng.choice((0, 7, -1)), rng.choice((0, -4, 3, 12, page_size)))


@traces(translated=lambda run: bool(seen.granted(run, "translate")), MAPERR=seen.trapped("MAPERR"))
def relocation_traces(t: TraceRecorder) -> None:
    """Translate with a base and a limit, mostly next to the limit."""
    rng = t.rng
    base, limit = rng.choice((0, 10, 0x4000)), rng.choice((0, 1, 5, 16, 100))
    relocation = make(t, "new", "relocation", "BaseBounds", base=base, limit=limit)
    relocation.snapshot()
    while t.more():
        relocation.translate(rng.choice((near(rng, (0, limit)), rng.randint(0, limit), base)))


# --- segments -----------------------------------------------------------------


def segment_table(t: TraceRecorder, va_bits: int, rows: Sequence[Sequence[Any] | None]) -> Thing:
    """Make a SegmentTable of rows (base, limit, prot, grows) or None."""
    names: list[str | None] = []
    for number, row in enumerate(rows):
        names.append(None if row is None else f"$segment{number}")
        if row is not None:
            fields = dict(zip(("base", "limit", "prot", "grows"), row, strict=True))
            make(t, "new", f"segment{number}", "Segment", **fields)
    return make(t, "new", "table", "SegmentTable", va_bits=va_bits, segments=names)


def is_laid_out(run: Run) -> bool:
    """Return whether no segment that grows down begins below physical address 0."""
    made = [step[3] for step in run.trace if step[2:3] == ["Segment"]]
    return all(row.get("grows") != "down" or row["base"] >= row["limit"] for row in made)


@traces(
    linear_hit=lambda run: bool(seen.granted(run)),
    not_valid=seen.reads_invalid_entry,
    beyond_the_table=seen.reads_beyond_table,
)
def linear_traces(t: TraceRecorder) -> None:
    """Translate with a linear page table of few entries, of which some are not valid."""
    rng = t.rng
    page_size = rng.choice((1, 4, 16, 64))
    table = [
        rng.choice((1 << 31, 1 << 31, 0)) | rng.randint(0, 9) for _ in range(rng.randint(1, 4))
    ]
    while t.more():
        top = len(table) * page_size
        va = rng.choice((rng.randrange(top), rng.randrange(top), near(rng, (0, top))))
        t.fn("linear_translate", table, va, page_size)


# --- cost ---------------------------------------------------------------------


@traces(
    a_miss_costs=lambda run: any(
        0 < step[2][0] < 1 for step in seen.granted(run) if step[1] == "eat"
    ),
    a_last_page_is_full=seen.wastes_nothing,
    ValueError=seen.refused,
)
def cost_traces(t: TraceRecorder) -> None:
    """Compute with each formula; hit rates are floats, so that every answer of ``eat`` is one."""
    rng = t.rng
    while t.more():
        kind = rng.randrange(5)
        page = 1 << rng.randint(4, 13)
        if kind < 2:
            hit = rng.choice((0.0, 0.25, 0.5, 0.9, 0.98, 1.0, -0.1, 1.1))
            numbers = [rng.choice((0, 1, 2, 10, 100, 1, 4, -1)) for _ in range(3)]
            t.fn("eat", hit, *numbers)
        elif kind == 2:
            t.fn(
                "flat_table_bytes",
                rng.randint(12, 64),
                rng.choice((4, 10, 12)),
                rng.choice((1, 4, 8)),
            )
        elif kind == 3:
            t.fn("tlb_reach", rng.choice((0, 1, 16, 512)), page)
        else:
            sizes = [near(rng, (1, page, 2 * page, 3 * page)) for _ in range(rng.randint(0, 3))]
            t.fn("internal_waste", sizes, page)
