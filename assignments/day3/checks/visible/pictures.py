"""Failures as pictures in text: frames over time, as in a textbook, and rows of numbers.

Pure functions from a run to lines of text. All columns but the last come from the
reference's answers; nothing is decided here, and nothing read from a submission is trusted.

    column   one access: its label, the frames after it, a mark below: M, H, the victim
    grid     rows of cells, each column as wide as its widest cell
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, same

from .reading import (
    Moment,
    Policy,
    access_of,
    arguments,
    deeds,
    deeds_of_string,
    events_of,
    history,
    policies,
)

WIDEST = 78
WIDEST_CELL = 12
TALLEST = 20
INDENT = "    "


@dataclass(frozen=True)
class Signs:
    """What is written behind a page, so that everything above and below it lines up."""

    hand: bool
    dirty: bool
    writes: bool

    @property
    def room(self) -> str:
        """As many blanks as there are signs behind a page."""
        return " " * max(self.hand + self.dirty, self.writes)

    def behind(self, *signs: str) -> str:
        """Return the signs in the room that they have."""
        return "".join(signs).ljust(len(self.room))


@dataclass
class Column:
    """One access as it is drawn, or one answer beside it."""

    label: str
    frames: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    head: str = ""


def cell(value: Any) -> str:
    """Return a value in a few letters; an empty frame is empty."""
    text = "" if value is None else str(value) if type(value) is int else repr(value)
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 3] + "..."


def grid(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    """Return rows named ``names``; of too many columns the last ones."""
    left = max(map(len, names))
    widths = [max(map(len, column)) + 2 for column in columns]
    room = WIDEST - len(INDENT) - left - 4
    shown = len(columns)
    while shown and sum(widths[-shown:]) > room:
        shown -= 1
    start = len(columns) - shown
    lines = []
    for row, name in enumerate(names):
        cells = (
            column[row].rjust(width)
            for column, width in zip(columns[start:], widths[start:], strict=True)
        )
        cut = " ..." if start and row == names.index("ref") else "    " if start else ""
        lines.append((INDENT + name.ljust(left) + cut + "".join(cells)).rstrip())
    return lines


def drawing(columns: Sequence[Column], marks: Sequence[str], legend: Sequence[str]) -> str:
    """Return frames over time, with a row for each mark and lines that explain it all.

    All frames are the expected ones, except in a column of the submission's own.
    """
    tall = max(len(column.frames) for column in columns)
    names = ["", "ref", *(f"frame {number}" for number in range(min(tall, TALLEST))), *marks]
    cells = [
        [
            column.head,
            column.label,
            *_padded(column.frames, tall)[:TALLEST],
            *_padded(column.marks, len(marks)),
        ]
        for column in columns
    ]
    kept = [
        row
        for row, name in enumerate(names)
        if name.startswith(("ref", "frame")) or any(column[row].strip() for column in cells)
    ]
    lines = grid([names[row] for row in kept], [[column[row] for row in kept] for column in cells])
    is_beside = any(column.head == "yours" for column in columns)
    whose = "frames as expected" + ", but for the column yours" * is_beside
    return "\n".join([*lines, *(INDENT + line for line in (whose, *legend))])


def _padded(cells: Sequence[str], length: int) -> list[str]:
    return [*cells, *[""] * (length - len(cells))]


# --- policies -----------------------------------------------------------------


def frames_over_time(run: Run, index: int) -> str:
    """Draw what a policy did up to step ``index``, and what it should have done."""
    return _policy_drawing(run, index, shows_dirty=False)


def dirty_frames_over_time(run: Run, index: int) -> str:
    """Draw the same with the dirty pages marked."""
    return _policy_drawing(run, index, shows_dirty=True)


def _policy_drawing(run: Run, index: int, *, shows_dirty: bool) -> str:
    step = run.trace[index]
    if run.expected[index].result != "ok":
        return ""
    if step[0] == "fn" and step[1] in ("simulate", "opt"):
        made = arguments(step)
        policy = Policy(made.get("name", "opt"), made["nframes"])
        return _string_drawing(run, index, policy, shows_dirty=shows_dirty)
    policies_here = policies(run)
    if step[0] not in ("call", "snap") or step[1] not in policies_here:
        return ""
    policy = policies_here[step[1]]
    moments = history(policy.nframes, deeds(run, step[1], index + 1))
    if not moments:
        return ""
    signs = _signs(policy, moments, shows_dirty=shows_dirty)
    columns = [_column(signs, *pair) for pair in pairwise([None, *moments])]
    yours = _yours(step, run.transcript[index], signs, moments)
    if yours is not None:
        columns[-1].head = "expected"
        columns.append(yours)
    legend = _legend(signs)
    if step[0] == "call" and step[2] == "access":
        legend.append("an access returns [hit, frame, victim, writeback]")
    return drawing(columns, ["", "victim"], legend)


def _signs(policy: Policy, moments: Sequence[Moment], *, shows_dirty: bool) -> Signs:
    return Signs(
        hand=policy.name == "clock",
        dirty=shows_dirty or policy.name == "esc",
        writes=any(moment.deed.write for moment in moments),
    )


def _legend(signs: Signs) -> list[str]:
    words = ["M miss, H hit", *["w a write"] * signs.writes, *["! dirty"] * signs.dirty]
    hand = ["* reference bit 1, > the hand, both after the access"] * signs.hand
    return ["; ".join(words), *hand]


def _column(signs: Signs, before: Moment | None, moment: Moment) -> Column:
    deed = moment.deed
    frames = [
        ">" * (signs.hand and frame == moment.hand)
        + cell(page)
        + signs.behind(
            ("*" if moment.r[frame] else " ") * signs.hand,
            ("!" if page is not None and page in moment.dirty else " ") * signs.dirty,
        )
        for frame, page in enumerate(moment.frames)
    ]
    label = cell(deed.page) + signs.behind("w" * deed.write)
    back = before is not None and deed.victim in before.dirty and signs.dirty
    victim = cell(deed.victim) + signs.behind("!" * back)
    return Column(label, frames, [("H" if deed.hit else "M") + signs.room, victim])


def _yours(step: Step, outcome: Outcome, signs: Signs, moments: Sequence[Moment]) -> Column | None:
    """Return the column of the submission's own answer to the last access or look."""
    if step[0] == "call" and step[2] == "access":
        done = access_of(outcome)
        if done is None:
            return None
        hit, frame, victim, writeback = done
        before = moments[-2].frames if len(moments) > 1 else (None,) * len(moments[-1].frames)
        frames = [cell(page) + signs.room for page in before]
        if not hit and 0 <= frame < len(frames):
            frames[frame] = cell(moments[-1].deed.page) + signs.room
        back = "!" * (signs.dirty and writeback)
        marks = [("H" if hit else "M") + signs.room, cell(victim) + signs.behind(back)]
        return Column("", frames, marks, "yours")
    told = outcome.value if type(outcome.value) is dict else {"resident": outcome.value}
    shown, dirty = told.get("resident"), told.get("dirty")
    if type(shown) is not list:
        return None
    bits = dirty if signs.dirty and type(dirty) is list else []
    flags = [*bits[: len(shown)], *[False] * (len(shown) - len(bits))]
    frames = [
        cell(page) + signs.behind("!" * (flag is True))
        for page, flag in zip(shown, flags, strict=True)
    ]
    return Column("", frames, [], "yours")


def _string_drawing(run: Run, index: int, policy: Policy, *, shows_dirty: bool) -> str:
    """Draw a simulated string up to the first reference about which the answers differ."""
    done = deeds_of_string(run.trace[index], run.expected[index])
    if not done:
        return ""
    marks, victims = _marks(run.transcript[index].value)
    last = next(
        (
            place
            for place, deed in enumerate(done)
            if marks[place : place + 1] != "MH"[deed.hit]
            or not same(victims[place : place + 1], [deed.victim])
        ),
        len(done) - 1,
    )
    moments = history(policy.nframes, done[: last + 1])
    signs = _signs(policy, moments, shows_dirty=shows_dirty)
    columns = [_column(signs, *pair) for pair in pairwise([None, *moments])]
    if len(marks) > last and len(victims) > last:
        columns[-1].head = "expected"
        mark = marks[last] if marks[last] in "MH" else "?"
        told = [mark + signs.room, cell(victims[last]) + signs.room]
        columns.append(Column("", _resident(run, index, last, signs), told, "yours"))
    return drawing(columns, ["", "victim"], _legend(signs))


def _resident(run: Run, index: int, last: int, signs: Signs) -> list[str]:
    """Return the submission's frames at the end of a string, if that is what is drawn."""
    value = run.transcript[index].value
    shown = value.get("resident") if type(value) is dict else None
    is_end = last == len(arguments(run.trace[index])["refs"]) - 1
    if not is_end or type(shown) is not list:
        return []
    return [cell(page) + signs.room for page in shown]


def _marks(value: Any) -> tuple[str, list[Any]]:
    """Return the hitmiss string and the victims of a simulation, empty where they are odd."""
    told = value if type(value) is dict else {}
    marks, victims = told.get("hitmiss"), told.get("victims")
    return (
        marks if type(marks) is str else "",
        victims if type(victims) is list else [],
    )


# --- pager --------------------------------------------------------------------

_SOURCES = {"ZERO": "Z", "IN": "S", "FIN": "F", "SEGV": "x", "SEGPROT": "x"}


def pages_over_time(run: Run, index: int) -> str:
    """Draw the frames of a pager up to step ``index``, as they should be."""
    made = next((step for step in run.trace if step[:2] == ["new", "pager"]), None)
    if made is None or run.expected[index].result != "ok":
        return ""
    nframes = made[3].get("nframes")
    frames: dict[int, tuple[int, int]] = {}
    dirty: set[tuple[int, int]] = set()
    columns = []
    for step, expected in zip(run.trace[: index + 1], run.expected, strict=False):
        if step[0] != "call" or step[1] != "pager" or step[2] not in ("access", "exit"):
            continue
        events = events_of(expected)
        if events is None:
            continue
        victims = _moved(frames, dirty, step, events)
        shown = [_page(frames.get(frame), dirty) for frame in range(nframes)]
        columns.append(Column(_touched(step), shown, [_why(step, events), *victims[:1]]))
    if not columns:
        return ""
    legend = [
        "pid:vpn; w a write; ! dirty, a dirty victim is written",
        "H hit, Z zeros, S from swap, F from its file, x refused",
    ]
    return drawing(columns, ["", "victim"], legend)


def _moved(
    frames: dict[int, tuple[int, int]],
    dirty: set[tuple[int, int]],
    step: Step,
    events: Iterable[Sequence[Any]],
) -> list[str]:
    """Follow the events of one step in ``frames`` and ``dirty``; return who had to leave."""
    victims = []
    for event in events:
        if event[0] == "UNMAP":
            page = event[1], event[2]
            victims.append(_page(page, dirty))
            frames.pop(event[3], None)
            dirty.discard(page)
        elif event[0] == "MAP":
            frames[event[1]] = (step[3][0], step[3][1])
    if step[2] == "access":
        page = step[3][0], step[3][1]
        if step[3][2:] == [True] and page in frames.values():
            dirty.add(page)
        return victims
    return []


def _page(page: tuple[int, int] | None, dirty: set[tuple[int, int]]) -> str:
    return "" if page is None else f"{page[0]}:{page[1]}" + ("!" if page in dirty else " ")


def _touched(step: Step) -> str:
    if step[2] == "exit":
        return f"exit {step[3][0]} "
    return f"{step[3][0]}:{step[3][1]}" + ("w" if step[3][2:] == [True] else " ")


def _why(step: Step, events: Sequence[Sequence[Any]]) -> str:
    if step[2] == "exit":
        return ""
    return next((_SOURCES[event[0]] for event in events if event[0] in _SOURCES), "H") + " "


# --- rows of numbers ----------------------------------------------------------


def rows_of_numbers(run: Run, index: int) -> str:
    """Draw what was returned for each reference below it, the first difference marked."""
    step, yours, expected = run.trace[index], run.transcript[index].value, run.expected[index].value
    if step[0] != "fn" or type(yours) is not list or type(expected) is not list or not expected:
        return ""
    made = arguments(step)
    if step[1] == "miss_curve":
        heads = [str(frames) for frames in range(len(expected))]
    else:
        heads = [cell(page) for page in made["refs"]]
    last = next(
        (
            place
            for place, value in enumerate(expected)
            if not same(yours[place : place + 1], [value])
        ),
        len(expected) - 1,
    )
    window = made.get("tau") if step[1] == "working_set" else None
    room = " " * (window is not None)
    columns = [
        [
            _in_window(head, place, last, window),
            _number(value) + room,
            (_number(yours[place]) if place < len(yours) else "") + room,
            ("^" if place == last else "") + room,
        ]
        for place, (head, value) in enumerate(zip(heads, expected, strict=True))
    ][: last + 1]
    name = "frames" if step[1] == "miss_curve" else "ref"
    lines = grid(["ref", "expected", "yours", ""], columns)
    lines[0] = lines[0].replace("ref   ", f"{name:6}", 1)
    legend = ["- is None"] * (None in expected[: last + 1] or None in yours[: last + 1])
    if window is not None:
        legend.append(f"[ ] the window of tau = {cell(window)} references that ends at ^")
    return "\n".join([*lines, *(INDENT + line for line in legend)])


def _number(value: Any) -> str:
    return "-" if value is None else cell(value)


def _in_window(head: str, place: int, last: int, window: int | None) -> str:
    """Return a reference, in brackets if it lies in the window that ends at ``last``."""
    if window is None:
        return head
    return f"[{head}]" if last - window < place <= last else f"{head} "
