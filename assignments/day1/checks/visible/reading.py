"""How a judge reads a run: step by step, with the arguments that the submission's step had.

Owns what day 1's judges of relations share. Knows no class of day 1.

    Move    one step that was played: its index, verb, method, arguments, both outcomes
    move    heap.free(a + 8) after a = 4096 -> Move(verb="call", method="free", args=(4104,))
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from grader import Run, codec
from grader.trace import REFERENCE, bound_name
from grader.transcript import Outcome, differs


@dataclass(frozen=True)
class Move:
    """One step with its arguments resolved against what the submission returned."""

    index: int
    verb: str
    thing: str
    method: str
    args: Any
    yours: Outcome
    expected: Outcome

    @property
    def is_wrong(self) -> bool:
        """Whether the submission's outcome is not the reference's."""
        return differs(self.yours, self.expected)


def moves(run: Run) -> Iterator[Move]:
    """Yield every step of ``run`` that the submission played."""
    results: dict[str, Outcome] = {}
    for index, step, yours, expected in run.steps():
        if yours.result != "skip":
            method = step[2] if step[0] != "snap" else "snapshot"
            args = _resolved(step[3], results) if len(step) > 3 else []
            yield Move(index, step[0], step[1], method, args, yours, expected)
        name = bound_name(step)
        if name is not None and step[0] == "call":
            results[name] = yours


def _resolved(wire: Any, results: dict[str, Outcome]) -> Any:
    """Return the argument that the worker made of ``wire``; None for an object."""
    if type(wire) is list:
        return [_resolved(item, results) for item in wire]
    if type(wire) is dict and codec.TAGS.isdisjoint(wire):
        return {key: _resolved(item, results) for key, item in wire.items()}
    match = REFERENCE.match(wire) if type(wire) is str else None
    if match is None:
        return codec.from_wire(wire)
    value = results[match[1]].value if match[1] in results else None
    for element in match[2].split(".")[1:]:
        value = value[int(element)] if type(value) is list and int(element) < len(value) else None
    return value + int(match[3] or 0) if type(value) is int else value


def is_int(value: Any) -> bool:
    """Return whether ``value`` is an int and not a bool."""
    return type(value) is int


def rows_of_ints(value: Any, width: int) -> bool:
    """Return whether ``value`` is a list of rows of ``width`` ints each."""
    return type(value) is list and all(
        type(row) is list and len(row) == width and all(map(is_int, row)) for row in value
    )


def is_ascending(rows: Sequence[Sequence[int]]) -> bool:
    """Return whether the rows ascend by their first number, each once."""
    return all(one[0] < other[0] for one, other in pairwise(rows))


def judge_failing_calls(run: Run) -> None:
    """Require that what fails fails rightly, and that the state stays as it was.

    Successful calls are only required to succeed and to change the state where they
    should; what they return is another check's business.
    """
    shown: dict[str, tuple[Move, bool]] = {}  # the last snapshot; whether only failures follow it
    for move in moves(run):
        if move.yours.result != "ok" or move.expected.result != "ok":
            if move.is_wrong:
                run.differ(move.index, "")
            continue
        if move.verb != "snap":
            shown = {thing: (last, False) for thing, (last, _) in shown.items()}
            continue
        last, is_current = shown.get(move.thing, (None, False))
        if last is not None:
            unchanged = not differs(last.yours, move.yours)
            if is_current and not unchanged:
                run.differ(move.index, f"what it was before the failing call, {last.yours.value!r}")
            if unchanged and differs(last.expected, move.expected):
                run.differ(move.index, "another state than before the call that succeeded")
        shown[move.thing] = move, True


def judge_without_maps(run: Run) -> None:
    """Require the reference's outcomes, but for the maps of ``compact``, judged elsewhere."""
    for move in moves(run):
        moved = move.method == "compact" and move.yours.result == move.expected.result == "ok"
        if move.is_wrong and not moved:
            run.differ(move.index, "")
