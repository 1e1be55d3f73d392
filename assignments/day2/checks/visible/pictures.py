"""Failures of TLBs and segments as pictures in text; any picture.

Pure functions from a run to lines of text. What is drawn was decided by the reference; an
answer of a submission is shown beside it, never trusted.

    strip    one segment in its window, # where an offset is valid     |..........########|
    set      entries of a TLB, least to most recently used   tag 0 (asid 1), tag 4 (asid 2, global)
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from grader import Run
from grader.transcript import same

from .bits import G, explained, spelled
from .reading import arguments, part
from .table_pictures import MOST_ROWS, mmu_picture, rows_of

STRIP = 64
WIDTH = 78


# --- TLBs ---------------------------------------------------------------------


def tlb_picture(run: Run, index: int) -> str:
    """Draw the sets of a TLB, least to most recently used, yours beside expected."""
    step = run.trace[index]
    if step[0] not in ("call", "snap"):
        return ""
    if step[0] == "snap":
        yours, expected = (each[index].value for each in (run.transcript, run.expected))
        return "\n".join(
            ["Least recently used first:", *explained([*_sets_beside(yours, expected)])]
        )
    last = _last_snapshot(run, step[1], index)
    if last is None:
        return "\n".join(explained([*_inserted(run, index)]))
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


def _inserted(run: Run, index: int) -> Iterator[str]:
    """Yield where each translation was put that was inserted before."""
    name, step = run.trace[index][1], run.trace[index]
    made = next((s[3] for s in run.trace[:index] if s[:2] == ["new", name]), {})
    nsets = max(1, made.get("entries", 1) // max(1, made.get("ways", 1)))
    index_bits = made.get("index_bits", 9)
    yield f"tag = vpn >> {index_bits} * level, set = tag % {nsets}"
    for at, earlier in enumerate(run.trace[: index + 1]):
        given = arguments(earlier) if earlier[:2] == ["call", name] else {}
        if "pfn" in given:
            level = given.get("level", 0)
            tag = given["vpn"] >> index_bits * max(0, level)
            place = f"set {tag % nsets}: tag {tag}, level {level}, asid {given['asid']}"
            yield f"  step {at + 1} inserts into {place}"
            yield f"    {spelled(given['pfn'] << 12 | given['flags'])}"
    if "vpn" in (asked := arguments(step) if step[0] == "call" else {}):
        tags = (f"{asked['vpn'] >> index_bits * level} at level {level}" for level in (0, 1))
        yield f"  vpn {asked['vpn']} has tag {', '.join(tags)}"


def _sets_beside(yours: Any, expected: Any) -> Iterator[str]:
    """Yield the sets that differ, or all of them where they are the same."""
    one, other = part(yours, "sets"), part(expected, "sets")
    one = one if type(one) is list else []
    for number, wanted in enumerate(other if type(other) is list else []):
        there = one[number] if number < len(one) else None
        if same(one, other):
            yield from _set_lines(f"set {number}", _entries(wanted, wanted))
        elif not same(there, wanted):
            yield from _set_lines(f"set {number}  yours   ", _entries(there, wanted))
            yield from _set_lines(f"set {number}  expected", _entries(wanted, there))


def _set_lines(head: str, entries: str) -> list[str]:
    """Return one set in as many lines as it takes."""
    indent = " " * (len(head) + 4)
    return wrap(f"  {head}  {entries}", WIDTH, subsequent_indent=indent)


def _entries(rows: Any, beside: Any) -> str:
    """Return the entries of a set, with as much of each as it takes to tell two sets apart."""
    found, others = rows_of(rows, 6), rows_of(beside, 6)
    in_full = [row[:3] for row in found] == [row[:3] for row in others] and found != others
    return ", ".join(_entry(row, in_full=in_full) for row in found) or "empty"


def _entry(row: list[int], *, in_full: bool) -> str:
    asid, tag, level, pfn, flags, dirty = row
    whose = f"asid {asid}" + (", global" if flags & G else "")
    text = f"tag {tag}" + (f" level {level}" if level else "") + f" ({whose})"
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


def any_picture(run: Run, index: int) -> str:
    """Draw whatever a step is about."""
    makes = {step[2] for step in run.trace if step[0] in ("given", "new")}
    if "SegmentTable" in makes or "BaseBounds" in makes:
        return segment_picture(run, index)
    if "TLB" in makes:
        return tlb_picture(run, index)
    return mmu_picture(run, index)
