"""The hidden boundary cases of segments.py, page_table.py, tlb.py and mmu.py."""

from collections.abc import Callable, Sequence
from typing import Any

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays
from grader.trace import Trace

from ..visible.bits import NX, U, W, pte_of
from ..visible.mmu_traces import access, is_consistent
from ..visible.pictures import any_picture
from ..visible.reading import judge, leaves, whole
from ..visible.traces import is_laid_out, make, recorded, segment_table

Example = Callable[[TraceRecorder], object]


def _made(class_name: str, *options: dict[str, Any]) -> list[Example]:
    return [lambda t, made=made: make(t, "new", "made", class_name, **made) for made in options]


# --- segments -----------------------------------------------------------------


def _no_limit(t: TraceRecorder) -> None:
    relocation = make(t, "new", "relocation", "BaseBounds", base=8, limit=0)
    for va in (-1, 0, 1):
        relocation.translate(va)


def _segments(va_bits: int, rows: Sequence[Sequence[Any] | None], *addresses: int) -> Example:
    def calls(t: TraceRecorder) -> None:
        table = segment_table(t, va_bits, rows)
        for va in addresses:
            table.translate(va)

    return calls


def segment_boundaries() -> list[Trace]:
    """Return the boundary cases of segments."""
    up, down = [100, 16, "rw", "up"], [100, 16, "rw", "down"]
    return recorded(
        _no_limit,
        _segments(4, [up], -1, 0, 15, 16),
        _segments(4, [down], -1, 0, 15, 16),
        _segments(4, [[100, 0, "rw", "up"]], 0),
        _segments(4, [[100, 0, "rw", "down"]], 0, 15),
        _segments(5, [up, down], 0, 15, 16, 31, 32),
        _segments(4, [None], 0),
        _segments(1, [[9, 1, "r", "up"], None], 0, 1, 2),
        _segments(3, [up]),
        _segments(1, [None] * 4),
        _segments(4, [None] * 3),
        _segments(4, []),
        *_made("BaseBounds", {"base": -1, "limit": 0}, {"base": 0, "limit": -1}),
        *_made(
            "Segment",
            {"base": -1, "limit": 0},
            {"base": 0, "limit": -1},
            {"base": 0, "limit": 0, "prot": "rwa"},
            {"base": 0, "limit": 0, "grows": "left"},
        ),
    )


# --- page table ---------------------------------------------------------------

SHAPE = {"levels": 2, "index_bits": 2, "page_bits": 4}
END = 1 << 8
HUGE = 1 << 6


def _table(*calls: tuple[Any, ...], **options: Any) -> Example:
    """Make calls (method, arguments ...) on a small table, and look at it at the end."""

    def made(t: TraceRecorder) -> None:
        table = make(t, "new", "table", "PageTable", **SHAPE, **options)
        for method, *given in calls:
            if given and type(given[-1]) is dict:
                getattr(table, method)(**given[-1])
            else:
                getattr(table, method)(*given)
        table.snapshot()

    return made


def _huge(va: int, pfn: int = 4) -> tuple[Any, ...]:
    return "map", va, pfn, U, 1


def table_boundaries() -> list[Trace]:
    """Return the boundary cases of PageTable."""
    return recorded(
        _table(("map", END - 16, 1), ("walk", END - 1), ("walk", END), ("walk", -1)),
        _table(("map", END, 1), ("unmap", END), ("mark", END, 0)),
        _table(("map", -16, 1), ("unmap", -16), ("protect", {"va": -16, "set_": W})),
        _table(("map", 16, 1), ("map", 16, 2)),
        _table(_huge(HUGE), _huge(HUGE, 8)),
        _table(("map", HUGE + 16, 1), _huge(HUGE)),
        _table(_huge(HUGE), ("map", HUGE + 16, 1)),
        _table(_huge(HUGE), ("unmap", HUGE + 16), ("protect", {"va": HUGE + 16, "set_": W})),
        _table(_huge(HUGE), ("unmap", HUGE), ("unmap", HUGE)),
        _table(_huge(16), _huge(HUGE, 5), _huge(END)),
        _table(("map", 0, 1, U, 2), ("map", 0, 1, U, -1)),
        _table(("map", 0, (1 << 40) - 1), ("map", 16, 1 << 40), ("map", 16, -1)),
        _table(("map", 0, 1, W), wxorx=True),
        _table(("map", 0, 1), ("protect", {"va": 0, "clear": NX}), wxorx=True),
        _table(("map", 0, 1, U), ("protect", {"va": 0, "set_": W}), wxorx=True),
        *_made("PageTable", *({**SHAPE, name: 0} for name in SHAPE)),
    )


# --- TLB and MMU --------------------------------------------------------------


def _beyond_its_levels(t: TraceRecorder) -> None:
    tlb = make(t, "new", "tlb", "TLB", entries=1, ways=1)
    for level in (-1, 2, 1):
        tlb.insert(0, 0, 0, 0, level)
    tlb.snapshot()


def tlb_boundaries() -> list[Trace]:
    """Return the boundary cases of TLB."""
    shapes = [(2, 4), (0, 1), (1, 0), (-4, 2), (4, -2), (6, 4), (4, 4)]
    made = _made("TLB", *({"entries": entries, "ways": ways} for entries, ways in shapes))
    return recorded(_beyond_its_levels, *made)


def _before_set_cr3(t: TraceRecorder) -> None:
    make(t, "given", "tlb", "PlainTLB")
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    mmu.access(0, "r")
    mmu.access(0, "q")
    mmu.invlpg(0)
    mmu.stats()


def _mmu(t: TraceRecorder, *, cached: bool) -> None:
    table = make(t, "given", "table", "PlainTable", levels=1, index_bits=4, page_bits=4)
    if cached:
        make(t, "given", "tlb", "PlainTLB", index_bits=4)
    mmu = make(t, "new", "mmu", "MMU", **({"tlb": "$tlb"} if cached else {}))
    table.put(END - 16, pte_of(3, U | W))
    mmu.set_cr3(1, table)
    for va in (END - 1, END, -1):
        mmu.access(va, "w")
    mmu.access(END - 1, "q")
    access(mmu, END, "x", user=False)
    mmu.invlpg(END)
    mmu.invlpg(-1)
    mmu.access(END - 1, "r")
    mmu.stats()
    mmu.snapshot()


def mmu_boundaries() -> list[Trace]:
    """Return the boundary cases of MMU."""
    return recorded(
        _before_set_cr3, lambda t: _mmu(t, cached=False), lambda t: _mmu(t, cached=True)
    )


@weight(4)
@number("D2.18")
@visibility("after_due_date")
@hint("Try the last address and the one after it, limits of nothing and of all, what overlaps.")
@replays(segment_boundaries, module="segments", part="segments", is_fair=is_laid_out)
@replays(table_boundaries, module="page_table", part="page table")
@replays(tlb_boundaries, module="tlb", part="TLB")
@replays(mmu_boundaries, module="mmu", part="MMU", is_fair=is_consistent)
@picture(any_picture)
def check_boundaries(run: Run) -> None:
    """Boundary cases of segments, page table, TLB and MMU."""
    makes_table = any(step[2:3] == ["PageTable"] for step in run.trace)
    judge(run, leaves if makes_table else whole)
