"""What happens in a run of the reference: the situations that families of traces must reach.

Legend::

    change   one call between two snapshots: method, result, state before, state after
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from grader import Run

State = dict[str, Any]
Situation = Callable[[Run], bool]


class Change(NamedTuple):
    """What one successful call did to the reference's state."""

    method: str
    value: Any
    before: State
    after: State


def changes(run: Run) -> Iterator[Change]:
    """Yield every successful call of the reference that stands between two snapshots."""
    steps = list(zip(run.trace, run.expected, strict=True))
    for (snap, before), (call, done), (next_snap, after) in zip(
        steps, steps[1:], steps[2:], strict=False
    ):
        verbs = snap[0], call[0], next_snap[0]
        if verbs == ("snap", "call", "snap") and done.result == "ok":
            yield Change(call[2], done.value, before.value, after.value)


def some(method: str, holds: Callable[[Change], bool]) -> Situation:
    """Return the situation that some call of ``method`` makes a change for which that holds."""
    return lambda run: any(
        change.method.startswith(method) and holds(change) for change in changes(run)
    )


def fails_with(code: str) -> Situation:
    """Return the situation that some call of the reference fails with ``code``."""
    return lambda run: any(
        outcome.result == "err" and outcome.fields == (code,) for outcome in run.expected
    )


exhausted = fails_with("ENOMEM")
refused = fails_with("EINVAL")


def values(run: Run, method: str) -> list[Any]:
    """Return what the calls of ``method`` returned."""
    steps = zip(run.trace, run.expected, strict=True)
    return [outcome.value for step, outcome in steps if step[2:3] == [method]]


# --- holes --------------------------------------------------------------------


def _holes_grow_by(change: Change) -> int:
    return len(change.after["holes"]) - len(change.before["holes"])


def _could_choose(change: Change) -> bool:
    """Return whether what was allocated would have fitted into another hole, too."""
    need = next(need for addr, _, need in change.after["live"] if addr == change.value)
    return sum(size >= need for _, size in change.before["holes"]) > 1


fits_exactly = some("alloc", lambda change: _holes_grow_by(change) < 0)
could_choose = some("alloc", _could_choose)
wraps = some("alloc", lambda change: change.value < change.before["rover"])
merges = some("free", lambda change: _holes_grow_by(change) < 1)
empties = some("free", lambda change: len(change.before["live"]) == 1)


# --- buddy --------------------------------------------------------------------


def _free_blocks_grow_by(change: Change) -> int:
    now, before = (sum(map(len, s["free"].values())) for s in (change.after, change.before))
    return now - before


splits_twice = some("alloc", lambda change: _free_blocks_grow_by(change) > 0)
merges_twice = some("free", lambda change: _free_blocks_grow_by(change) < 0)


def has_odd_frames(run: Run) -> bool:
    """Return whether the number of frames is odd."""
    return bool(run.trace[0][3]["nframes"] % 2)


# --- slab ---------------------------------------------------------------------


def _empty_slabs(state: State) -> int:
    return sum(not used for _, used in state["slabs"])


has_two_slabs = some("alloc", lambda change: len(change.after["slabs"]) > 1)
keeps_an_empty_slab = some("free", lambda change: _empty_slabs(change.after) > 0)
uses_an_empty_slab = some(
    "alloc", lambda change: _empty_slabs(change.after) < _empty_slabs(change.before)
)
gives_back = some("shrink", lambda change: change.value > 0)


# --- heap ---------------------------------------------------------------------


def uses_again(run: Run) -> bool:
    """Return whether the reference hands out some address a second time."""
    found = values(run, "malloc")
    return len(set(found)) < len(found)


def most_live(run: Run) -> int:
    """Return how many blocks are live at most, as far as snapshots tell."""
    steps = zip(run.trace, run.expected, strict=True)
    return max(len(outcome.value["live"]) for step, outcome in steps if step[0] == "snap")


# --- arena --------------------------------------------------------------------


def _top_grows_by(change: Change) -> int:
    return int(change.after["top"] - change.before["top"])


def fills_the_arena(run: Run) -> bool:
    """Return whether the top reaches the size."""
    size = run.trace[0][3]["size"]
    return any(change.after["top"] == size for change in changes(run))


skips_to_align = some("alloc", lambda change: change.value > change.before["top"])
releases = some("release", lambda change: _top_grows_by(change) < 0)
