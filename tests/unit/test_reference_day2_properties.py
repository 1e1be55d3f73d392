"""Day 2's reference has the properties of the course, against models too plain to be wrong."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loading import load_reference
from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, PageFault
from machine.plain_table import PlainTable
from machine.plain_tlb import PlainTLB
from outcomes import error_of

DAY = load_reference(2)
PageTable, TLB, MMU = DAY.page_table.PageTable, DAY.tlb.TLB, DAY.mmu.MMU

LEVELS, INDEX_BITS, PAGE_BITS = GEOMETRY = (3, 1, 4)
PAGE = 1 << PAGE_BITS
TOP = 1 << PAGE_BITS + INDEX_BITS * LEVELS

flag_sets = st.sets(st.sampled_from([PTE_W, PTE_U, PTE_NX, PTE_G])).map(sum)
pages = st.integers(0, TOP // PAGE - 1).map(lambda n: n * PAGE)
kinds = st.sampled_from("rwx")


def leaf_bytes(level: int) -> int:
    """Return the bytes of a leaf."""
    return PAGE << INDEX_BITS * level


@st.composite
def maps(draw: st.DrawFn) -> tuple[object, ...]:
    """Draw a call of map, for three in four aligned to its leaf."""
    level = draw(st.integers(0, LEVELS - 1))
    va, pfn = draw(pages), draw(st.integers(0, 9))
    if draw(st.integers(0, 3)):
        va, pfn = va - va % leaf_bytes(level), pfn << INDEX_BITS * level
    return "map", va, pfn, draw(flag_sets), level


table_ops = st.lists(
    st.one_of(
        maps(),
        maps(),
        st.tuples(st.just("unmap"), pages),
        st.tuples(st.just("protect"), pages, flag_sets, flag_sets),
        st.tuples(st.just("mark"), pages, st.sampled_from([PTE_A, PTE_D, PTE_A | PTE_D])),
    ),
    max_size=40,
)


class DictTable:
    """A page table as a dict from va to (level, pte): the model of P2.3."""

    def __init__(self) -> None:
        self.leaves: dict[int, tuple[int, int]] = {}

    def cover(self, va: int) -> int | None:
        """Return the start of the leaf that covers va."""
        for start, (level, _) in self.leaves.items():
            if start <= va < start + leaf_bytes(level):
                return start
        return None

    def map(self, va: int, pfn: int, flags: int, level: int) -> str | None:
        """Map, or say why not."""
        size = leaf_bytes(level)
        if va % size or pfn % (size // PAGE):
            return "EINVAL"
        if any(self.cover(page) is not None for page in range(va, va + size, PAGE)):
            return "EEXIST"
        self.leaves[va] = (level, pfn << 12 | flags | PTE_P | (PTE_PS if level else 0))
        return None

    def unmap(self, va: int) -> str | None:
        """Unmap, or say why not."""
        return self._change(va, lambda _: None)

    def protect(self, va: int, set_: int, clear: int) -> str | None:
        """Change flags, or say why not."""
        return self._change(va, lambda pte: pte & ~clear | set_)

    def mark(self, va: int, bits: int) -> str | None:
        """Set bits, or say why not."""
        start = self.cover(va)
        return "ENOENT" if start is None else self._change(start, lambda pte: pte | bits)

    def _change(self, va: int, new: Any) -> str | None:
        start = self.cover(va)
        if start != va:
            return "ENOENT" if start is None else "EINVAL"
        level, pte = self.leaves.pop(va)
        if (changed := new(pte)) is not None:
            self.leaves[va] = (level, changed)
        return None


@given(st.integers(0, 1 << 70), st.integers(0, 20))
def test_p2_1_join_after_split_is_the_identity(va: int, bits: int) -> None:
    """For every page size from 1 byte to 1 MiB."""
    vpn, off = DAY.segments.split_va(va, 1 << bits)

    assert DAY.segments.join_va(vpn, off, 1 << bits) == va


@given(table_ops)
def test_p2_3_to_p2_6_a_table_is_a_dict_in_a_sparse_tree(ops: list[tuple[Any, ...]]) -> None:
    """Contents and errors are the dict's; tables and refs follow from the leaves alone."""
    table, model = PageTable(*GEOMETRY), DictTable()
    for name, *args in ops:
        assert error_of(getattr(table, name), *args) == getattr(model, name)(*args)

    leaves = [(va, level, pte) for va, (level, pte) in sorted(model.leaves.items())]
    prefixes = {
        (depth, va // leaf_bytes(LEVELS - depth))
        for va, level, _ in leaves
        for depth in range(1, LEVELS - level)
    }
    assert table.entries() == leaves
    assert table.table_count() == 1 + len(prefixes)
    for va, level, pte in leaves:
        assert table.walk(va + leaf_bytes(level) - 1) == (pte, level, LEVELS - level)
        table.unmap(va)
    assert table.snapshot() == {"entries": [], "tables": 1}


class ListTlb:
    """A TLB as one list of (asid, vpn) per set, used last at its end: the model of P2.7."""

    def __init__(self, nsets: int, ways: int) -> None:
        self.sets: list[list[tuple[int, int]]] = [[] for _ in range(nsets)]
        self.ways = ways
        self.counts = {"hits": 0, "misses": 0, "evictions": 0}

    def lookup(self, asid: int, vpn: int) -> None:
        """Move what is there to the end."""
        keys = self.sets[vpn % len(self.sets)]
        self.counts["hits" if (asid, vpn) in keys else "misses"] += 1
        if (asid, vpn) in keys:
            keys.remove((asid, vpn))
            keys.append((asid, vpn))

    def insert(self, asid: int, vpn: int) -> None:
        """Put a pair at the end, in place of itself or, if there is no room, of the first."""
        keys = self.sets[vpn % len(self.sets)]
        if (asid, vpn) not in keys and len(keys) == self.ways:
            keys.pop(0)
            self.counts["evictions"] += 1
        self.invlpg(asid, vpn)
        keys.append((asid, vpn))

    def invlpg(self, asid: int, vpn: int) -> None:
        """Take one pair out."""
        keys = self.sets[vpn % len(self.sets)]
        keys[:] = [key for key in keys if key != (asid, vpn)]

    def flush(self, asid: int) -> None:
        """Take the pairs of one address space out."""
        self.sets = [[key for key in keys if key[0] != asid] for keys in self.sets]


tlb_ops = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["lookup", "insert"]), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.sampled_from(["lookup", "insert"]), st.just(1), st.integers(0, 4)),
        st.tuples(st.just("invlpg"), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.just("flush"), st.integers(0, 1)),
    ),
    min_size=30,
    max_size=60,
)


@given(ways=st.sampled_from([1, 2, 4]), nsets=st.integers(1, 3), ops=tlb_ops)
def test_p2_7_a_tlb_is_one_ordered_list_per_set(
    ways: int, nsets: int, ops: list[tuple[Any, ...]]
) -> None:
    """Order and counts agree after every call."""
    tlb, model = TLB(ways * nsets, ways), ListTlb(nsets, ways)
    for name, *args in ops:
        getattr(tlb, name)(*args, *([0, PTE_P] if name == "insert" else []))
        getattr(model, name)(*args)

        sets = tlb.snapshot()["sets"]
        assert [[tuple(row[:2]) for row in rows] for rows in sets] == model.sets
        assert tlb.stats() == model.counts


mmu_steps = st.lists(
    st.one_of(
        st.tuples(st.just("access"), st.integers(0, TOP - 1), kinds, st.booleans()),
        st.tuples(st.just("access"), st.integers(0, TOP - 1), kinds, st.booleans()),
        st.tuples(st.just("switch"), st.integers(0, 1)),
        st.tuples(st.just("change"), maps() | st.tuples(st.just("unmap"), pages)),
        st.tuples(st.just("change"), st.tuples(st.just("protect"), pages, flag_sets, flag_sets)),
    ),
    max_size=50,
)


def result_of(mmu: Any, *access: object) -> object:
    """Return the physical address, or the fault, of an access."""
    try:
        return mmu.access(*access)
    except PageFault as fault:
        return fault


def without_global(change: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take G out of a table change: two spaces must agree on global pages."""
    name, va, *numbers = change
    return name, va, *(n & ~PTE_G for n in numbers)


@given(shape=st.sampled_from([(1, 1), (4, 2), (4, 4)]), asids=st.booleans(), steps=mmu_steps)
def test_p2_8_a_tlb_that_is_kept_up_to_date_is_not_seen(
    *, shape: tuple[int, int], asids: bool, steps: list[tuple[Any, ...]]
) -> None:
    """Each change of the current table is followed by invlpg; a switch flushes."""
    sides = []
    for tlb in (None, TLB(*shape, index_bits=INDEX_BITS, asids=asids)):
        tables, mmu = [PageTable(*GEOMETRY) for _ in range(2)], MMU(tlb)
        mmu.set_cr3(0, tables[0])
        sides.append((mmu, tables))
    current = 0

    for what, *args in steps:
        if what == "access":
            plain, cached = (result_of(mmu, *args) for mmu, _ in sides)
            assert plain == cached
            continue
        current = args[0] if what == "switch" else current
        for mmu, tables in sides:
            if what == "switch":
                mmu.set_cr3(current, tables[current])
            else:
                name, va, *numbers = without_global(args[0])
                error_of(getattr(tables[current], name), va, *numbers)
                mmu.invlpg(va)

    assert sides[0][1][0].snapshot() == sides[1][1][0].snapshot()
    assert sides[0][0].stats()["faults"] == sides[1][0].stats()["faults"]


@given(pages, st.integers(0, 99), st.sampled_from("rx"))
def test_p2_9_a_removed_page_translates_until_it_is_invalidated(
    va: int, pfn: int, kind: str
) -> None:
    """The TLB does not know of the change; the contract is the kernel's to keep."""
    table, mmu = PlainTable(*GEOMETRY), MMU(PlainTLB(index_bits=INDEX_BITS))
    table.put(va, pfn << 12 | PTE_U)
    mmu.set_cr3(1, table)
    first = mmu.access(va, kind)
    table.drop(va)

    assert mmu.access(va, kind) == first
    mmu.invlpg(va)
    assert result_of(mmu, va, kind) == PageFault(va, kind, "notpresent")


@given(flag_sets, st.lists(st.tuples(kinds, st.booleans()), max_size=8))
def test_p2_10_a_is_set_by_successes_and_d_by_writes_alone(
    flags: int, accesses: list[tuple[str, bool]]
) -> None:
    """A fault sets neither, with or without a cached translation."""
    table, mmu = PlainTable(*GEOMETRY), MMU(PlainTLB(index_bits=INDEX_BITS))
    table.put(0, flags)
    mmu.set_cr3(1, table)
    granted = {kind for kind, user in accesses if result_of(mmu, 0, kind, user) == 0}

    expected = (PTE_A if granted else 0) | (PTE_D if "w" in granted else 0)
    assert table.walk(0)[0] & (PTE_A | PTE_D) == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.booleans()), max_size=12))
def test_p2_11_asids_are_apart_and_global_entries_survive(
    inserts: list[tuple[int, int, bool]],
) -> None:
    """After flush(1) exactly the entries of others and the global ones are left."""
    tlb = TLB(64, 64)
    for asid, vpn, is_global in inserts:
        tlb.insert(asid, vpn, asid, PTE_P | (PTE_G if is_global else 0))
    rows = tlb.snapshot()["sets"][0]
    private = [row for row in rows if not row[4] & PTE_G]
    shared = [row for row in rows if row[4] & PTE_G]

    for asid, vpn, *_ in private:
        assert tlb.lookup(asid, vpn).asid == asid
    for vpn in range(6):
        found = tlb.lookup(9, vpn)
        assert (found is not None) == (vpn in {row[1] for row in shared})
    tlb.flush(1)
    left = tlb.snapshot()["sets"][0]
    assert sorted(left) == sorted(shared + [row for row in private if row[0] != 1])


@given(asids=st.booleans(), noflush=st.booleans())
def test_p2_12_without_asids_every_switch_flushes(*, asids: bool, noflush: bool) -> None:
    """Only a TLB with asids may keep entries over a switch, and only if told to."""
    table, tlb = PageTable(*GEOMETRY), TLB(4, 4, index_bits=INDEX_BITS, asids=asids)
    mmu = MMU(tlb)
    table.map(0, 1, PTE_U)
    table.map(PAGE, 2, PTE_U | PTE_G)
    mmu.set_cr3(1, table)
    mmu.access(0, "r")
    mmu.access(PAGE, "r")
    mmu.set_cr3(1, table, noflush=noflush)

    assert (tlb.lookup(1, 0) is not None) == (asids and noflush)
    assert tlb.lookup(1, 1) is not None


@given(flags=flag_sets, kind=kinds, user=st.booleans(), cached=st.booleans())
def test_p2_13_reasons_have_an_order(*, flags: int, kind: str, user: bool, cached: bool) -> None:
    """User, write, nx; the kernel skips the first and no other."""
    table, tlb = PlainTable(*GEOMETRY), PlainTLB(index_bits=INDEX_BITS)
    mmu = MMU(tlb)
    table.put(0, flags)
    mmu.set_cr3(1, table)
    if cached:
        tlb.insert(1, 0, 0, flags | PTE_P)
    broken = [
        reason
        for reason, applies in (
            ("user", user and not flags & PTE_U),
            ("write", kind == "w" and not flags & PTE_W),
            ("nx", kind == "x" and flags & PTE_NX),
        )
        if applies
    ]

    assert result_of(mmu, 5, kind, user) == (PageFault(5, kind, broken[0]) if broken else 5)
    assert mmu.stats()["tlb_hits"] == cached
    assert (tlb.lookup(1, 0) is None) == bool(broken)


@given(st.integers(1, 4), st.data())
def test_p2_14_one_huge_entry_serves_all_its_base_pages(index_bits: int, data: Any) -> None:
    """2**index_bits pages, one miss."""
    table, tlb = PageTable(2, index_bits, PAGE_BITS), TLB(1, 1, index_bits=index_bits)
    mmu, count = MMU(tlb), 1 << index_bits
    table.map(0, count, PTE_U, level=1)
    mmu.set_cr3(1, table)
    order = data.draw(st.permutations(range(count)))

    found = [mmu.access(n * PAGE, "r") for n in order]
    assert found == [(count + n) * PAGE for n in order]
    assert mmu.stats()["tlb_misses"] == 1


@given(
    asids=st.booleans(),
    accesses=st.lists(st.tuples(st.integers(0, 1), st.integers(0, TOP - 1), kinds)),
)
def test_p2_15_spaces_with_disjoint_frames_are_isolated(
    *, asids: bool, accesses: list[tuple[int, int, str]]
) -> None:
    """Whatever is cached, space n sees only frames of n."""
    mmu = MMU(TLB(4, 2, index_bits=INDEX_BITS, asids=asids))
    tables = [PageTable(*GEOMETRY) for _ in range(2)]
    for n, table in enumerate(tables):
        for page in range(TOP // PAGE):
            table.map(page * PAGE, page * 2 + n, PTE_U | PTE_W)

    for n, va, kind in accesses:
        mmu.set_cr3(n, tables[n], noflush=True)
        assert mmu.access(va, kind) // PAGE % 2 == n


@given(table_ops)
def test_p2_16_a_wxorx_table_never_holds_w_without_nx(ops: list[tuple[Any, ...]]) -> None:
    """Neither by map nor by protect."""
    table = PageTable(*GEOMETRY, wxorx=True)
    for name, *args in ops:
        error_of(getattr(table, name), *args)

    assert all(pte & PTE_NX or not pte & PTE_W for _, _, pte in table.entries())
