"""What each step returned or raised, and where two transcripts first differ.

Owns the meaning of a transcript's text and the comparison of results. Everything
in a transcript may come from a submission: it is parsed strictly, never trusted.

Legend::

    text        b'[["ok",null],["call","ctor",[0],null],["err","ENOMEM"],["same"]]'
    Outcome     one step: result "err", fields ("ENOMEM",), calls (("ctor", [0], None),)
    Transcript  the outcomes of a trace, parsed only when somebody looks
    Run         one trace with the transcript of a submission and the expected one
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn

from grader import codec
from grader.trace import REFERENCE, Step, Trace, bound_name, references

RESULTS = {"ok": 1, "err": 1, "raise": 1, "odd": 1, "skip": 0, "same": 0}
TRAPS = {"SegFault": 3, "BusError": 2, "PageFault": 3}
FLOAT_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Outcome:
    """The result of one step; ``calls`` are those on recorded stand-ins during it."""

    result: str
    fields: tuple[Any, ...]
    calls: tuple[tuple[str, Any, Any], ...] = ()

    @property
    def value(self) -> Any:
        """The value returned; None unless the result is ``ok``."""
        return self.fields[0] if self.result == "ok" else None


class Transcript:
    """The outcomes of one trace. Equal canonical texts are equal without parsing."""

    def __init__(self, trace: Trace, text: bytes) -> None:
        self.trace = trace
        self.text = text

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """One outcome per step; raises CodecError where the text is not a transcript."""
        return outcomes(self.trace, codec.decode(self.text))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Transcript):
            return NotImplemented
        return self.text == other.text or first_difference(self, other) is None

    __hash__ = None  # type: ignore[assignment]  # compared with a tolerance

    def __len__(self) -> int:
        return len(self.outcomes)

    def __getitem__(self, index: int) -> Outcome:
        return self.outcomes[index]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)


def outcomes(trace: Trace, entries: Any) -> list[Outcome]:
    """Return one Outcome per step of ``trace`` from the entries of its transcript."""
    if type(entries) is not list:
        raise codec.CodecError("a transcript is a list")
    found: list[Outcome] = []
    calls: list[tuple[str, Any, Any]] = []
    snapshots: dict[str, Outcome] = {}
    results: dict[str, Outcome] = {}
    for entry in entries:
        if type(entry) is not list or not entry or len(found) == len(trace):
            raise codec.CodecError("not one outcome per step")
        if entry[0] == "call":
            calls.append(_call(entry))
            continue
        outcome = _outcome(entry, tuple(calls))
        step = trace[len(found)]
        if outcome.result == "same":
            if step[0] != "snap" or step[1] not in snapshots:
                raise codec.CodecError("the same as nothing")
            outcome = replace(snapshots[step[1]], calls=outcome.calls)
        elif step[0] == "snap" and (outcome.result == "ok" or _is_cut(outcome)):
            snapshots[step[1]] = outcome
        elif outcome.result == "skip" and all(_resolves(ref, results) for ref in references(step)):
            raise codec.CodecError("a step skipped without cause")
        name = bound_name(step)
        if name is not None and outcome.result in ("ok", "odd"):
            results[name] = outcome
        found.append(outcome)
        calls.clear()
    if len(found) != len(trace):
        raise codec.CodecError("not one outcome per step")
    return found


def first_entries(entries: list[Any], steps: int) -> list[Any]:
    """Return the entries of a transcript that belong to its first ``steps`` steps."""
    done = 0
    for count, entry in enumerate(entries, start=1):
        done += entry[0] != "call"
        if done == steps:
            return entries[:count]
    return entries


def _is_cut(outcome: Outcome) -> bool:
    """Whether the worker left out a value that is too long to send: a later one may equal it."""
    return outcome.result == "odd" and outcome.fields[0].startswith("result of ")


def _resolves(reference: str, results: Mapping[str, Outcome]) -> bool:
    """Return whether ``reference`` certainly had a value in the worker, by what it answered."""
    match = REFERENCE.match(reference)
    if match is None or match[1] not in results:
        return False
    if not match[2] and not match[3]:
        return True
    value = results[match[1]].value
    try:
        for element in match[2].split(".")[1:]:
            value = value[int(element)]
        if match[3]:
            value + int(match[3])
    except (TypeError, LookupError, OverflowError):
        return False
    return True


def _call(entry: list[Any]) -> tuple[str, Any, Any]:
    if len(entry) != 4 or type(entry[1]) is not str or type(entry[2]) is not list:
        raise codec.CodecError("a malformed call")
    return entry[1], codec.from_wire(entry[2]), codec.from_wire(entry[3])


def _outcome(entry: list[Any], calls: tuple[tuple[str, Any, Any], ...]) -> Outcome:
    result, *fields = entry
    if result == "trap":
        named = fields and type(fields[0]) is str and TRAPS.get(fields[0])
        if named and len(fields) == named + 1:
            return Outcome("trap", tuple(codec.from_wire(field) for field in fields), calls)
    elif type(result) is str and RESULTS.get(result) == len(fields):
        if result == "ok":
            return Outcome("ok", (codec.from_wire(fields[0]),), calls)
        if all(type(field) is str for field in fields):
            return Outcome(result, tuple(fields), calls)
    raise codec.CodecError("a malformed outcome")


# --- comparing ----------------------------------------------------------------


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal type for type; floats within 1e-9."""
    if type(one) is not type(other):
        return False
    if type(one) is float:
        return bool(abs(one - other) <= FLOAT_TOLERANCE)
    if type(one) is list or type(one) is tuple:
        return len(one) == len(other) and all(map(same, one, other))
    if type(one) is dict:
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    equal: bool = one == other
    return equal


def differs(yours: Outcome, expected: Outcome) -> bool:
    """Return whether two outcomes of the same step differ; a skipped step never does."""
    if "skip" in (yours.result, expected.result):
        return False
    if yours.result != expected.result:
        return True
    return not (same(yours.fields, expected.fields) and same(yours.calls, expected.calls))


def first_difference(yours: Transcript, expected: Transcript) -> int | None:
    """Return the index of the first step whose outcomes differ, or None."""
    for index, pair in enumerate(zip(yours, expected, strict=True)):
        if differs(*pair):
            return index
    return None


# --- what a check judges ------------------------------------------------------


class Difference(AssertionError):  # noqa: N818 - a finding, not a mistake of ours
    """A check's finding: at step ``index`` something else was ``expected`` (in words)."""

    def __init__(self, index: int, expected: str) -> None:
        super().__init__(f"step {index + 1}: expected {expected}")
        self.index = index
        self.expected = expected


@dataclass(frozen=True)
class Run:
    """One trace, what the submission did and what was expected: plain data to judge."""

    trace: Trace
    transcript: Transcript
    expected: Transcript

    def steps(self) -> Iterator[tuple[int, Step, Outcome, Outcome]]:
        """Yield (index, step, outcome, expected outcome) for every step."""
        for index, step in enumerate(self.trace):
            yield index, step, self.transcript[index], self.expected[index]

    def differ(self, index: int, expected: str) -> NoReturn:
        """Say that step ``index`` is wrong, and in words what was expected of it."""
        raise Difference(index, expected)
