"""What happens in a run of the reference: the situations that families of traces must reach."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome

from .bits import PS
from .reading import arguments

Situation = Callable[[Run], bool]


def played(run: Run, method: str = "") -> Iterator[tuple[Step, Outcome]]:
    """Yield every call, or those of one method or function, with the reference's outcome."""
    for step, outcome in zip(run.trace, run.expected, strict=True):
        name = {"call": 2, "fn": 1}.get(step[0])
        if name is not None and method in ("", step[name]):
            yield step, outcome


def granted(run: Run, method: str = "") -> list[Step]:
    """Return the calls that succeed."""
    return [step for step, outcome in played(run, method) if outcome.result == "ok"]


def values(run: Run, method: str) -> list[Any]:
    """Return what the successful calls of ``method`` return."""
    return [outcome.value for _, outcome in played(run, method) if outcome.result == "ok"]


def ends_with(result: str, field: str, method: str = "") -> Situation:
    """Return the situation that some call ends with this result and field."""
    return lambda run: any(
        outcome.result == result and field in outcome.fields for _, outcome in played(run, method)
    )


def failed(code: str, method: str = "") -> Situation:
    """Return the situation that some call fails with an error code."""
    return ends_with("err", code, method)


def trapped(reason: str) -> Situation:
    """Return the situation that some call traps for a reason."""
    return ends_with("trap", reason)


refused = ends_with("raise", "ValueError")


# --- segments and cost --------------------------------------------------------


def _linear(run: Run) -> Iterator[tuple[list[int], int]]:
    """Yield table and page number of every translation that traps."""
    for step, outcome in played(run, "linear_translate"):
        table, va, page_size = step[2]
        if outcome.result == "trap":
            yield table, va // page_size


def reads_invalid_entry(run: Run) -> bool:
    """Return whether an address meets an entry that is not valid."""
    return any(0 <= vpn < len(table) for table, vpn in _linear(run))


def reads_beyond_table(run: Run) -> bool:
    """Return whether an address lies below or beyond the table."""
    return any(not 0 <= vpn < len(table) for table, vpn in _linear(run))


def wastes_nothing(run: Run) -> bool:
    """Return whether some object ends exactly with its last page."""
    return any(
        size and size % step[2][1] == 0
        for step in granted(run, "internal_waste")
        for size in step[2][0]
    )


# --- page tables --------------------------------------------------------------


def maps_huge(run: Run) -> bool:
    """Return whether a huge page is mapped."""
    return any(arguments(step).get("level", 0) for step in granted(run, "map"))


def walks_into_huge(run: Run) -> bool:
    """Return whether a walk ends at a huge page."""
    return any(pte & PS for pte, _, _ in values(run, "walk"))


def walk_ends(run: Run) -> set[tuple[bool, int]]:
    """Return, for all walks, whether they found a page and after how many reads."""
    return {(bool(pte), refs) for pte, _, refs in values(run, "walk")}


def unmapped_huge(run: Run) -> bool:
    """Return whether a huge page is removed."""
    return any(pte & PS for pte in values(run, "unmap"))


def frees_a_table(run: Run) -> bool:
    """Return whether the number of tables ever falls."""
    counts = values(run, "table_count")
    return any(after < before for before, after in pairwise(counts))


def has_tables(count: int) -> Situation:
    """Return the situation that there are ever at least so many tables."""
    return lambda run: max(values(run, "table_count"), default=0) >= count


# --- TLBs ---------------------------------------------------------------------


def states(run: Run) -> Iterator[tuple[Step, Outcome, Any, Any]]:
    """Yield every call between two snapshots, with the state before and after."""
    steps = list(zip(run.trace, run.expected, strict=True))
    for (snap, before), (call, done), (next_snap, after) in zip(
        steps, steps[1:], steps[2:], strict=False
    ):
        if [snap[0], call[0], next_snap[0]] == ["snap", "call", "snap"]:
            yield call, done, before.value["sets"], after.value["sets"]


def some_change(method: str, holds: Callable[[Any, Any, Any], bool]) -> Situation:
    """Return the situation that some call of ``method`` has a value, before and after like that."""
    return lambda run: any(
        call[2] == method and holds(done.value, before, after)
        for call, done, before, after in states(run)
    )


def _keys(sets: Any) -> set[tuple[int, ...]]:
    return {tuple(row[:3]) for rows in sets for row in rows}


hits = some_change("lookup", lambda entry, _before, _after: entry is not None)
misses_in_use = some_change("lookup", lambda entry, before, _: entry is None and any(before))
reorders = some_change("lookup", lambda _, before, after: before != after)
evicts = some_change("insert", lambda _, before, after: bool(_keys(before) - _keys(after)))
replaces = some_change("insert", lambda _, before, after: _keys(before) == _keys(after))
drops = some_change("invlpg", lambda _, before, after: before != after)
flushes = some_change("flush", lambda _, before, after: before != after)


# --- MMUs ---------------------------------------------------------------------


def translates(run: Run) -> bool:
    """Return whether some access succeeds."""
    return bool(granted(run, "access"))


def switches(run: Run) -> bool:
    """Return whether the address space changes between accesses."""
    return len({arguments(step)["asid"] for step in granted(run, "set_cr3")}) > 1
