"""How a judge of day 2 reads a run: through a view that leaves out what is not its business.

Owns the views and the judging through one. A view makes comparable data of one step's
outcome, whatever a submission returned; calls on stand-ins are in none of them, because
right programs may ask a table and a TLB in another order.

    leaves   what a page table holds, not how many tables and reads it takes
    costs    the number of tables and of reads, and nothing else

Names of arguments: ``arguments(["call", "table", "map", [32, 3]]) -> {"va": 32, "pfn": 3}``.
"""

from collections.abc import Callable
from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs, same

View = Callable[[Step, Outcome], list[Any]]

_SIGNATURES = {
    "map": ("va", "pfn", "flags", "level"),
    "unmap": ("va",),
    "protect": ("va", "set_", "clear"),
    "mark": ("va", "bits"),
    "walk": ("va",),
    "put": ("va", "pte", "level"),
    "drop": ("va",),
    "access": ("va", "kind", "user"),
    "set_cr3": ("asid", "pt", "noflush"),
    "lookup": ("asid", "vpn"),
    "invlpg": ("asid", "vpn"),
    "insert": ("asid", "vpn", "pfn", "flags", "level", "dirty"),
    "translate": ("va", "access"),
}


def arguments(step: Step) -> dict[str, Any]:
    """Return the arguments of a method call by name; defaults are not filled in."""
    given = step[3]
    if type(given) is dict:
        return given
    return dict(zip(_SIGNATURES.get(step[2], ()), given, strict=False))


def judge(run: Run, view: View) -> None:
    """Require that every step looks as expected through ``view``."""
    if run.transcript.text == run.expected.text:
        return
    for index, step, yours, expected in run.steps():
        if "skip" in (yours.result, expected.result):
            continue
        if not same(view(step, yours), view(step, expected)):
            run.differ(index, "")


# --- views --------------------------------------------------------------------


def whole(_: Step, outcome: Outcome) -> list[Any]:
    """Return the result of any step, without the calls on stand-ins."""
    return [outcome.result, *outcome.fields]


def kind_only(step: Step, outcome: Outcome) -> list[Any]:
    """Return whether a step succeeded, or else its error; never a value."""
    return [outcome.result] if outcome.result == "ok" else whole(step, outcome)


def part(value: Any, key: str) -> Any:
    """Return one part of a snapshot; the whole of what is not a snapshot."""
    return value[key] if type(value) is dict and key in value else value


def leaves(step: Step, outcome: Outcome) -> list[Any]:
    """Return what a page table maps: entries of a snapshot, (pte, level) of a walk."""
    value = outcome.value
    if outcome.result != "ok":
        return whole(step, outcome)
    if step[0] == "snap":
        return [part(value, "entries")]
    if step[0] == "call" and step[2] == "walk" and type(value) is list and len(value) == 3:
        return value[:2] if value[0] else [0]
    if step[0] == "call" and step[2] in ("table_count", "table_bytes"):
        return ["ok"]
    return [value]


def costs(step: Step, outcome: Outcome) -> list[Any]:
    """Return what a page table costs: its size, and where a walk ended after how many reads."""
    value = outcome.value
    if outcome.result != "ok" or step[0] != "call":
        return kind_only(step, outcome)
    if step[2] == "walk" and type(value) is list and len(value) == 3:
        return [bool(value[0]), *value[1:]]
    return [value] if step[2] in ("walk", "table_count", "table_bytes") else ["ok"]


def contents(step: Step, outcome: Outcome) -> list[Any]:
    """Return what a TLB holds, whatever the order of use within a set."""
    sets = part(outcome.value, "sets")
    if step[0] != "snap" or type(sets) is not list:
        return whole(step, outcome)
    return [sorted(rows, key=repr) if type(rows) is list else rows for rows in sets]


def addresses(step: Step, outcome: Outcome) -> list[Any]:
    """Return the address or fault of an access; of everything else only whether it failed."""
    if step[0] == "call" and step[2] == "access":
        return whole(step, outcome)
    return kind_only(step, outcome)


def translations(step: Step, outcome: Outcome) -> list[Any]:
    """Return addresses, faults, and (asid, tag, level, pfn) of what a PlainTLB holds."""
    rows = part(outcome.value, "entries")
    if step[0] == "snap" and type(rows) is list:
        return [row[:4] if type(row) is list else row for row in rows]
    return addresses(step, outcome)


def bookkeeping(step: Step, outcome: Outcome) -> list[Any]:
    """Return marks and counters, and of an access only whether it was granted."""
    if step[0] == "snap" or step[2] == "stats":
        return whole(step, outcome)
    return [outcome.result] if outcome.result == "trap" else kind_only(step, outcome)


# --- calls that fail ----------------------------------------------------------


def judge_failing_calls(run: Run, view: View) -> None:
    """Require what ``judge`` does, and of a failing call that the whole snapshot stays the same."""
    judge(run, view)
    before: dict[str, Outcome | None] = {}
    for index, step, yours, expected in run.steps():
        if step[0] == "snap":
            last = before.get(step[1])
            if last is not None and differs(last, yours):
                run.differ(index, f"what it was before the failing call, {last.value!r}")
            before[step[1]] = yours
        elif expected.result == "ok":
            before[step[1]] = None
