"""What day 2's hidden checks of the MMU try, with stand-ins: staleness, marks, counters."""

from grader import TraceRecorder, traces
from grader.trace import Trace

from ..visible import situations as seen
from ..visible.bits import A, D, G, P, U, W, pte_of
from ..visible.mmu_traces import access, plain_geometry, plain_tlb, rule_trace, rules, set_cr3
from ..visible.table_traces import Geometry
from ..visible.traces import make, recorded
from . import situations as also


def user_rules() -> list[Trace]:
    """Return one trace per rule of access for a user."""
    return recorded(
        *(
            lambda t, rule=rule: rule_trace(t, rule[0], rule[1], user=True, is_cached=rule[2])
            for rule in rules()
        )
    )


class _Cached:
    """What a builder knows of a PlainTLB: pages that were changed since they were cached."""

    def __init__(self) -> None:
        self.clean: set[int] = set()
        self.changed: set[int] = set()

    def forget(self, vpn: int) -> None:
        """Note that a translation has been dropped."""
        self.clean.discard(vpn)
        self.changed.discard(vpn)


@traces(
    a_stale_hit=also.hits_stale,
    not_present_after_invlpg=seen.trapped("notpresent"),
    a_permission_is_refused=seen.trapped("write"),
    a_granted_retry=also.retries,
    a_flush=also.flushes_by_switch,
)
def stale_traces(t: TraceRecorder) -> None:
    """Change tables behind the back of a TLB, with and without telling it.

    Base pages of one space, not global; sometimes the TLB also holds what a flush of that
    space leaves alone: a page of another space and a global one. A page that a read has
    cached is not written after a change, because then it matters whether a read sets D,
    which is asked elsewhere.
    """
    rng = t.rng
    geometry = plain_geometry(t)
    page_bytes = 1 << geometry.get("page_bits", 12)
    table = make(t, "given", "table", "PlainTable", **geometry)
    tlb = plain_tlb(t, geometry)
    mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    mmu.set_cr3(1, table)
    known = _Cached()
    if rng.random() < 0.5:
        tlb.insert(2, 1, 7, P | U)
        tlb.insert(1, 3, 8, P | U | G)
    while t.more():
        vpn = rng.choice((1, 1, 2))
        va = vpn * page_bytes + rng.choice((0, 0, 3, page_bytes - 1))
        kind = rng.random()
        if kind < 0.2:
            table.put(vpn * page_bytes, pte_of(rng.randint(1, 9), rng.choice((U, U | W, U | W, W))))
            known.changed.add(vpn)
        elif kind < 0.3:
            table.drop(vpn * page_bytes)
            known.changed.add(vpn)
        elif kind < 0.42:
            tlb.insert(1, vpn, rng.randint(1, 9), P | rng.choice((U, U | W, U | W)))
            known.forget(vpn)
        elif kind < 0.52:
            mmu.invlpg(va)
            known.forget(vpn)
        elif kind < 0.57:
            set_cr3(mmu, 1, table, noflush=rng.random() < 0.5)
        elif rng.random() < 0.5 and not (vpn in known.clean and vpn in known.changed):
            access(mmu, va, "w")
        else:
            access(mmu, va, "r")
            if vpn not in known.clean:
                known.changed.discard(vpn)
                known.clean.add(vpn)
        tlb.snapshot()


@traces(
    D_is_set=also.marks_dirty,
    A_alone_is_set=also.marks_accessed,
    a_fault=lambda run: any(outcome.result == "trap" for outcome in run.expected),
    a_first_write_through_a_clean_translation=also.writes_after_read,
    a_huge_page=lambda run: any(len(step[3]) > 2 for step in seen.granted(run, "put")),
)
def mark_traces(t: TraceRecorder) -> None:
    """Access pages that nobody changes, with a TLB or without, and look at marks and counters.

    No page has NX, and a page is left alone once an access to it has been refused, so that
    what a refusal does to the TLB is asked elsewhere.
    """
    rng = t.rng
    geometry = plain_geometry(t)
    table = make(t, "given", "table", "PlainTable", **geometry)
    if rng.random() < 0.7:
        plain_tlb(t, geometry)
        mmu = make(t, "new", "mmu", "MMU", tlb="$tlb")
    else:
        mmu = make(t, "new", "mmu", "MMU")
    shape = Geometry(**{"levels": 4, "index_bits": 9, "page_bits": 12, **geometry})
    levels = [rng.choice((0, 0, 1, 2)) for _ in range(1 if t.most_operations < 10 else 3)]
    pages: dict[int, tuple[int, int]] = {}
    for number, level in enumerate(min(level, shape.levels - 1) for level in levels):
        start = shape.size(level) if level else number * shape.size(0)
        pages[start] = shape.size(level), rng.choice((U, U | W, U | W, W))
        marks = rng.choice((0, 0, A, A | D))
        pfn = rng.randint(1, 9) << shape.index_bits * level
        table.put(start, pte_of(pfn, pages[start][1] | marks), *([level] if level else []))
    mmu.set_cr3(1, table)
    nowhere = 3 * shape.size(0)
    while t.more():
        start = rng.choice((*pages, *pages, nowhere))
        size, bits = pages.get(start, (shape.size(0), 0))
        va = start + rng.randrange(size)
        if rng.random() < 0.1:
            mmu.invlpg(va)
            continue
        kind = rng.choice(("r", "r", "w", "w", "x"))
        access(mmu, va, kind)
        if not bits & U or (kind == "w" and not bits & W):
            pages.pop(start, None)
        table.snapshot()
        mmu.stats()
