"""Failures as pictures in text: frames over time, as in a textbook, and rows of numbers.

Pure functions from a run to lines of text. All columns but the last come from the
reference's answers; nothing is decided here, and nothing read from a submission is trusted.

    column   one access: its label, the frames after it, a mark below: M, H, the victim
    grid     rows of cells, each column as wide as its widest cell
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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


def drawing(columns: Sequence[Column], marks: Sequence[str], legend: str) -> str:
    """Return frames over time, with a row for each mark and a line that explains it all."""
    tall = max(len(column.frames) for column in columns)
    numbers = range(min(tall, TALLEST))
    names = ["", "ref", *(f"frame {number}" for number in numbers), *marks]
    cells = [
        [
            column.head,
            column.label,
            *(_padded(column.frames, tall)[:TALLEST]),
            *_padded(column.marks, len(marks)),
        ]
        for column in columns
    ]
    lines = grid(names, cells)
    return "\n".join([*(lines if lines[0].strip() else lines[1:]), INDENT + legend])


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
    if step[0] == "fn" and step[1] in ("simulate", "opt"):
        return _string_drawing(run, index, shows_dirty=shows_dirty)
    policy = policies(run).get(str(step[1]))
    if policy is None or run.expected[index].result != "ok":
        return ""
    moments = history(policy.nframes, deeds(run, step[1], index + 1))
    if not moments:
        return ""
    columns = [_column(policy, moment, shows_dirty=shows_dirty) for moment in moments]
    yours = _yours(step, run.transcript[index], moments)
    if yours is not None:
        columns[-1].head = "expected"
        columns.append(yours)
    return drawing(columns, ["", "victim"], _legend(policy, shows_dirty=shows_dirty))


def _legend(policy: Policy, *, shows_dirty: bool) -> str:
    words = ["M miss, H hit"]
    if _has_hand(policy):
        words.append("* reference bit 1, > the hand, after each access")
    if shows_dirty or policy.name == "esc":
        words.append("! dirty")
    return "; ".join(words)


def _has_hand(policy: Policy) -> bool:
    return policy.name == "clock"


def _column(policy: Policy, moment: Moment, *, shows_dirty: bool) -> Column:
    deed = moment.deed
    frames = []
    for frame, page in enumerate(moment.frames):
        text = cell(page)
        if _has_hand(policy):
            text = ">" * (frame == moment.hand) + text + ("*" if moment.r[frame] else " ")
        if shows_dirty or policy.name == "esc":
            text += "!" if page is not None and page in moment.dirty else " "
        frames.append(text)
    label = cell(deed.page) + "w" * deed.write
    return Column(label, frames, ["H" if deed.hit else "M", cell(deed.victim)])


def _yours(step: Step, outcome: Outcome, moments: Sequence[Moment]) -> Column | None:
    """Return the column of the submission's own answer to the last access or look."""
    if step[0] == "call" and step[2] == "access":
        done = access_of(outcome)
        if done is None:
            return None
        hit, frame, victim, _ = done
        before = moments[-2].frames if len(moments) > 1 else [None] * len(moments[-1].frames)
        frames = [cell(page) for page in before]
        if not hit and 0 <= frame < len(frames):
            frames[frame] = cell(moments[-1].deed.page)
        return Column("", frames, ["H" if hit else "M", cell(victim)], "yours")
    shown = outcome.value.get("resident") if type(outcome.value) is dict else outcome.value
    return Column("", [cell(page) for page in shown], [], "yours") if type(shown) is list else None


def _string_drawing(run: Run, index: int, *, shows_dirty: bool) -> str:
    """Draw a simulated string up to the first reference about which the answers differ."""
    step, expected = run.trace[index], run.expected[index]
    if expected.result != "ok" or not arguments(step)["refs"]:
        return ""
    made = arguments(step)
    policy = Policy(made.get("name", "opt"), made["nframes"])
    done = deeds_of_string(step, expected)
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
    columns = [_column(policy, moment, shows_dirty=shows_dirty) for moment in moments]
    if len(marks) > last and len(victims) > last:
        columns[-1].head = "expected"
        columns.append(Column("", [], [cell_of_mark(marks[last]), cell(victims[last])], "yours"))
    return drawing(columns, ["", "victim"], _legend(policy, shows_dirty=shows_dirty))


def _marks(value: Any) -> tuple[str, list[Any]]:
    """Return the hitmiss string and the victims of a simulation, empty where they are odd."""
    told = value if type(value) is dict else {}
    marks, victims = told.get("hitmiss"), told.get("victims")
    return (
        marks if type(marks) is str else "",
        victims if type(victims) is list else [],
    )


def cell_of_mark(mark: str) -> str:
    """Return a letter of a hitmiss string as it stands in a drawing."""
    return mark if mark in "MH" else "?"


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
    legend = "H hit, Z zeros, S from swap, F from its file, x refused; ! dirty; pid:vpn"
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
            frames.pop(event[3], None)
            dirty.discard((event[1], event[2]))
            victims.append(f"{event[1]}:{event[2]}")
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
        return f"exit {step[3][0]}"
    return f"{step[3][0]}:{step[3][1]}" + "w" * (step[3][2:] == [True])


def _why(step: Step, events: Sequence[Sequence[Any]]) -> str:
    if step[2] == "exit":
        return ""
    return next((_SOURCES[event[0]] for event in events if event[0] in _SOURCES), "H")


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
    window = made.get("tau")
    columns = [
        [
            _in_window(head, place, last, window),
            _number(value),
            _number(yours[place]) if place < len(yours) else "",
            "^" if place == last else "",
        ]
        for place, (head, value) in enumerate(zip(heads, expected, strict=True))
    ][: last + 1]
    name = "frames" if step[1] == "miss_curve" else "ref"
    lines = grid(["ref", "expected", "yours", ""], columns)
    lines[0] = lines[0].replace("ref   ", f"{name:6}", 1)
    return "\n".join(lines)


def _number(value: Any) -> str:
    return "-" if value is None else cell(value)


def _in_window(head: str, place: int, last: int, window: Any) -> str:
    """Return a reference, in brackets if it lies in the window that ends at ``last``."""
    return f"[{head}]" if type(window) is int and last - window < place <= last else head
