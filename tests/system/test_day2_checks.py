"""Day 2's own: what a student sees of a failure, and the points; the rest is `test_days`."""

from typing import Any

import machine
import pytest
from days import Day
from machine import PTE_G, PTE_P, PTE_W

from grader.trace import TraceRecorder

DAY = Day("day2")


def test_a_wrong_tlb_or_table_costs_the_mmu_nothing_but_the_joint_check() -> None:
    """Only D2.13 uses the student's own three modules together."""
    foreign = {
        wrong.name: {*wrong.loses} & {"D2.14", "D2.15", "D2.16"}
        for wrong in DAY.wrongs
        if wrong.module != "mmu"
    }

    assert {name for name, checks in foreign.items() if checks} == set()


@pytest.mark.parametrize(
    ("wrong", "check", "lines"),
    [
        (2, "D2.2", ["# offsets ", "^ "]),
        (5, "D2.6", ["table of "]),
        (7, "D2.4", ["a table of 1 page from 0x0"]),
        (8, "D2.6", ["<- decides, 1 read"]),
        (10, "D2.10", ["set 0  yours     tag ", "set 0  expected  tag "]),
        (12, "D2.14", ["in the TLB: tag 0x1", "<- decides", "(not read)"]),
        (14, "D2.15", ["yours     level 0  pfn 0x0  P - - A - -- - --"]),
        (16, "D2.16", ["A kernel write needs P and W", '"write": W is clear']),
    ],
)
def test_a_failure_is_a_picture(wrong: int, check: str, lines: list[str]) -> None:
    """A student sees the strip, the tables, the walk, the set or the rule that decides."""
    found = DAY.verdict_on(wrong, check).counterexample

    assert found is not None
    assert [line for line in lines if line not in found.picture] == []


def test_a_set_says_which_entries_are_global() -> None:
    """Whose an entry is does not matter if it is; no flags are shown, so none are explained."""
    t = TraceRecorder()
    tlb = t.new("TLB", entries=2, ways=2)
    tlb.insert(1, 5, 100, PTE_P | PTE_G)
    tlb.insert(2, 6, 101, PTE_P)
    tlb.snapshot()
    rows = [[2, 6, 0, 101, PTE_P, 0], [1, 5, 0, 100, PTE_P | PTE_G, 0]]

    assert DAY.picture_of("D2.10", t.steps, {3: _sets(rows)}).splitlines() == [
        "Least recently used first:",
        "  set 0  yours     tag 6 (asid 2), tag 5 (asid 1, global)",
        "  set 0  expected  tag 5 (asid 1, global), tag 6 (asid 2)",
    ]


def test_flags_are_explained_where_they_are_shown() -> None:
    """Two sets with the same tags differ in what is spelled: frame and flags."""
    t = TraceRecorder()
    tlb = t.new("TLB", entries=1, ways=1)
    tlb.insert(1, 5, 100, PTE_P)
    tlb.snapshot()

    assert DAY.picture_of("D2.10", t.steps, {2: _sets([[1, 5, 0, 7, PTE_P, 0]])}).splitlines() == [
        "Least recently used first:",
        "  set 0  yours     tag 5 (asid 1) dirty 0 pfn 0x7  P - - - - -- - --",
        "  set 0  expected  tag 5 (asid 1) dirty 0 pfn 0x64  P - - - - -- - --",
        "P present, W write, U user, A accessed, D dirty, PS huge, G global, NX no exec",
    ]


def _sets(*sets: list[list[int]]) -> list[Any]:
    return ["ok", {"sets": [*sets]}]


@pytest.mark.parametrize(("wxorx", "said"), [(True, "on"), (False, "off")])
def test_a_refused_or_granted_mapping_says_whether_the_table_keeps_to_w_xor_x(
    wxorx: bool, said: str
) -> None:
    """Whether the flags may go together follows from that; an empty entry has no flags."""
    t = TraceRecorder()
    table = t.new("PageTable", levels=1, index_bits=2, page_bits=4, wxorx=wxorx)
    table.map(0, 1, PTE_W)

    assert DAY.picture_of("D2.8", t.steps, {1: ["err", "EEXIST"]}).splitlines() == [
        f"Before step 2 (wxorx is {said}):",
        "va 0x0 = 0 (level 0), offset 0x0",
        "  level 0, entry 0:    empty  <- decides, 1 read",
    ]


# --- the traces ---------------------------------------------------------------


def test_bits_are_those_of_the_machine() -> None:
    """Checks cannot import ``machine``; they name the same bits."""
    bits = vars(DAY.module("visible.bits"))["NAMES"]

    assert bits == {name: getattr(machine, f"PTE_{name}") for name in bits}


def test_points_and_visibility_are_the_curriculums() -> None:
    """The table of points of day 2, without what is still to be written."""
    visible = {check.id for check in DAY.checks.values() if check.is_shown}
    points = {check.id: int(check.points) for check in DAY.checks.values()}

    assert points == {
        "D2.1": 5, "D2.2": 5, "D2.3": 4, "D2.4": 7, "D2.5": 5, "D2.6": 6, "D2.7": 4, "D2.8": 2,
        "D2.9": 2, "D2.10": 6, "D2.11": 6, "D2.12": 4, "D2.13": 6, "D2.14": 6, "D2.15": 4,
        "D2.16": 4, "D2.17": 4, "D2.18": 4,
    }  # fmt: skip
    assert visible == {
        "D2.1", "D2.3", "D2.4", "D2.6", "D2.9", "D2.10", "D2.13", "D2.16", "D2.17",
    }  # fmt: skip
