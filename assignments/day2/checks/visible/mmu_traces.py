"""What day 2's checks of the MMU try.

With the student's own tables and TLB, or with stand-ins of ``machine``: a PlainTable, whose
leaves are set by ``put``, and a PlainTLB, which forgets nothing by itself. The TLB of a trace
always has the index_bits of its tables.

    rule    what one access needs of an entry: kind of access, by a user or the kernel
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from grader import Run, TraceRecorder, traces
from grader.trace import Thing, Trace

from . import situations as seen
from .bits import NX, P, U, W, pte_of
from .table_traces import DEFAULT_FLAGS, Space
from .traces import make, recorded

KINDS = ("r", "w", "x")
PAGE = 4096


def access(mmu: Thing, va: int, kind: str, *, user: bool = True) -> None:
    """Access ``va`` as a user, or as the kernel."""
    if user:
        mmu.access(va, kind)
    else:
        mmu.access(va=va, kind=kind, user=False)


def set_cr3(mmu: Thing, asid: int, table: Thing, *, noflush: bool = False) -> None:
    """Switch to an address space, with a flush or without."""
    if noflush:
        mmu.set_cr3(asid=asid, pt=table, noflush=True)
    else:
        mmu.set_cr3(asid, table)


def is_consistent(run: Run) -> bool:
    """Return whether every TLB of a trace has the index_bits of every page table in it."""
    made = [step for step in run.trace if step[0] in ("given", "new")]
    shapes = {step[3].get("index_bits", 9) for step in made if step[2] != "MMU"}
    return len(shapes) < 2


# --- the student's own three modules ------------------------------------------


def _own_mmu(t: TraceRecorder, index_bits: int) -> Thing:
    """Make an MMU with a TLB of any small shape, or with none."""
    rng = t.rng
    if rng.random() < 0.15:
        return make(t, "new", "mmu", "MMU")
    ways = rng.choice((1, 2, 4))
    options: dict[str, Any] = {"entries": ways * rng.choice((1, 2)), "ways": ways}
    if rng.random() < 0.25:
        options["asids"] = False
    if rng.random() < 0.3:
        options["max_level"] = rng.choice((0, 2))
    make(t, "new", "tlb", "TLB", **options, index_bits=index_bits)
    return make(t, "new", "mmu", "MMU", tlb="$tlb")


def _change(t: TraceRecorder, space: Space) -> int:
    """Change the mapping of one page, so that it never meets another one; return where."""
    rng = t.rng
    kind = rng.random()
    if kind < 0.35 and space.leaves:
        page = rng.choice(list(space.leaves))
        space.unmap(page)
        return page
    if kind < 0.6 and space.leaves:
        page = rng.choice(list(space.leaves))
        which = rng.choice(("set_", "clear"))
        space.table.protect(va=page, **{which: rng.choice((W, U, NX, W | U))})
        return page
    level = rng.choice((0, 0, 1))
    page = space.shape.aligned(space.page(), level)
    if space.covering(page) is None and space.is_fresh(page, level):
        flags = rng.choice((DEFAULT_FLAGS, DEFAULT_FLAGS, U, U | W, W | NX))
        space.map(page, level, space.pfn(level), flags)
    return page


@traces(
    translated=seen.translates,
    a_huge_page=seen.translates_huge,
    not_present=seen.trapped("notpresent"),
    a_refused_write=seen.trapped("write"),
    a_refused_user=seen.trapped("user"),
    a_refused_fetch=seen.trapped("nx"),
    a_change_of_a_page_in_use=seen.changes_used_page,
    two_address_spaces=seen.switches,
)
def own_traces(t: TraceRecorder) -> None:
    """Access one or two address spaces; the TLB is told of every change of a table.

    A change in the current space is followed by invlpg, one elsewhere by a switch that
    flushes. No page is global.
    """
    rng = t.rng
    spaces = [Space(t)]
    if rng.random() < 0.4 and t.most_operations > 6:
        spaces.append(Space(t, "table2", like=spaces[0]))
    mmu = _own_mmu(t, spaces[0].shape.index_bits)
    current = 0
    space = spaces[0]
    _change(t, space)
    mmu.set_cr3(1, space.table)
    stale = {0: False, 1: False}
    while t.more():
        kind = rng.random()
        if kind < 0.12 and len(spaces) > 1:
            current = 1 - current
            space = spaces[current]
            keeps = rng.random() < 0.7 and not stale[current]
            set_cr3(mmu, current + 1, space.table, noflush=keeps)
            stale[current] = False
        elif kind < 0.2 and len(spaces) > 1:
            _change(t, spaces[1 - current])
            stale[1 - current] = True
        elif kind < 0.4:
            mmu.invlpg(_change(t, space))
        else:
            what = rng.choice(("r", "r", "w", "w", "x"))
            by_user = what == "w" or rng.random() < 0.8
            access(mmu, space.address(), what, user=by_user)


# --- rules of access, with stand-ins ------------------------------------------


def rules() -> Iterator[tuple[int, str, bool]]:
    """Yield every (flags, kind, is_cached) of an access."""
    for count in range(4):
        for chosen in combinations((U, W, NX), count):
            for kind in KINDS:
                for is_cached in (False, True):
                    yield sum(chosen), kind, is_cached


def rule_trace(t: TraceRecorder, flags: int, kind: str, *, user: bool, is_cached: bool) -> None:
    """Access a page twice, of which a translation is cached or not."""
    table = make(t, "given", "table", "PlainTable")
    tlb = make(t, "given", "tlb", "PlainTLB")
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    table.put(PAGE, pte_of(5, flags))
    mmu.set_cr3(1, table)
    if is_cached:
        tlb.insert(1, 1, 5, flags | P)
    access(mmu, PAGE + 2, kind, user=user)
    tlb.snapshot()
    access(mmu, PAGE + 3, kind, user=user)


def kernel_rules() -> list[Trace]:
    """Return one trace per rule of access for the kernel.

    Whether NX matters to a read is asked of the user, elsewhere.
    """
    return recorded(
        *(
            lambda t, rule=rule: rule_trace(t, rule[0], rule[1], user=False, is_cached=rule[2])
            for rule in rules()
            if not (rule[0] & NX and rule[1] == "r")
        )
    )


# --- isolation, with stand-ins ------------------------------------------------


def plain_geometry(t: TraceRecorder) -> dict[str, int]:
    """Return arguments of a PlainTable: mostly none, and then a space as large as a real one."""
    rng = t.rng
    if rng.random() < 0.6:
        return {}
    return {"levels": rng.choice((1, 2)), "index_bits": rng.choice((2, 4)), "page_bits": 4}


def plain_tlb(t: TraceRecorder, geometry: dict[str, int], *, asids: bool = True) -> Thing:
    """Make a PlainTLB for tables of this geometry."""
    options: dict[str, Any] = {} if asids else {"asids": False}
    if geometry:
        options["index_bits"] = geometry["index_bits"]
    return make(t, "given", "tlb", "PlainTLB", **options)


def _access_one_space(t: TraceRecorder, geometry: dict[str, int], page_bytes: int) -> None:
    """Access one page of one space, without a TLB: what a short trace has room for."""
    table = make(t, "given", "table", "PlainTable", **geometry)
    mmu = make(t, "new", "mmu", "MMU")
    table.put(page_bytes, pte_of(t.rng.randint(1, 9), t.rng.choice((U, U | W))))
    mmu.set_cr3(1, table)
    while t.more():
        access(mmu, t.rng.randrange(3 * page_bytes), t.rng.choice(("r", "w")))


@traces(
    the_same_page_in_both_spaces=seen.same_page_elsewhere,
    a_switch_without_flush=lambda run: any(
        type(s[3]) is dict for s in seen.granted(run, "set_cr3")
    ),
    one_asid_for_both=seen.shares_an_asid,
    without_asids=seen.has_no_asids,
)
def isolation_traces(t: TraceRecorder) -> None:
    """Access two spaces with disjoint frames, even and odd, in turns.

    Where both spaces have one asid, every switch flushes.
    """
    rng = t.rng
    geometry = plain_geometry(t)
    page_bytes = 1 << geometry.get("page_bits", 12)
    if t.most_operations < 10:
        _access_one_space(t, geometry, page_bytes)
        return
    tables = [make(t, "given", name, "PlainTable", **geometry) for name in ("table", "table2")]
    kind = rng.choice(("asids", "asids", "no asids", "one asid"))
    plain_tlb(t, geometry, asids=kind != "no asids")
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    for nth in range(2):
        for number, table in enumerate(tables):
            table.put(nth * page_bytes, pte_of(2 * rng.randint(1, 9) + number, U | W))
    current = 0
    while t.more():
        asid = 1 if kind == "one asid" else current + 1
        set_cr3(mmu, asid, tables[current], noflush=kind != "one asid" and rng.random() < 0.7)
        for _ in range(rng.choice((1, 1, 2))):
            va = rng.randrange(2) * page_bytes + rng.randrange(page_bytes)
            access(mmu, va, rng.choice(("r", "r", "w")))
        current = 1 - current
