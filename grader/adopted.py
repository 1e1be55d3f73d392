"""Adopted traces: failures once found, which every later submission meets.

Owns the committed files beside a check, `checks/visible/adopted/D1.8.json`: their form,
and that none is stale. Never plays a trace; `corpus` puts them before what is drawn.

    {"format": 1, "check": "D1.8", "parts": [
     {"part": 2, "name": "alloc and free", "traces": [
      {"from": ["wrong 9 of buddy"], "trace": [["new", "buddy", "BuddyAllocator", ...], ...]},
      {"from": ["wrong 10 of buddy", "wrong 11 of buddy"], "trace": [...]}
     ]}
    ]}
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader import codec, files
from grader.checks import Check
from grader.errors import SpecError
from grader.trace import VERBS, Trace, call_text, names_used

FORMAT = 1
FOLDER = "adopted"
_REMEDY = "correct it, or delete it and run `grader validate --adopt`"

Source = Annotated[str, Meta(min_length=1)]


class AdoptedTrace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One trace, and the programs that it shows wrong."""

    sources: Annotated[tuple[Source, ...], Meta(min_length=1)] = msgspec.field(name="from")
    trace: Annotated[list[Annotated[list[Any], Meta(min_length=2)]], Meta(min_length=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The traces of one part, which has a number (from 1) and, if there are several, a name."""

    part: Annotated[int, Meta(ge=1)]
    name: str
    traces: tuple[AdoptedTrace, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    check: str
    parts: tuple[_Part, ...]


PerPart = tuple[tuple[AdoptedTrace, ...], ...]


def path_of(check: Check) -> Path:
    """Return where the adopted traces of ``check`` stand, if it has any."""
    return check.path.parent / FOLDER / f"{check.id}.json"


def read(check: Check) -> PerPart:
    """Return the adopted traces of each part of ``check``; raises SpecError for a bad file."""
    path = path_of(check)
    if not path.is_file():
        return ((),) * len(check.parts)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SpecError(f"{path}: is not a file of adopted traces ({error}); {_REMEDY}") from error
    if (found.format, found.check) != (FORMAT, check.id):
        raise SpecError(
            f"{path}: says format {found.format} of {found.check}, but format {FORMAT} of "
            f"{check.id} belongs here; {_REMEDY}"
        )
    per_part: list[tuple[AdoptedTrace, ...]] = [()] * len(check.parts)
    for part in found.parts:
        _require_part(check, part, path)
        for kept in part.traces:
            _require_steps(kept, path)
        per_part[part.part - 1] += part.traces
    return tuple(per_part)


def _require_part(check: Check, part: _Part, path: Path) -> None:
    names = [each.name for each in check.parts]
    if part.part > len(names) or names[part.part - 1] != part.name:
        known = ", ".join(f"{number} {name!r}" for number, name in enumerate(names, 1))
        raise SpecError(
            f"{path}: is stale: {check.id} has no part {part.part} {part.name!r}; "
            f"it has {known}; {_REMEDY}"
        )


def _require_steps(kept: AdoptedTrace, path: Path) -> None:
    """Raise SpecError unless every step is one that a worker and a reader understand."""
    for step in kept.trace:
        try:
            VERBS.index(step[0])
            codec.encode(step)
            call_text(step)
            names_used(step)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SpecError(
                f"{path}: the trace of {', '.join(kept.sources)} cannot be read "
                f"({error}); {_REMEDY}"
            ) from error


def traces_of(kept: Sequence[AdoptedTrace]) -> list[Trace]:
    """Return the traces of one part, equal ones once."""
    return list({codec.encode(each.trace): each.trace for each in kept}.values())


def write(check: Check, per_part: PerPart) -> bool:
    """Write the adopted traces of ``check``, one a line; return whether anything changed.

    A check without any has no file.
    Raises SpecError where the file cannot be written; then what stood there still does.
    """
    path = path_of(check)
    text = _rendered(check, per_part)
    try:
        before = path.read_bytes() if path.is_file() else None
        if any(per_part) and before != text:
            files.replace(path, text)
        elif before is not None and not any(per_part):
            path.unlink()
        else:
            return False
    except OSError as error:
        raise SpecError(
            f"{path}: cannot be written ({error.strerror}); what stood there still does. "
            "Make room, or go to a clone that you may write to"
        ) from error
    return True


def _rendered(check: Check, per_part: PerPart) -> bytes:
    """Return the file's text: JSON that a person can read, and compare line by line."""
    parts = []
    for number, (part, kept) in enumerate(zip(check.parts, per_part, strict=True), 1):
        if kept:
            lines = ",\n".join(f"  {_json(each)}" for each in kept)
            head = f'{{"part": {number}, "name": {_json(part.name)}, "traces": ['
            parts.append(f" {head}\n{lines}\n ]}}")
    head = f'{{"format": {FORMAT}, "check": {_json(check.id)}, "parts": ['
    return "\n".join([head, *([",\n".join(parts)] if parts else []), "]}", ""]).encode()


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
