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


def is_in_the_way(what: str) -> Situation:
    """Return the situation that map refuses a page of this level because of one of another."""
    wanted = what == "huge over small"

    def reached(run: Run) -> bool:
        levels: set[int] = set()
        for step, outcome in played(run, "map"):
            level = arguments(step).get("level", 0)
            if outcome.result == "ok":
                levels.add(level)
            elif "EEXIST" in outcome.fields and bool(level) == wanted and levels - {level}:
                return True
        return False

    return reached


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


def _in_space(run: Run) -> Iterator[tuple[Step, Outcome, Any]]:
    """Yield every call with the address space that is current at that time, its name."""
    current: Any = None
    for step, outcome in played(run):
        if step[2] == "set_cr3":
            current = arguments(step)["pt"]
        yield step, outcome, current


def translates_huge(run: Run) -> bool:
    """Return whether some page is huge and an access succeeds, not to the start of one."""
    huge = {
        arguments(step)["va"]: table
        for step, _, table in _in_space(run)
        if step[2] == "map" and arguments(step).get("level", 0)
    }
    found = (arguments(step)["va"] for step in granted(run, "access"))
    return bool(huge) and any(va not in huge for va in found)


def changes_used_page(run: Run) -> bool:
    """Return whether a page is unmapped or protected that was accessed before."""
    used: set[int] = set()
    for step, outcome in played(run):
        if outcome.result == "ok" and step[2] == "access":
            used.add(arguments(step)["va"] >> 4)
        elif step[2] in ("unmap", "protect") and arguments(step)["va"] >> 4 in used:
            return True
    return False


def _accessed_pages(run: Run) -> set[tuple[str, int]]:
    return {
        (table, arguments(step)["va"])
        for step, outcome, table in _in_space(run)
        if step[2] == "access" and outcome.result == "ok"
    }


def same_page_elsewhere(run: Run) -> bool:
    """Return whether one page is accessed in both spaces."""
    shift = run.trace[0][3].get("page_bits", 12)
    pages = {(table, va >> shift) for table, va in _accessed_pages(run)}
    return len({page for _, page in pages}) < len(pages)


def shares_an_asid(run: Run) -> bool:
    """Return whether two tables are used under one asid."""
    uses = [arguments(step) for step in granted(run, "set_cr3")]
    pairs = {(use["asid"], use["pt"]) for use in uses}
    return len({asid for asid, _ in pairs}) < len(pairs)


def has_no_asids(run: Run) -> bool:
    """Return whether the stand-in for the TLB cannot tell address spaces apart."""
    made = (step[3] for step in run.trace if step[2:3] == ["PlainTLB"])
    return any(not options.get("asids", True) for options in made)
