"""The stand-ins that an MMU is checked with: what they answer and what they write down."""

from collections.abc import Iterator

import pytest
from machine import PTE_A, PTE_G, PTE_P, PTE_PS, PTE_U
from machine.plain_table import PlainTable
from machine.plain_tlb import PlainTLB
from machine.recorder import take_calls
from outcomes import error_of


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    take_calls()
    yield
    take_calls()


def test_a_plain_table_records_walk_and_mark_alone() -> None:
    """Setting the scene is no call of the MMU."""
    table = PlainTable(2, 5, 5)
    table.put(0x25, 3 << 12 | PTE_U)
    table.walk(0x25)
    table.mark(0x20, PTE_A)
    error_of(table.mark, 0x40, PTE_A)
    table.drop(0x3F)

    pte = 3 << 12 | PTE_U | PTE_P
    assert take_calls() == [
        ["call", "PlainTable.walk", [0x25], (pte, 0, 2)],
        ["call", "PlainTable.mark", [0x20, PTE_A], pte | PTE_A],
        ["call", "PlainTable.mark", [0x40, PTE_A], {"err": "ENOENT"}],
    ]
    assert table.snapshot() == {"entries": []}


def test_a_plain_table_prefers_the_higher_leaf() -> None:
    """A real walk meets it first."""
    table = PlainTable(2, 5, 5)
    table.put(0x420, 1 << 12)
    table.put(0x400, 32 << 12, level=1)

    assert table.walk(0x421) == (32 << 12 | PTE_P | PTE_PS, 1, 1)
    assert table.walk(0x20) == (0, 0, 2)
    assert [table.walk(0x8000), table.walk(-1)] == [(0, 0, 0)] * 2
    assert table.snapshot() == {
        "entries": [[0x400, 1, 32 << 12 | PTE_P | PTE_PS], [0x420, 0, 1 << 12 | PTE_P]]
    }


def test_a_plain_tlb_records_every_call_with_all_arguments() -> None:
    """Entries are written down as lists, defaults filled in."""
    tlb = PlainTLB()
    tlb.lookup(1, 5)
    tlb.insert(1, 5, 9, PTE_P)
    tlb.lookup(1, 5)
    tlb.invlpg(1, 5)
    tlb.flush()

    assert take_calls() == [
        ["call", "PlainTLB.lookup", [1, 5], None],
        ["call", "PlainTLB.insert", [1, 5, 9, PTE_P, 0, 0], None],
        ["call", "PlainTLB.lookup", [1, 5], [1, 5, 0, 9, PTE_P, 0]],
        ["call", "PlainTLB.invlpg", [1, 5], None],
        ["call", "PlainTLB.flush", [None], None],
    ]


def test_a_plain_tlb_finds_low_levels_then_own_then_latest_global() -> None:
    """And insert replaces what has the same asid, tag and level."""
    tlb = PlainTLB(index_bits=1)
    tlb.insert(1, 3, 10, PTE_P, 1)
    tlb.insert(2, 3, 20, PTE_P | PTE_G)
    tlb.insert(3, 3, 30, PTE_P | PTE_G)

    assert [tlb.lookup(asid, 3).pfn for asid in (1, 2, 3)] == [30, 20, 30]  # type: ignore[union-attr]
    tlb.insert(1, 3, 40, PTE_P)
    tlb.insert(1, 3, 41, PTE_P)
    assert tlb.lookup(1, 3) == (1, 3, 0, 41, PTE_P, 0)


@pytest.mark.parametrize(
    ("asid", "left"), [(None, []), (1, [[2, 0, 0, 0, 0, 0], [2, 1, 0, 0, PTE_G, 0]])]
)
def test_flushing_a_plain_tlb(asid: int | None, left: list[list[int]]) -> None:
    """With an asid the others and the global ones stay."""
    tlb = PlainTLB()
    tlb.insert(1, 0, 0, 0)
    tlb.insert(2, 0, 0, 0)
    tlb.insert(2, 1, 0, PTE_G)
    tlb.flush(asid)

    assert tlb.snapshot() == {"entries": left}


def test_a_plain_tlb_without_asids_has_one_space() -> None:
    """Every asid counts as 0; invlpg reaches all levels."""
    tlb = PlainTLB(index_bits=1, asids=False)
    tlb.insert(7, 2, 4, 0, 1)
    tlb.insert(8, 3, 5, 0)

    assert tlb.lookup(9, 3) == (0, 3, 0, 5, 0, 0)
    tlb.invlpg(1, 3)
    assert tlb.snapshot() == {"entries": []}


def test_a_level_that_a_plain_tlb_cannot_hold() -> None:
    """It is refused, as by a TLB."""
    with pytest.raises(ValueError, match="levels 0 to 1"):
        PlainTLB().insert(1, 0, 0, 0, 2)
