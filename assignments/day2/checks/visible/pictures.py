"""Failures as pictures in text: the walk of a table, the sets of a TLB, a segment as a strip.

Pure functions from a run to lines of text. What is drawn was decided by the reference; an
answer of a submission is shown beside it, never trusted.

    strip    one segment in its window, # where an offset is valid     |..........########|
    walk     one line per level, from the root to the entry that decides
"""

from collections.abc import Iterator
from typing import Any

from grader import Run
from grader.transcript import Outcome, same

from .bits import LEGEND, spelled
from .drawn import Shadow, scene_before
from .reading import arguments, part

MOST_ROWS = 10
STRIP = 64
_NEEDS = {"r": "", "w": " and W", "x": " and no NX"}
_KINDS = {"r": "read", "w": "write", "x": "fetch"}
_REASONS = {
    "noncanonical": "the address lies outside the range of the table",
    "notpresent": "there is no entry for the page",
    "user": "U is clear in the entry that decides",
    "write": "W is clear in the entry that decides",
    "nx": "NX is set in the entry that decides",
}


def _is_row(value: Any, width: int) -> bool:
    """Return whether a value is a list of so many ints."""
    return type(value) is list and len(value) == width and all(type(n) is int for n in value)


def _rows(value: Any, width: int) -> list[list[int]]:
    """Return those elements of a list that are rows of ``width`` ints."""
    return [row for row in value if _is_row(row, width)] if type(value) is list else []


def _number(value: Any) -> str:
    return hex(value) if type(value) is int else repr(value)[:20]


# --- page tables --------------------------------------------------------------


def split(table: Shadow, va: int) -> str:
    """Say which index of each level, and which offset, an address is made of."""
    shape = table.shape
    mask = (1 << shape.index_bits) - 1
    levels = reversed(range(shape.levels))
    indexes = [f"level {n}: {va // shape.size(n) & mask}" for n in levels]
    return f"va {va:#x} = {', '.join(indexes)}, offset {va % shape.size(0):#x}"


def walk(table: Shadow, va: int) -> Iterator[str]:
    """Yield a line per level, from the root down to the entry that decides."""
    shape = table.shape
    if not 0 <= va < shape.end:
        yield f"va {va:#x} lies outside of the table's range, [0, {shape.end:#x})"
        return
    yield split(table, va)
    for reads, level in enumerate(reversed(range(shape.levels)), start=1):
        start = shape.aligned(va, level)
        number = va // shape.size(level) & ((1 << shape.index_bits) - 1)
        entry = f"  level {level}, entry {number}:"
        found_level, pte = table.leaves.get(start, (-1, 0))
        if found_level == level:
            yield f"{entry:<21} {spelled(pte)}   <- decides, read {reads}"
            return
        if not any(start <= leaf < start + shape.size(level) for leaf in table.leaves):
            yield f"{entry:<21} empty   <- decides, read {reads}"
            return
        yield f"{entry:<21} a table"


def _entries_beside(yours: Any, expected: Any) -> Iterator[str]:
    """Yield the entries that only one side has, or that differ."""
    one, other = ({row[0]: row for row in _rows(value, 3)} for value in (yours, expected))
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
    yield f"{len(table.leaves)} pages need {len(starts)} tables of {8 << shape.index_bits} bytes:"
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
        return "\n".join([*lines, LEGEND]) if lines else "\n".join(_tables_needed(table))
    if method in ("table_count", "table_bytes"):
        return "\n".join(_tables_needed(table))
    lines = [f"Before step {index + 1}:", *walk(table, arguments(step).get("va", 0))]
    for name, outcome in (("yours", yours), ("expected", expected)):
        lines += _answer(name, method, outcome)
    return "\n".join([*lines, LEGEND])


def _answer(name: str, method: str, outcome: Outcome) -> Iterator[str]:
    """Yield what a call returned, where that is an entry."""
    value = outcome.value
    if method == "walk" and _is_row(value, 3):
        yield f"{name:<9} {spelled(value[0])}, level {value[1]}, {value[2]} read"
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
    who, kind = ("user", "U") if user else ("supervisor", "P"), given["kind"]
    needs = f"{who[1]}{_NEEDS.get(kind, '')}"
    return "\n".join(
        [
            f"A {who[0]} {_KINDS.get(kind, kind)} needs {needs}. In use: `{scene.current}`.",
            *_cached(expected),
            *walk(table, given["va"]),
            *_decision(table, given["va"], expected),
            *_asked(yours),
            LEGEND,
        ]
    )


def _cached(expected: Outcome) -> Iterator[str]:
    """Yield what a PlainTLB answers; of a student's own TLB nothing is known."""
    for name, _, found in expected.calls:
        if name == "PlainTLB.lookup" and _is_row(found, 6):
            asid, tag, level, pfn, flags, dirty = found
            entry = f"tag {tag:#x} level {level} asid {asid} dirty {dirty}"
            yield f"  in the TLB: {entry}  {spelled(pfn << 12 | flags)}"
        elif name == "PlainTLB.lookup":
            yield "  in the TLB: nothing for this page"


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
        answer = "" if result is None else f" -> {result!r}"
        yield f"{'yours' if not number else '':<9} {name}({shown}){answer}"


# --- TLBs ---------------------------------------------------------------------


def tlb_picture(run: Run, index: int) -> str:
    """Draw the sets of a TLB, least to most recently used, yours beside expected."""
    step = run.trace[index]
    if step[0] not in ("call", "snap"):
        return ""
    if step[0] == "snap":
        yours, expected = (each[index].value for each in (run.transcript, run.expected))
        return "\n".join(["Least recently used first:", *_sets_beside(yours, expected)])
    last = _last_snapshot(run, step[1], index)
    if last is None:
        return "\n".join(["What happened before:", *_history(run, step[1], index)])
    wanted = run.expected[last].value
    return "\n".join(
        ["Before this step, least recently used first:", *_sets_beside(wanted, wanted)]
    )


def _last_snapshot(run: Run, name: str, index: int) -> int | None:
    """Return the last snapshot of an object, if no call on it comes after."""
    for at in reversed(range(index)):
        if run.trace[at][:2] == ["snap", name]:
            return at
        if run.trace[at][:2] == ["call", name]:
            return None
    return None


def _history(run: Run, name: str, index: int) -> Iterator[str]:
    for at, step in enumerate(run.trace[:index]):
        given = arguments(step) if step[:2] == ["call", name] else {}
        if "vpn" in given:
            found = run.expected[at].value is not None
            told = {"lookup": " hit" if found else " miss"}.get(step[2], "")
            yield f"  step {at + 1}: {step[2]} vpn {given['vpn']} asid {given['asid']}{told}"


def _sets_beside(yours: Any, expected: Any) -> Iterator[str]:
    """Yield the sets that differ, or all of them where they are the same."""
    one, other = part(yours, "sets"), part(expected, "sets")
    one = one if type(one) is list else []
    for number, wanted in enumerate(other if type(other) is list else []):
        there = one[number] if number < len(one) else None
        if same(one, other):
            yield f"  set {number}  {_entries(wanted, wanted)}"
        elif not same(there, wanted):
            yield f"  set {number}  yours     {_entries(there, wanted)}"
            yield f"         expected  {_entries(wanted, there)}"


def _entries(rows: Any, beside: Any) -> str:
    """Return the entries of a set, with as much of each as it takes to tell two sets apart."""
    found, others = _rows(rows, 6), _rows(beside, 6)
    in_full = [row[:3] for row in found] == [row[:3] for row in others] and found != others
    return ", ".join(_entry(row, in_full=in_full) for row in found) or "empty"


def _entry(row: list[int], *, in_full: bool) -> str:
    asid, tag, level, pfn, flags, dirty = row
    text = f"tag {tag}" + (f" level {level}" if level else "") + f" (asid {asid})"
    return f"{text} dirty {dirty} {spelled(pfn << 12 | flags)}" if in_full else text


# --- segments and linear tables -----------------------------------------------


def segment_picture(run: Run, index: int) -> str:
    """Draw the segment that an address selects as a strip, or the entry of a linear table."""
    step = run.trace[index]
    if step[0] == "fn" and step[1] == "linear_translate":
        return "\n".join(_linear(*step[2]))
    if step[0] != "call" or step[2] != "translate":
        return ""
    va = arguments(step)["va"]
    made = {s[1]: s[3] for s in run.trace[:index] if s[0] == "new"}
    owner = made.get(step[1], {})
    if "limit" in owner:
        end = max(owner["limit"], va + 1, 1)
        return "\n".join(_strip("up", owner["base"], owner["limit"], end, va))
    names = owner.get("segments", [])
    window = (1 << owner.get("va_bits", 0)) // max(1, len(names))
    if not names or not 0 <= va < window * len(names):
        return f"va {va} lies outside of the address space"
    number, off = divmod(va, window)
    head = f"va {va} = segment {number}, offset {off} in a window of {window}"
    row = made.get(str(names[number]).removeprefix("$"))
    if row is None:
        return f"{head}\nsegment {number} is None"
    prot, grows = row.get("prot", "rw"), row.get("grows", "up")
    told = f"base {row['base']}, limit {row['limit']}, prot {prot!r}, grows {grows}"
    return "\n".join([head, told, *_strip(grows, row["base"], row["limit"], window, off)])


def _strip(grows: str, base: int, limit: int, window: int, off: int) -> Iterator[str]:
    """Yield a window with # where offsets are valid, and ^ at one offset."""
    first, end = (0, limit) if grows == "up" else (window - limit, window)
    low = base if grows == "up" else base - limit
    width = min(window, STRIP)
    starts = (place * window // width for place in range(width))
    yield "  |" + "".join("#" if first <= start < end else "." for start in starts) + "|"
    if 0 <= off < window:
        yield "   " + " " * (off * width // window) + f"^ {off}"
    if limit:
        yield f"  # offsets {first} to {end - 1} are physical {low} to {low + limit - 1}"
    else:
        yield "  no offset is valid"


def _linear(table: Any, va: int, page_size: int) -> Iterator[str]:
    """Yield the entries of a linear table, with a mark at the one that decides."""
    if type(table) is not list or page_size < 1:
        return
    vpn, off = divmod(va, page_size)
    yield f"va {va} = page {vpn}, offset {off} in pages of {page_size} bytes"
    for number, entry in enumerate(table[:MOST_ROWS]):
        what = f"valid, pfn {entry & ~(1 << 31)}" if entry >> 31 & 1 else "not valid"
        yield f"  entry {number}: {what}" + ("   <- decides" if number == vpn else "")
    if not 0 <= vpn < len(table):
        yield "  there is no such entry"
