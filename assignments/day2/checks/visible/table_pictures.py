"""Failures of tables and MMUs as pictures in text: the walk, and the entry that decides.

Pure functions from a run to lines of text. What is drawn was decided by the reference; an
answer of a submission is shown beside it, never trusted.

    walk     one line per level, from the root to the entry that decides
"""

from collections.abc import Iterator
from typing import Any

from grader import Run
from grader.trace import literal
from grader.transcript import Outcome

from .bits import LEGEND, explained, spelled
from .drawn import Shadow, scene_before
from .reading import arguments, part

MOST_ROWS = 10
_NEEDS = {"r": "", "w": " and W", "x": " and no NX"}
_KINDS = {"r": "read", "w": "write", "x": "fetch"}
_REASONS = {
    "noncanonical": "the address lies outside the range of the table",
    "notpresent": "there is no entry for the page",
    "user": "U is clear in the entry that decides",
    "write": "W is clear in the entry that decides",
    "nx": "NX is set in the entry that decides",
}


def is_row(value: Any, width: int) -> bool:
    """Return whether a value is a list of so many ints."""
    return type(value) is list and len(value) == width and all(type(n) is int for n in value)


def rows_of(value: Any, width: int) -> list[list[int]]:
    """Return those elements of a list that are rows of ``width`` ints."""
    return [row for row in value if is_row(row, width)] if type(value) is list else []


def _number(value: Any) -> str:
    return hex(value) if type(value) is int else repr(value)[:20]


def split(table: Shadow, va: int) -> str:
    """Say which index of each level, and which offset, an address is made of."""
    shape = table.shape
    mask = (1 << shape.index_bits) - 1
    levels = reversed(range(shape.levels))
    indexes = ", ".join(str(va // shape.size(level) & mask) for level in levels)
    whose = f"levels {shape.levels - 1} to 0" if shape.levels > 1 else "level 0"
    return f"va {va:#x} = {indexes} ({whose}), offset {va % shape.size(0):#x}"


def walk(table: Shadow, va: int, lowest: int = 0, *, is_read: bool = True) -> Iterator[str]:
    """Yield a line per level, from the root down to the entry that decides, or to ``lowest``."""
    shape = table.shape
    if not 0 <= va < shape.end:
        yield f"va {va:#x} lies outside of the table's range, [0, {shape.end:#x})"
        return
    yield split(table, va)
    for reads, level in enumerate(reversed(range(shape.levels)), start=1):
        found, is_last = _entry_at(table, va, level)
        is_last = is_last or level == lowest
        number = va // shape.size(level) & ((1 << shape.index_bits) - 1)
        end = f"<- decides, {_count(reads, 'read')}" if is_read else "(not read)"
        told = f"  {end}" if is_last else ""
        yield f"  {f'level {level}, entry {number}:':<20} {found}{told}"
        if is_last:
            return


def _entry_at(table: Shadow, va: int, level: int) -> tuple[str, bool]:
    """Return what a walk for ``va`` reads at ``level``, and whether it ends there."""
    start = table.shape.aligned(va, level)
    found_level, pte = table.leaves.get(start, (-1, 0))
    if found_level == level:
        return spelled(pte), True
    end = start + table.shape.size(level)
    below = [leaf for leaf in sorted(table.leaves) if start <= leaf < end]
    if below:
        return f"a table of {_count(len(below), 'page')} from {below[0]:#x}", False
    return "empty", True


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("s" if number != 1 else "")


def _entries_beside(yours: Any, expected: Any) -> Iterator[str]:
    """Yield the entries that only one side has, or that differ."""
    one, other = ({row[0]: row for row in rows_of(value, 3)} for value in (yours, expected))
    differing = [va for va in sorted({*one, *other}) if one.get(va) != other.get(va)]
    for va in differing[:MOST_ROWS]:
        yield f"va {va:#x}"
        for name, rows in (("yours", one), ("expected", other)):
            row = rows.get(va)
            yield f"  {name:<9} " + (f"level {row[1]}  {spelled(row[2])}" if row else "no entry")


def _tables_needed(table: Shadow) -> Iterator[str]:
    """Yield a line for every table that the pages need."""
    shape = table.shape
    starts: set[tuple[int, int]] = {(-shape.levels, 0)}
    for leaf, (level, _) in table.leaves.items():
        starts |= {(-up, shape.aligned(leaf, up)) for up in range(level + 1, shape.levels)}
    needed = f"{_count(len(table.leaves), 'page')}: {_count(len(starts), 'table')}"
    yield f"{needed} of {8 << shape.index_bits} bytes"
    for negative, start in sorted(starts)[:MOST_ROWS]:
        level = -negative
        end = start + shape.size(level)
        name = "the root" if level == shape.levels else f"level {level - 1}"
        yield f"  {name:<9} for va {start:#x} to {end - 1:#x}"


def table_picture(run: Run, index: int) -> str:
    """Draw the failure of a PageTable: the walk, the entries that differ, or all its tables."""
    step, yours, expected = run.trace[index], run.transcript[index], run.expected[index]
    if step[0] not in ("call", "snap"):
        return ""
    table = scene_before(run, index).tables.get(step[1])
    if table is None:
        return ""
    method = step[2] if step[0] == "call" else "snapshot"
    if method in ("snapshot", "entries"):
        lines = [*_entries_beside(part(yours.value, "entries"), part(expected.value, "entries"))]
        return "\n".join(explained(lines) if lines else _tables_needed(table))
    if method in ("table_count", "table_bytes"):
        return "\n".join(_tables_needed(table))
    given = arguments(step)
    lowest = given.get("level", 0)
    rule = f" (wxorx is {'on' if table.wxorx else 'off'})" if method in ("map", "protect") else ""
    lines = [f"Before step {index + 1}{rule}:", *walk(table, given.get("va", 0), lowest)]
    for name, outcome in (("yours", yours), ("expected", expected)):
        lines += _answer(name, method, outcome)
    return "\n".join(explained(lines))


def _answer(name: str, method: str, outcome: Outcome) -> Iterator[str]:
    """Yield what a call returned, where that is an entry."""
    value = outcome.value
    if method == "walk" and is_row(value, 3):
        entry = spelled(value[0]) if value[0] else "no entry"
        yield f"{name:<9} {entry}, level {value[1]}, {_count(value[2], 'read')}"
    elif method in ("unmap", "protect", "mark") and type(value) is int:
        yield f"{name:<9} {spelled(value)}"


# --- MMUs ---------------------------------------------------------------------


def mmu_picture(run: Run, index: int) -> str:
    """Draw the failure of an access: what is cached, the walk, and the rule that decides."""
    step, yours, expected = run.trace[index], run.transcript[index], run.expected[index]
    scene = scene_before(run, index)
    table = scene.tables.get(scene.current)
    if step[0] != "call" or step[2] != "access" or table is None:
        return table_picture(run, index)
    given = arguments(step)
    user = given.get("user", True)
    who, kind = ("user", "U") if user else ("kernel", "P"), given["kind"]
    needs = f"{who[1]}{_NEEDS.get(kind, '')}"
    return "\n".join(
        [
            f"A {who[0]} {_KINDS.get(kind, kind)} needs {needs}. In use: `{scene.current}`.",
            *_cached(expected),
            *walk(table, given["va"], is_read=not _is_hit(expected)),
            *_decision(table, given["va"], expected),
            *_asked(yours),
            LEGEND,
        ]
    )


def _cached(expected: Outcome) -> Iterator[str]:
    """Yield what a PlainTLB answers; of a student's own TLB nothing is known."""
    for name, _, found in expected.calls:
        if name == "PlainTLB.lookup" and is_row(found, 6):
            asid, tag, level, pfn, flags, dirty = found
            told = "  <- decides" if _is_hit(expected) else ""
            yield f"  in the TLB: tag {tag:#x}, level {level}, asid {asid}, dirty {dirty}"
            yield f"{'':<23}{spelled(pfn << 12 | flags)}{told}"
        elif name == "PlainTLB.lookup":
            yield "  in the TLB: nothing for this page"


def _is_hit(expected: Outcome) -> bool:
    """Return whether a PlainTLB has an entry, and the MMU does not walk."""
    calls = {name: found for name, _, found in expected.calls}
    return calls.get("PlainTLB.lookup") is not None and "PlainTable.walk" not in calls


def _decision(table: Shadow, va: int, expected: Outcome) -> Iterator[str]:
    """Yield why the access is refused, or where it leads."""
    if expected.result == "trap":
        reason = str(expected.fields[-1])
        yield f'expected  PageFault "{reason}": {_REASONS.get(reason, "")}'
    elif type(expected.value) is int:
        start = table.covering(va)
        level = table.leaves[start][0] if start is not None else 0
        size = table.shape.size(level)
        base = expected.value - va % size
        yield f"expected  {base:#x} + offset {va % size:#x} in a page of {size:#x} bytes"


def _asked(yours: Outcome) -> Iterator[str]:
    """Yield the calls that a submission made on stand-ins."""
    for number, (name, args, result) in enumerate(yours.calls[:6]):
        shown = ", ".join(map(_number, args))
        answer = f" -> {literal(result)}" if result is not None or "lookup" in name else ""
        yield f"{'yours' if not number else '':<9} {name}({shown}){answer}"
