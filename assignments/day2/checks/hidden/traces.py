"""What only the hidden checks of day 2 try: segments, errors, asids and huge entries."""

from random import Random
from typing import Any

from grader import TraceRecorder, traces
from grader.trace import Thing

from ..visible import situations as seen
from ..visible.bits import PS, A, D, G, P, U, W
from ..visible.table_traces import Space, choose_flags, play_table
from ..visible.traces import make, near, segment_table
from . import situations as also

# --- segments -----------------------------------------------------------------


def _row(rng: Random, window: int) -> list[Any] | None:
    """Return a segment of any size, or none."""
    if rng.random() < 0.1:
        return None
    limit = rng.choice((0, 1, window // 2, window - 1, window, rng.randint(0, window)))
    prot = rng.choice(("rw", "rw", "rx", "r", "w", "rwx", ""))
    return [rng.choice((window, 100, 1000)), limit, prot, rng.choice(("up", "down"))]


@traces(
    translated=lambda run: bool(seen.granted(run, "translate")),
    MAPERR=seen.trapped("MAPERR"),
    ACCERR=seen.trapped("ACCERR"),
    out_of_bounds_and_not_allowed=also.is_wrong_twice,
    a_segment_grows_down=lambda run: any(also.grows_down(step) for step in run.trace),
)
def segment_traces(t: TraceRecorder) -> None:
    """Translate through one, two or four segments, mostly next to a bound."""
    rng = t.rng
    count = rng.choice((1, 2, 2, 4))
    window = 1 << rng.randint(1, 5)
    rows = [_row(rng, window) for _ in range(count)]
    va_bits = (count * window).bit_length() - 1
    table = segment_table(t, va_bits, rows)
    table.snapshot()
    while t.more():
        number = rng.randrange(count)
        row = rows[number] or (0, 0, "", "up")
        edges = (0, row[1] if row[3] == "up" else window - row[1], window)
        off = near(rng, edges) if rng.random() < 0.6 else rng.randrange(window)
        kind = rng.choice(("r", "r", "w", "x"))
        table.translate(number * window + off, *([kind] if kind != "r" else []))


@traces(
    code=lambda run: bool(seen.granted(run, "translate")),
    MAPERR=seen.trapped("MAPERR"),
)
def two_segment_traces(t: TraceRecorder) -> None:
    """Translate with a segment that grows up and one that grows down, as OSTEP's simulator does."""
    rng = t.rng
    va_bits = rng.choice((5, 7, 10))
    window = 1 << va_bits - 1
    limits = [rng.randint(window // 4, window) for _ in range(2)]
    rows = [[rng.randrange(500), limits[0], "rw", "up"], [window + 100, limits[1], "rw", "down"]]
    table = segment_table(t, va_bits, rows)
    while t.more():
        table.translate(rng.randrange(2 * window))


# --- page tables --------------------------------------------------------------

ODD_FLAGS = (P, A, D, PS, 1 << 9, 1 << 52, 1 << 62)


@traces(
    EINVAL=seen.failed("EINVAL"),
    EEXIST=seen.failed("EEXIST", "map"),
    ENOENT_to_unmap=seen.failed("ENOENT", "unmap"),
    ENOENT_to_protect=seen.failed("ENOENT", "protect"),
    ENOENT_to_mark=seen.failed("ENOENT", "mark"),
)
def failing_table_traces(t: TraceRecorder) -> None:
    """Map a few pages, then make calls of which most fail, often for several reasons at once."""
    space = Space(t)
    rng, shape, table = t.rng, space.shape, space.table
    table.snapshot()
    for level in rng.sample((0, 0, 1), rng.choice((1, 2))):
        page = shape.aligned(space.page(), level)
        if space.covering(page) is None and space.is_fresh(page, level):
            space.map(page, level, space.pfn(level))
            table.snapshot()
    while t.more():
        outside = rng.choice((-shape.size(0), shape.end, shape.end + shape.size(1)))
        va = rng.choice((space.page(), space.page(), space.page() + 1, space.address(), outside))
        kind = rng.random()
        if kind < 0.4:
            _fail_to_map(space, va)
        elif kind < 0.6:
            space.unmap(va)
        elif kind < 0.8:
            bits = rng.choice((choose_flags(rng), rng.choice(ODD_FLAGS)))
            table.protect(va=va, **{rng.choice(("set_", "clear")): bits})
        else:
            table.mark(va, rng.choice((A, D, A | D, W, A | P)))
        table.snapshot()


def _fail_to_map(space: Space, va: int) -> None:
    """Map a page with up to two wrong arguments; a huge page never meets a smaller one."""
    rng, shape = space.rng, space.shape
    level = rng.choice((0, 0, 1))
    start = shape.aligned(va, level)
    right = {"va": start, "pfn": space.pfn(level), "flags": space.flags(), "level": level}
    wrong = {
        "va": va + rng.choice((0, 1)),
        "pfn": rng.choice((-1, 1 << 40, right["pfn"] + 1)),
        "flags": rng.choice(ODD_FLAGS) | choose_flags(rng),
        "level": rng.choice((-1, shape.levels)),
    }
    chosen = rng.sample(sorted(wrong), rng.choice((0, 1, 1, 2)))
    if not chosen and not space.is_fresh(start, level):
        return
    if not chosen:
        space.map(start, level, right["pfn"], right["flags"])
        return
    made = {**right, **{name: wrong[name] for name in chosen}}
    if made["level"] == 1 and not space.is_fresh(made["va"], 1):
        made["level"] = -1
    space.table.map(*(made[name] for name in ("va", "pfn", "flags", "level")))
    _note_if_mapped(space, made)


def _note_if_mapped(space: Space, made: dict[str, int]) -> None:
    """Note a page whose chosen arguments happen to be right."""
    va, level = made["va"], made["level"]
    if not 0 <= level < space.shape.levels or made["flags"] & sum(ODD_FLAGS):
        return
    fits = va == space.shape.aligned(va, level) and 0 <= va < space.shape.end
    frames = 1 << space.shape.index_bits * level
    in_place = 0 <= made["pfn"] < 1 << 40 and made["pfn"] % frames == 0
    if fits and in_place:
        space.note(va, level)


@traces(
    huge_over_small=seen.is_in_the_way("huge over small"),
    small_in_huge=seen.is_in_the_way("small in huge"),
    inside_a_huge_page=seen.failed("EINVAL"),
    a_huge_page_is_unmapped=seen.unmapped_huge,
    a_walk_into_a_huge_page=seen.walks_into_huge,
)
def huge_traces(t: TraceRecorder) -> None:
    """Change a small table that has about as many huge pages as small ones."""
    play_table(Space(t), t, huge=0.5)


@traces(
    map_is_refused=seen.failed("EACCES", "map"),
    protect_is_refused=seen.failed("EACCES", "protect"),
    another_error_comes_first=seen.failed("ENOENT", "protect"),
    a_page_is_protected=lambda run: bool(seen.granted(run, "protect")),
)
def wxorx_traces(t: TraceRecorder) -> None:
    """Change a small table of base pages with wxorx."""
    play_table(Space(t, wxorx=True), t, huge=0.0)


# --- TLBs ---------------------------------------------------------------------


def _global(rng: Random, asid: int, vpn: int) -> int:
    """Return flags of an entry; of each page only one asid has a global entry."""
    return P | U | (G if vpn % 3 == asid - 1 and rng.random() < 0.6 else 0)


@traces(
    a_hit=seen.hits,
    a_hit_in_a_global_entry_of_another=also.hits_in_shared,
    another_asid_misses=seen.misses_in_use,
    invlpg_drops_a_global_entry=also.drops_shared,
    a_flush_keeps_something=also.flush_keeps,
    a_flush_of_all=lambda run: any(step[3] == [] for step in seen.granted(run, "flush")),
)
def asid_traces(t: TraceRecorder, *, asids: bool) -> None:
    """Use a TLB, so large that nothing is evicted, in three address spaces."""
    rng = t.rng
    options: dict[str, Any] = {} if asids else {"asids": False}
    nsets = rng.choice((1, 2))
    tlb = make(t, "new", "tlb", "TLB", entries=16 * nsets, ways=16, **options)
    while t.more():
        asid, vpn = rng.choice((0, 1, 1, 2)), rng.randrange(4)
        kind = rng.random()
        if kind < 0.35:
            tlb.insert(asid, vpn, 100 * asid + vpn, _global(rng, asid, vpn))
        elif kind < 0.65:
            tlb.lookup(asid, vpn)
        elif kind < 0.8:
            tlb.invlpg(asid, vpn)
        elif kind < 0.9:
            tlb.flush(*rng.choice(((), (asid,), (asid,))))
        elif kind < 0.95:
            tlb.stats()
        tlb.snapshot()


@traces(
    a_hit_in_a_huge_entry=also.hits_in_huge,
    a_base_entry_before_a_huge_one=also.prefers_base,
    invlpg_drops_a_huge_entry=also.drops_huge,
    two_sizes_at_once=also.holds_two_sizes,
)
def huge_entry_traces(t: TraceRecorder) -> None:
    """Use a TLB, so large that nothing is evicted, for pages of several sizes in one space."""
    rng = t.rng
    index_bits, max_level = rng.choice((1, 2, 3, 9)), rng.choice((1, 1, 2))
    nsets = rng.choice((1, 2, 3))
    shape: dict[str, int] = {"entries": 40 * nsets, "ways": 40, "index_bits": index_bits}
    if max_level != 1:
        shape["max_level"] = max_level
    tlb = make(t, "new", "tlb", "TLB", **shape)
    pages = 1 << index_bits
    few = [0, 1, pages - 1, pages, pages + 1, 3 * pages, pages * pages]
    while t.more():
        vpn = rng.choice((rng.choice(few), rng.choice(few), rng.randrange(4 * pages)))
        kind = rng.random()
        if kind < 0.35:
            _insert_any_size(rng, tlb, vpn, max_level, index_bits)
        elif kind < 0.8:
            tlb.lookup(0, vpn)
        elif kind < 0.92:
            tlb.invlpg(0, vpn)
        else:
            tlb.stats()
        tlb.snapshot()


def _insert_any_size(rng: Random, tlb: Thing, vpn: int, max_level: int, index_bits: int) -> None:
    level = rng.randint(0, max_level)
    if level:
        pfn = rng.randint(1, 5) << index_bits * level
        tlb.insert(0, vpn, pfn, P | U | PS, level)
    else:
        tlb.insert(0, vpn, rng.randint(1, 9), P | U)
