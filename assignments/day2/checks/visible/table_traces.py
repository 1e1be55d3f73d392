"""What day 2's checks of the page table try.

Spaces have few pages, so that pages meet: mapped twice, huge over small, unmapped again.

    Space    a table and the pages that a builder believes to be mapped
    leaf     va -> level of one mapping                          {0x400: 1}
    choose   flags that map and protect accept: W, U, NX, G
"""

from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from grader import TraceRecorder, traces

from . import situations as seen
from .bits import NX, PFN_SHIFT, A, D, G, U, W
from .traces import make

DEFAULT_FLAGS = W | U | NX


def choose_flags(rng: Random) -> int:
    """Return any flags that ``map`` accepts."""
    return sum(rng.sample((W, U, NX, G), rng.randint(0, 3)))


@dataclass(frozen=True)
class Geometry:
    """The shape of a page table."""

    levels: int
    index_bits: int
    page_bits: int

    def size(self, level: int) -> int:
        """Return the bytes of a leaf; at level ``levels`` those of the whole range."""
        return 1 << self.page_bits + self.index_bits * level

    @property
    def end(self) -> int:
        """The first address beyond the range."""
        return self.size(self.levels)

    def aligned(self, va: int, level: int) -> int:
        """Return the start of the leaf of ``level`` that would cover ``va``."""
        return va - va % self.size(level)


def small_geometry(rng: Random) -> Geometry:
    """Return the shape of a table with few pages."""
    return Geometry(rng.choice((2, 2, 3)), rng.choice((1, 2, 2, 5)), rng.choice((1, 4, 4, 5)))


class Space:
    """A page table while a trace is built; ``like`` is another one of the same shape."""

    def __init__(
        self, t: TraceRecorder, name: str = "table", like: "Space | None" = None, **options: Any
    ) -> None:
        self.rng = rng = t.rng
        self.shape = shape = like.shape if like else small_geometry(rng)
        self.leaves: dict[int, int] = {}
        self.tables: set[tuple[int, int]] = set()
        self.table = make(t, "new", name, "PageTable", **asdict(shape), **options)
        start = shape.aligned(rng.randrange(shape.end), rng.choice((1, shape.levels - 1)))
        few = [start, start + shape.size(0), start + shape.size(1) - shape.size(0), 0]
        self.favourites = like.favourites if like else few

    def page(self) -> int:
        """Return the start of a base page: mostly one of few."""
        rng = self.rng
        if self.leaves and rng.random() < 0.5:
            return rng.choice(list(self.leaves))
        if rng.random() < 0.8:
            return rng.choice(self.favourites) % self.shape.end
        return self.shape.aligned(rng.randrange(self.shape.end), 0)

    def address(self) -> int:
        """Return any address, mostly within a favourite or mapped page."""
        page = self.page()
        level = self.leaves.get(page, 0)
        return page + self.rng.choice(
            (0, self.shape.size(level) - 1, self.rng.randrange(self.shape.size(level)))
        )

    def covering(self, va: int) -> int | None:
        """Return the start of the leaf that covers ``va``."""
        starts = (self.shape.aligned(va, level) for level in range(self.shape.levels))
        found = (start for level, start in enumerate(starts) if self.leaves.get(start, -1) == level)
        return next(found, None)

    def holds_within(self, va: int, level: int) -> bool:
        """Return whether a smaller leaf lies within the leaf of ``level`` at ``va``."""
        return any(
            va <= start < va + self.shape.size(level) and below < level
            for start, below in self.leaves.items()
        )

    def map(self, va: int, level: int, pfn: int, flags: int = DEFAULT_FLAGS) -> None:
        """Map a page, and note it if nothing is in its way."""
        if level:
            self.table.map(va, pfn, flags, level)
        elif flags != DEFAULT_FLAGS:
            self.table.map(va, pfn, flags)
        else:
            self.table.map(va, pfn)
        self.note(va, level)

    def note(self, va: int, level: int) -> None:
        """Note that a page has been mapped, if nothing was in its way."""
        shape = self.shape
        if self.covering(va) is None and not self.holds_within(va, level):
            self.leaves[va] = level
            above = range(level + 1, shape.levels)
            self.tables.update((va // shape.size(upper), upper) for upper in above)

    def is_fresh(self, va: int, level: int) -> bool:
        """Return whether no table has ever been below the entry of ``level`` for ``va``.

        Where one was, it matters whether empty tables are freed: only one check asks that.
        """
        return not level or (va // self.shape.size(level), level) not in self.tables

    def unmap(self, va: int) -> None:
        """Unmap a page."""
        self.table.unmap(va)
        self.leaves.pop(va, None)

    def pfn(self, level: int) -> int:
        """Return a frame at which a leaf of ``level`` may start."""
        return self.rng.randint(0, 9) << self.shape.index_bits * level

    def flags(self) -> int:
        """Return the default flags, or any."""
        return DEFAULT_FLAGS if self.rng.random() < 0.4 else choose_flags(self.rng)


def change(space: Space, level: int) -> None:
    """Make one call that maps, unmaps, protects or marks a page."""
    rng = space.rng
    kind = rng.random()
    page = space.page()
    if kind < 0.5:
        start = space.shape.aligned(page, level)
        if not (space.is_fresh(start, level) or space.holds_within(start, level)):
            start, level = page, 0
        space.map(start, level, space.pfn(level), space.flags())
    elif kind < 0.68:
        space.unmap(page)
    elif kind < 0.86:
        bits = {"set_": choose_flags(rng), "clear": choose_flags(rng)}
        kept = {name: flags for name, flags in bits.items() if flags}
        space.table.protect(va=page, **kept)
    else:
        space.table.mark(space.address(), rng.choice((A, D, A | D)))


def play_table(space: Space, t: TraceRecorder, *, huge: float) -> None:
    """Make any calls on a table; ``huge`` is the share of huge pages among those mapped."""
    space.table.snapshot()
    while t.more():
        if t.rng.random() < 0.8:
            level = t.rng.randint(1, space.shape.levels - 1) if t.rng.random() < huge else 0
            change(space, level)
            space.table.snapshot()
        elif t.rng.random() < 0.8:
            space.table.walk(space.address())
        else:
            space.table.entries()


@traces(
    a_page_is_unmapped=lambda run: bool(seen.granted(run, "unmap")),
    a_page_is_protected=lambda run: bool(seen.granted(run, "protect")),
    a_page_is_marked=lambda run: bool(seen.granted(run, "mark")),
    a_huge_page=seen.maps_huge,
    EEXIST=seen.failed("EEXIST"),
    ENOENT=seen.failed("ENOENT"),
)
def table_traces(t: TraceRecorder) -> None:
    """Change a small page table, and look at all of it after every call."""
    play_table(Space(t), t, huge=0.3)


@traces(
    a_table_is_freed=seen.frees_a_table,
    three_tables=seen.has_tables(3),
    a_walk_ends_early=lambda run: (False, 1) in seen.walk_ends(run),
    a_walk_into_a_huge_page=seen.walks_into_huge,
    a_walk_outside=lambda run: (False, 0) in seen.walk_ends(run),
)
def sparse_traces(t: TraceRecorder) -> None:
    """Map and unmap pages that never overlap; count tables and walk in between."""
    space = Space(t)
    rng = t.rng
    while t.more():
        level = rng.choice((0, 0, 0, 1))
        page = space.shape.aligned(space.page(), level)
        if rng.random() < 0.45 and space.leaves:
            space.unmap(rng.choice(list(space.leaves)))
        elif space.covering(page) is None and not space.holds_within(page, level):
            space.map(page, level, space.pfn(level))
        rng.choice((space.table.table_count, space.table.table_count, space.table.table_bytes))()
        outside = rng.choice((-1, space.shape.end, space.shape.end + 5))
        space.table.walk(outside if rng.random() < 0.06 else space.address())


@traces(
    a_table_is_freed=seen.frees_a_table,
    three_tables=seen.has_tables(3),
)
def unmap_all_traces(t: TraceRecorder) -> None:
    """Map pages, unmap them all in another order, and count the tables after each."""
    space = Space(t)
    rng = t.rng
    space.table.table_count()
    for _ in range(rng.randint(1, (t.most_operations - 2) // 4)):
        level = rng.choice((0, 0, 0, 1))
        page = space.shape.aligned(
            space.page() if rng.random() < 0.4 else rng.randrange(space.shape.end), level
        )
        if space.covering(page) is None and not space.holds_within(page, level):
            space.map(page, level, space.pfn(level))
            space.table.table_count()
    while space.leaves:
        space.unmap(rng.choice(list(space.leaves)))
        space.table.table_count()


@traces(
    found=lambda run: (True, 2) in seen.walk_ends(run),
    directory_entry_not_valid=lambda run: (False, 1) in seen.walk_ends(run),
    page_table_entry_not_valid=lambda run: (False, 2) in seen.walk_ends(run),
)
def two_level_traces(t: TraceRecorder) -> None:
    """Walk a table of 32-byte pages with two levels of 32 entries, as OSTEP's simulator does."""
    rng = t.rng
    table = make(t, "new", "table", "PageTable", levels=2, index_bits=5, page_bits=5)
    directory = [rng.randrange(32) for _ in range(3)]
    vpns = [rng.choice(directory) << 5 | rng.randrange(32) for _ in range(rng.choice((2, 4, 9)))]
    mapped = [vpn for n, vpn in enumerate(vpns) if vpn not in vpns[:n]][: t.most_operations - 3]
    for vpn in mapped:
        table.map(vpn << 5, rng.randrange(128))
    while t.more():
        near = rng.choice(directory) << 5 | rng.randrange(32)
        vpn = rng.choice((rng.choice(mapped), near, rng.randrange(1024)))
        found = table.walk(vpn << 5 | rng.randrange(32))
        t.fn("pte_pfn", found[0])


@traces(ValueError=seen.refused, round_trip=lambda run: bool(seen.granted(run, "pte_pfn")))
def entry_traces(t: TraceRecorder) -> None:
    """Put entries together and take them apart."""
    rng = t.rng
    while t.more():
        pfn = rng.choice((0, 1, 5, rng.randrange(1 << 40), (1 << 40) - 1, 1 << 40, -1))
        pte = t.fn("make_pte", pfn, choose_flags(rng) | rng.choice((0, A, D, 1)))
        t.fn("pte_pfn", pte)
        t.fn("pte_flags", pte)
        if rng.random() < 0.2:
            t.fn("pte_flags", rng.randrange(1 << PFN_SHIFT) | rng.choice((0, NX)))
