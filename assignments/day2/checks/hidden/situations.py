"""What happens in a run of the reference: the situations that only hidden checks must reach."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome

from ..visible.bits import A, D, G
from ..visible.reading import arguments
from ..visible.situations import granted, played, some_change, states


def grows_down(step: Step) -> bool:
    """Return whether a step makes a segment that grows down."""
    return step[2:3] == ["Segment"] and step[3]["grows"] == "down"


def is_wrong_twice(run: Run) -> bool:
    """Return whether an address is out of bounds of a segment that forbids the access anyway."""
    prots = {step[1]: step[3]["prot"] for step in run.trace if step[2:3] == ["Segment"]}
    table = next((step[3] for step in run.trace if step[2:3] == ["SegmentTable"]), None)
    for step, outcome in played(run, "translate"):
        asked = arguments(step)
        if table is None or "MAPERR" not in outcome.fields or asked["va"] < 0:
            continue
        number = asked["va"] * len(table["segments"]) >> table["va_bits"]
        name = table["segments"][number] if number < len(table["segments"]) else None
        if name and asked.get("access", "r") not in prots[name.removeprefix("$")]:
            return True
    return False


def _found(run: Run) -> Iterator[tuple[dict[str, Any], list[int]]]:
    """Yield the arguments of every lookup that hits, with its entry."""
    for step, outcome in played(run, "lookup"):
        if outcome.value is not None:
            yield arguments(step), outcome.value


def hits_in_shared(run: Run) -> bool:
    """Return whether a lookup is served by a global entry of another asid."""
    return any(asked["asid"] != entry[0] and entry[4] & G for asked, entry in _found(run))


def hits_in_huge(run: Run) -> bool:
    """Return whether a lookup is served by a huge entry."""
    return any(entry[2] for _, entry in _found(run))


def _rows(sets: Any) -> list[list[int]]:
    return [row for rows in sets for row in rows]


def _dropped(before: Any, after: Any) -> list[list[int]]:
    return [row for row in _rows(before) if row not in _rows(after)]


drops_shared = some_change(
    "invlpg", lambda _, before, after: any(row[4] & G for row in _dropped(before, after))
)
drops_huge = some_change(
    "invlpg", lambda _, before, after: any(row[2] for row in _dropped(before, after))
)
flush_keeps = some_change("flush", lambda _, before, after: before != after and any(after))
holds_two_sizes = some_change(
    "lookup", lambda _entry, _before, after: len({row[2] for row in _rows(after)}) > 1
)


def prefers_base(run: Run) -> bool:
    """Return whether a lookup finds a base entry while some huge entry is there."""
    return any(
        call[2] == "lookup"
        and done.value is not None
        and not done.value[2]
        and any(row[2] for row in _rows(before))
        for call, done, before, _ in states(run)
    )


def _walks(outcome: Outcome) -> bool:
    return any(name == "PlainTable.walk" for name, _, _ in outcome.calls)


def hits_stale(run: Run) -> bool:
    """Return whether an access to a page succeeds without a walk after the page was dropped."""
    gone: set[int] = set()
    stale = False
    shift = run.trace[0][3].get("page_bits", 12)
    for step, outcome in played(run):
        page = arguments(step).get("va", 0) >> shift if step[2] != "insert" else 0
        if step[2] == "drop":
            gone.add(page)
        elif step[2] == "put":
            gone.discard(page)
        elif (
            page in gone and step[2] == "access" and outcome.result == "ok" and not _walks(outcome)
        ):
            return True
    return stale


def retries(run: Run) -> bool:
    """Return whether an access succeeds after an equal one was refused a permission."""
    refused_before: set[str] = set()
    for step, outcome in played(run, "access"):
        if outcome.result == "trap" and outcome.fields[-1] in ("user", "write", "nx"):
            refused_before.add(str(step[3]))
        elif outcome.result == "ok" and str(step[3]) in refused_before:
            return True
    return False


def flushes_by_switch(run: Run) -> bool:
    """Return whether a switch flushes after something was accessed."""
    found = [step for step in granted(run) if step[2] in ("access", "set_cr3")]
    return any(
        one[2] == "access" and other[2] == "set_cr3" and type(other[3]) is list
        for one, other in pairwise(found)
    )


def _marks(run: Run) -> set[int]:
    """Return the marks of all leaves in all snapshots of tables."""
    return {
        pte & (A | D)
        for step, outcome in zip(run.trace, run.expected, strict=True)
        if step[0] == "snap"
        for _, _, pte in outcome.value["entries"]
    }


def marks_dirty(run: Run) -> bool:
    """Return whether D is set."""
    return A | D in _marks(run)


def marks_accessed(run: Run) -> bool:
    """Return whether A is set and D is not."""
    return A in _marks(run)


def writes_after_read(run: Run) -> bool:
    """Return whether a write hits and walks nevertheless."""
    return any(
        outcome.result == "ok"
        and _walks(outcome)
        and outcome.calls[0][2] is not None
        and outcome.calls[0][0] == "PlainTLB.lookup"
        for _, outcome in played(run, "access")
    )
