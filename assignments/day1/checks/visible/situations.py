"""What happens in a run of the reference: the situations that families of traces must reach.

    change   one call between two snapshots: method, result, state before, state after
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from grader import Run

class Change(NamedTuple):
    """What one call did to the reference's state."""

    method: str
    value: Any
    before: dict[str, Any]
    after: dict[str, Any]


def changes(run: Run) -> Iterator[Change]:
    """Yield every successful call of the reference that stands between two snapshots."""
    steps = list(zip(run.trace, run.expected, strict=True))
    for (snap, before), (call, done), (snap2, after) in zip(
        steps, steps[1:], steps[2:], strict=False
    ):
        if (snap[0], call[0], snap2[0]) == ("snap", "call", "snap") and done.result == "ok":
            yield Change(call[2], done.value, before.value, after.value)


def fails_with(run: Run, code: str) -> bool:
    """Return whether some call of the reference fails with ``code``."""
    return any(outcome.fields == (code,) for outcome in run.expected if outcome.result == "err")


def exhausted(run: Run) -> bool:
    """Return whether the reference runs out of memory."""
    return fails_with(run, "ENOMEM")


def refused(run: Run) -> bool:
    """Return whether the reference refuses an argument."""
    return fails_with(run, "EINVAL")


def is_exact_fit(run: Run) -> bool:
    return any(
        change.method == "alloc" and len(change.after["holes"]) < len(change.before["holes"])
        for change in changes(run)
    )


def has_choice(run: Run) -> bool:
    """Return whether some request fits into two holes or more."""
    return any(
        sum(size >= _taken(change) for _, size in change.before["holes"]) > 1
        for change in changes(run)
        if change.method == "alloc"
    )


def _taken(change: Change) -> int:
    """Return the bytes that an allocation took."""
    needs = [{addr: need for addr, _, need in state["live"]} for state in change[2:]]
    return int(needs[1][change.value])


def merges(run: Run) -> bool:
    return any(
        change.method == "free" and len(change.after["holes"]) <= len(change.before["holes"])
        for change in changes(run)
    )


def wraps(run: Run) -> bool:
    return any(
        change.method == "alloc" and change.value < change.before["rover"]
        for change in changes(run)
    )


def frees_all(run: Run) -> bool:
    found = list(changes(run))
    return len(found) > 2 and not found[-1].after["live"]


@traces(EINVAL=refused, ENOMEM=exhausted)
def splits_twice(run: Run) -> bool:
    return any(
        change.method.startswith("alloc") and _blocks(change.after) > _blocks(change.before)
        for change in changes(run)
    )


def joins_twice(run: Run) -> bool:
    return any(
        change.method == "free" and _blocks(change.after) < _blocks(change.before)
        for change in changes(run)
    )


def _blocks(state: dict[str, Any]) -> int:
    """Return how many free blocks a BuddyAllocator has."""
    return sum(map(len, state["free"].values()))


@traces(
    a_split=splits_twice,
    two_merges_at_once=joins_twice,
    ENOMEM=exhausted,
    an_odd_number_of_frames=lambda run: run.trace[0][3]["nframes"] % 2 == 1,
)
def empties_a_slab(run: Run) -> bool:
    return any(
        change.method == "free" and any(not used for _, used in change.after["slabs"])
        for change in changes(run)
    )


def reuses(run: Run) -> bool:
    """Return whether the reference hands out an address a second time."""
    values = [o.value for s, o in zip(run.trace, run.expected, strict=True) if s[2:3] == ["malloc"]]
    return len(set(values)) < len(values)


@traces(an_address_is_used_again=reuses, three_live_blocks=lambda run: most_live(run) > 2)
def most_live(run: Run) -> int:
    return max(
        len(outcome.value["live"])
        for step, outcome in zip(run.trace, run.expected, strict=True)
        if step[0] == "snap"
    )


