"""Day 2's reference gives the worked examples and the boundary cases of the course, literally."""

from typing import Any

import pytest
from loading import load_reference
from machine import PTE_A, PTE_D, PTE_G, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, PageFault, SegFault
from outcomes import error_of

DAY = load_reference(2)
Segment, SegmentTable, BaseBounds = (
    DAY.segments.Segment,
    DAY.segments.SegmentTable,
    DAY.segments.BaseBounds,
)
PageTable, TLB, MMU = DAY.page_table.PageTable, DAY.tlb.TLB, DAY.mmu.MMU


def code_of(table: Any, *access: object) -> str:
    """Return why a translation traps; fail if it does not."""
    with pytest.raises(SegFault) as caught:
        table.translate(*access)
    return caught.value.code


def reason_of(mmu: Any, *access: object, **how: object) -> str:
    """Return why an access faults; fail if it does not."""
    with pytest.raises(PageFault) as caught:
        mmu.access(*access, **how)
    return caught.value.reason


class TestSegments:
    """segments.py: the page split, base and bounds, segments, linear tables."""

    def test_example_1(self) -> None:
        """An up and a down segment of 32-byte windows; bounds are checked before permission."""
        table = SegmentTable(6, [Segment(32, 10, "rx"), Segment(100, 8, "rw", "down")])

        assert table.translate(9) == 41
        assert code_of(table, 9, "w") == "ACCERR"
        assert code_of(table, 10, "w") == "MAPERR"
        assert [table.translate(63), table.translate(56)] == [99, 92]
        assert [code_of(table, va) for va in (55, 64, -1)] == ["MAPERR"] * 3

    def test_example_2(self) -> None:
        """Splitting and joining, base and bounds, and a linear table."""
        assert DAY.segments.split_va(0x12345, 4096) == (0x12, 0x345)
        assert DAY.segments.join_va(0x12, 0x345, 4096) == 0x12345
        assert BaseBounds(0x4000, 100).translate(99) == 0x4063
        assert DAY.segments.linear_translate([0x80000005, 3], 9, 16) == 5 * 16 + 9
        with pytest.raises(SegFault) as caught:
            DAY.segments.linear_translate([0x80000005, 3], 17, 16)
        assert caught.value == SegFault(17, "r", "MAPERR")

    @pytest.mark.parametrize(("limit", "va"), [(100, 100), (100, -1), (0, 0)])
    def test_base_bounds_traps_outside_its_limit(self, limit: int, va: int) -> None:
        """The limit is exclusive, and a limit of 0 leaves no address."""
        with pytest.raises(SegFault) as caught:
            BaseBounds(0x4000, limit).translate(va)

        assert caught.value == SegFault(va, "r", "MAPERR")

    def test_one_segment_has_no_selector_bits(self) -> None:
        """With s = 0 the whole address is the offset."""
        table = SegmentTable(4, [Segment(50, 16)])

        assert [table.translate(0), table.translate(15)] == [50, 65]
        assert code_of(table, 16) == "MAPERR"

    def test_a_down_segment_may_fill_its_window(self) -> None:
        """With limit W the lowest offset is valid: it lies W below the base."""
        table = SegmentTable(4, [None, Segment(100, 8, "rw", "down")])

        assert [table.translate(8), table.translate(15)] == [92, 99]
        assert code_of(table, 7) == "MAPERR"

    @pytest.mark.parametrize(
        ("name", "args"),
        [
            ("split_va", (5, 0)),
            ("split_va", (5, 12)),
            ("split_va", (-1, 16)),
            ("join_va", (-1, 0, 16)),
            ("join_va", (0, 16, 16)),
            ("join_va", (0, -1, 16)),
            ("join_va", (0, 0, 3)),
            ("linear_translate", ([], -1, 3)),
            ("BaseBounds", (-1, 0)),
            ("BaseBounds", (0, -1)),
            ("Segment", (-1, 0)),
            ("Segment", (0, -1)),
            ("Segment", (0, 0, "rq")),
            ("Segment", (0, 0, "r", "left")),
            ("SegmentTable", (4, [])),
            ("SegmentTable", (4, [None] * 3)),
            ("SegmentTable", (1, [None] * 4)),
            ("SegmentTable", (4, [Segment(0, 9), None])),
        ],
    )
    def test_bad_values(self, name: str, args: tuple[object, ...]) -> None:
        """Constructors and pure functions refuse them with ValueError."""
        with pytest.raises(ValueError, match=r"."):
            getattr(DAY.segments, name)(*args)

    def test_snapshots(self) -> None:
        """They show what was given."""
        table = SegmentTable(5, [None, Segment(9, 8, "x", "down")])

        assert BaseBounds(7, 9).snapshot() == {"base": 7, "limit": 9}
        assert table.snapshot() == {"va_bits": 5, "segments": [None, [9, 8, "x", "down"]]}


class TestPageTable:
    """page_table.py: entries and the tables they lie in."""

    def test_example_1(self) -> None:
        """A two-level table creates and frees its one lower table."""
        table = PageTable(2, 5, 5)
        table.map(0x20, 3)

        assert table.walk(0x25) == (0x8000000000003007, 0, 2)
        assert table.walk(0x40) == (0, 0, 2)
        assert table.walk(0x400) == (0, 1, 1)
        assert (table.table_count(), table.table_bytes()) == (2, 512)
        assert table.unmap(0x20) == 0x8000000000003007
        assert table.table_count() == 1

    def test_example_2(self) -> None:
        """A huge page needs no lower table and is one piece."""
        table = PageTable(2, 5, 5)
        table.map(0x400, 32, PTE_U, level=1)

        assert table.walk(0x425) == (0x20085, 1, 1)
        assert error_of(table.map, 0x420, 1) == "EEXIST"
        assert error_of(table.unmap, 0x420) == "EINVAL"
        assert error_of(table.map, 0x400, 33, PTE_U, 1) == "EINVAL"
        assert table.protect(0x400, set_=PTE_W) == 0x20087
        assert table.table_count() == 1

    @pytest.mark.parametrize(
        ("args", "code"),
        [
            ((0x400, 0), None),
            ((0x7FE0, 0), None),
            ((0x8000, 0), "EINVAL"),
            ((-0x20, 0), "EINVAL"),
            ((0x410, 0), "EINVAL"),
            ((0x420, 0, PTE_U, 1), "EINVAL"),
            ((0x400, (1 << 40) - 1), None),
            ((0x400, 1 << 40), "EINVAL"),
            ((0x400, -1), "EINVAL"),
            ((0x400, 0, PTE_P), "EINVAL"),
            ((0x400, 0, PTE_D), "EINVAL"),
            ((0x400, 0, PTE_G), None),
            ((0x400, 0, PTE_U, -1), "EINVAL"),
            ((0x400, 0, PTE_U, 2), "EINVAL"),
            ((0x000, 0), "EEXIST"),
            ((0x000, 0, PTE_U, 1), "EEXIST"),
            ((0x000, 0, PTE_W), "EACCES"),
            ((0x010, 0, PTE_W), "EINVAL"),
        ],
    )
    def test_errors_of_map_in_order(self, args: tuple[int, ...], code: str | None) -> None:
        """EINVAL, then EACCES, then EEXIST; and a refused call changes nothing."""
        table = PageTable(2, 5, 5, wxorx=True)
        table.map(0x000, 1)
        before = table.snapshot()

        assert error_of(table.map, *args) == code
        assert (table.snapshot() == before) == (code is not None)

    @pytest.mark.parametrize(
        ("va", "code"),
        [(0x400, None), (0x020, "ENOENT"), (0x8000, "EINVAL"), (-0x20, "EINVAL"),
         (0x030, "EINVAL"), (0x420, "EINVAL")],
    )  # fmt: skip
    def test_errors_of_unmap_and_protect(self, va: int, code: str | None) -> None:
        """A misaligned address is found before an unmapped one."""
        table = PageTable(2, 5, 5)
        table.map(0x400, 32, PTE_U, level=1)

        assert error_of(table.protect, va) == code
        assert error_of(table.protect, va, PTE_A) == "EINVAL"
        assert error_of(table.unmap, va) == code

    def test_protect_lets_set_win_and_refuses_wx_last(self) -> None:
        """A bit that is both cleared and set is set; W without NX is EACCES."""
        table = PageTable(2, 5, 5, wxorx=True)
        table.map(0, 1, PTE_NX)

        assert table.protect(0, PTE_W, PTE_W) == 1 << 12 | PTE_P | PTE_W | PTE_NX
        assert error_of(table.protect, 0, 0, PTE_NX) == "EACCES"
        assert error_of(table.protect, 0x20, PTE_W, PTE_NX) == "ENOENT"

    def test_mark_takes_any_address_in_the_leaf(self) -> None:
        """It sets A and D alone, and needs a leaf."""
        table = PageTable(2, 5, 5)
        table.map(0x400, 32, PTE_U, level=1)

        assert table.mark(0x437, PTE_A) == 0x20085 | PTE_A
        assert table.mark(0x400, PTE_D) == 0x20085 | PTE_A | PTE_D
        assert error_of(table.mark, 0x400, PTE_W) == "EINVAL"
        assert error_of(table.mark, 0x20, PTE_A) == "ENOENT"
        assert error_of(table.mark, 0x8000, PTE_A) == "ENOENT"

    def test_a_walk_outside_the_range_reads_nothing(self) -> None:
        """There is no sign extension: the range is [0, 2**48)."""
        table = PageTable()

        assert table.walk((1 << 48) - 1) == (0, 3, 1)
        assert [table.walk(1 << 48), table.walk(-1)] == [(0, 0, 0)] * 2

    def test_entry_fields(self) -> None:
        """Frame numbers have 40 bits, and the flags are all the others."""
        pte = DAY.page_table.make_pte((1 << 40) - 1, PTE_NX | PTE_P)

        assert DAY.page_table.pte_pfn(pte) == (1 << 40) - 1
        assert DAY.page_table.pte_flags(pte) == PTE_NX | PTE_P
        with pytest.raises(ValueError, match="pfn"):
            DAY.page_table.make_pte(1 << 40, 0)

    @pytest.mark.parametrize("geometry", [(0, 5, 5), (2, 0, 5), (2, 5, 0)])
    def test_bad_geometry(self, geometry: tuple[int, ...]) -> None:
        """Each of the three is at least 1."""
        with pytest.raises(ValueError, match="at least 1"):
            PageTable(*geometry)


class TestTlb:
    """tlb.py: sets, address-space ids, global and huge entries."""

    def test_example_1(self) -> None:
        """In a set of two the least recently used entry leaves."""
        tlb = TLB(4, 2)
        for vpn in (0, 2):
            assert tlb.lookup(1, vpn) is None
            tlb.insert(1, vpn, 100 + vpn, PTE_P)
        assert tlb.lookup(1, 0) == (1, 0, 0, 100, PTE_P, 0)
        assert tlb.lookup(1, 4) is None
        tlb.insert(1, 4, 104, PTE_P)

        assert [row[1] for row in tlb.snapshot()["sets"][0]] == [0, 4]
        assert tlb.stats() == {"hits": 1, "misses": 3, "evictions": 1}
        assert [tlb.lookup(1, 2), tlb.lookup(2, 0)] == [None, None]

    def test_example_2(self) -> None:
        """A huge entry covers its base pages; a global one serves every address space."""
        tlb = TLB(4, 4)
        tlb.insert(1, 512, 1024, PTE_P | PTE_U | PTE_PS, level=1)
        tlb.insert(2, 3, 9, PTE_P | PTE_G)

        assert tlb.lookup(1, 700) == (1, 1, 1, 1024, PTE_P | PTE_U | PTE_PS, 0)
        assert tlb.lookup(1, 3) == (2, 3, 0, 9, PTE_P | PTE_G, 0)
        tlb.flush(2)
        assert tlb.lookup(1, 3) == (2, 3, 0, 9, PTE_P | PTE_G, 0)
        tlb.invlpg(1, 3)
        assert tlb.lookup(1, 3) is None

    def test_an_own_entry_comes_first_then_the_global_one_used_last(self) -> None:
        """Address space 3 has none of its own and takes the latest."""
        tlb = TLB(4, 4)
        for asid in (1, 2):
            tlb.insert(asid, 7, asid, PTE_P | PTE_G)

        assert tlb.lookup(3, 7).pfn == 2
        assert tlb.lookup(1, 7).pfn == 1
        assert tlb.lookup(3, 7).pfn == 1

    @pytest.mark.parametrize("shape", [(0, 1), (1, 0), (4, 8), (6, 4), (-2, -2)])
    def test_bad_shapes(self, shape: tuple[int, int]) -> None:
        """Entries are a positive multiple of ways."""
        with pytest.raises(ValueError, match="entries"):
            TLB(*shape)

    @pytest.mark.parametrize("level", [-1, 2])
    def test_a_level_beyond_max_level_is_refused(self, level: int) -> None:
        """And nothing is inserted."""
        tlb = TLB(1, 1)

        with pytest.raises(ValueError, match="level"):
            tlb.insert(1, 0, 0, PTE_P, level)
        assert tlb.snapshot() == {"sets": [[]]}


class TestMmu:
    """mmu.py: the exact order of events of an access."""

    def test_example_1(self) -> None:
        """A grant needs no flush; a removal does, and until then the stale entry hits."""
        table, mmu = PageTable(), MMU(TLB(4, 4))
        table.map(0x1000, 5, PTE_U | PTE_NX)
        mmu.set_cr3(1, table)

        assert mmu.access(0x1234, "r") == 0x5234
        assert mmu.stats() == {"accesses": 1, "tlb_hits": 0, "tlb_misses": 1, "walks": 1,
                               "walk_refs": 4, "faults": 0}  # fmt: skip
        assert reason_of(mmu, 0x1000, "w") == "write"
        assert (mmu.stats()["tlb_hits"], mmu.stats()["faults"]) == (1, 1)
        table.protect(0x1000, set_=PTE_W)
        assert mmu.access(0x1000, "w") == 0x5000
        table.unmap(0x1000)
        assert mmu.access(0x1000, "r") == 0x5000
        mmu.invlpg(0x1000)
        assert reason_of(mmu, 0x1000, "r") == "notpresent"

    def test_example_2(self) -> None:
        """The first write through a clean entry walks; it is a hit all the same."""
        table, mmu = PageTable(), MMU(TLB(4, 4))
        table.map(0x2000, 6)
        mmu.set_cr3(1, table)

        mmu.access(0x2000, "r")
        assert mmu.access(0x2000, "w") == 0x6000
        assert table.walk(0x2000)[0] & PTE_D
        assert (mmu.stats()["tlb_misses"], mmu.stats()["walks"]) == (1, 2)
        mmu.access(0x2000, "w")
        assert mmu.stats()["walks"] == 2
        assert reason_of(mmu, 0x2000, "x") == "nx"
        assert mmu.access(0x2000, "r", user=False) == 0x6000
        assert mmu.stats()["walks"] == 3

    def test_what_is_not_counted(self) -> None:
        """A bad kind comes first, then a missing table; neither is an access."""
        mmu = MMU()

        for kind in ("q", "", "rw"):
            with pytest.raises(ValueError, match="kind"):
                mmu.access(0, kind)
        assert error_of(mmu.access, 0, "r") == "EINVAL"
        mmu.invlpg(0)
        assert set(mmu.snapshot().values()) == {0}

    def test_the_edges_of_the_range(self) -> None:
        """The last address is walked; the next one is a fault without a walk."""
        mmu = MMU(TLB(1, 1))
        mmu.set_cr3(1, PageTable(2, 5, 5))

        assert reason_of(mmu, 2**15 - 1, "r") == "notpresent"
        assert [reason_of(mmu, va, "r") for va in (2**15, -1)] == ["noncanonical"] * 2
        assert mmu.stats()["accesses"] == mmu.stats()["faults"] == 3
        assert mmu.stats()["tlb_misses"] == mmu.stats()["walks"] == 1

    def test_a_leaf_above_max_level_is_used_but_not_cached(self) -> None:
        """Every access to it walks."""
        table, tlb = PageTable(3, 1, 4), TLB(2, 2, index_bits=1, max_level=1)
        mmu = MMU(tlb)
        table.map(0, 4, PTE_U, level=2)
        mmu.set_cr3(1, table)

        assert [mmu.access(63, "r"), mmu.access(63, "r")] == [127, 127]
        assert mmu.stats()["tlb_misses"] == 2
        assert tlb.snapshot() == {"sets": [[]]}

    def test_a_first_write_replaces_a_leaf_of_another_level(self) -> None:
        """The stale huge translation goes, the small one comes."""
        table, tlb = PageTable(2, 1, 4), TLB(4, 4, index_bits=1)
        mmu = MMU(tlb)
        table.map(0, 2, PTE_U | PTE_W, level=1)
        mmu.set_cr3(1, table)
        mmu.access(0, "r")
        table.unmap(0)
        table.map(16, 9, PTE_U | PTE_W)

        assert mmu.access(17, "w") == 9 * 16 + 1
        assert [row[:4] for row in tlb.snapshot()["sets"][0]] == [[1, 1, 0, 9]]
        assert reason_of(mmu, 0, "r") == "notpresent"


class TestCost:
    """cost.py: four formulas."""

    def test_examples(self) -> None:
        """They have the values of the course."""
        assert DAY.cost.eat(0.98, 1, 100, 4) == pytest.approx(109.0, abs=1e-9)
        assert DAY.cost.flat_table_bytes(48, 12, 8) == 549755813888
        assert DAY.cost.tlb_reach(512, 4096) == 2097152
        assert DAY.cost.internal_waste([1, 4096, 5000], 4096) == 4095 + 0 + 3192

    @pytest.mark.parametrize(
        ("name", "args"),
        [
            ("eat", (1.1, 1, 100, 4)),
            ("eat", (-0.1, 1, 100, 4)),
            ("eat", (float("nan"), 1, 100, 4)),
            ("eat", (0.5, -1, 100, 4)),
            ("eat", (0.5, 1, -100, 4)),
            ("eat", (0.5, 1, 100, -4)),
            ("flat_table_bytes", (12, 48, 8)),
            ("internal_waste", ([1], 0)),
            ("internal_waste", ([-1], 16)),
            ("tlb_reach", (-1, 4096)),
        ],
    )
    def test_bad_values(self, name: str, args: tuple[object, ...]) -> None:
        """They are ValueErrors."""
        with pytest.raises(ValueError, match=r"."):
            getattr(DAY.cost, name)(*args)
