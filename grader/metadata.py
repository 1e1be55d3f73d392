"""``submission_metadata.json``: when a submission was made, when it was due, what came before.

Owns what we believe of that file, which the platform writes and may change: each field is
read by itself, one that is absent or strange is None and noted for the staff, unknown ones
are nothing to us. No content of it can stop a grading. Never says what follows from it.
Names and addresses of students are not read at all.

https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
(`users[].assignment`, a student's own dates, stands in the files but not there.)
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import msgspec

MAX_BYTES = 64 << 20
_T = TypeVar("_T")
_YEARS = range(1971, 9000)  # in which any time zone can be added and taken away


@dataclass(frozen=True)
class Earlier:
    """An earlier submission; ``results`` is there for the latest one only."""

    created: datetime
    score: Fraction | None
    autograder_error: bool
    results: Mapping[str, Any]


@dataclass(frozen=True)
class Metadata:
    """What is known of the submission to grade; ``notes`` say what could not be read.

    ``due`` is the student's own due date, a group's latest, or else the assignment's.
    ``shown_after`` is when the platform starts to show what waits for the due date.
    ``earlier`` is in the order of time. Every time has a zone.
    """

    created: datetime | None = None
    due: datetime | None = None
    shown_after: datetime | None = None
    earlier: tuple[Earlier, ...] = ()
    notes: tuple[str, ...] = ()


def read(path: Path) -> Metadata:
    """Return what the file says; one without content where it is missing or not JSON."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Metadata(notes=(f"{path.name} cannot be read ({error.strerror})",))
    if len(content) > MAX_BYTES:
        return Metadata(notes=(f"{path.name} is larger than {MAX_BYTES >> 20} MiB",))
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return Metadata(notes=(f"{path.name} is not JSON ({error})",))
    return parse(found)


def parse(found: Any) -> Metadata:
    """Return what the plain data of the file says."""
    reader = _Reader()
    top = reader.mapping(found, "$")
    assignment = reader.mapping(top.get("assignment"), "assignment")
    own = [
        reader.mapping(reader.mapping(user, "users").get("assignment"), "users[].assignment")
        for user in reader.sequence(top.get("users"), "users")
    ]
    due = reader.latest([assignment], "due_date")
    late = reader.latest([assignment], "late_due_date")
    own_due, own_late = reader.latest(own, "due_date"), reader.latest(own, "late_due_date")
    due = own_due or due
    return Metadata(
        created=reader.time(top.get("created_at"), "created_at"),
        due=due,
        shown_after=(own_late or (late if own_due is None else None)) or due,
        earlier=reader.earlier(top.get("previous_submissions")),
        notes=tuple(reader.notes),
    )


@dataclass
class _Reader:
    """Reads one value at a time; what is there but strange becomes a note."""

    notes: list[str] = field(default_factory=list)

    def mapping(self, value: Any, where: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        return self._strange(value, where, {})

    def sequence(self, value: Any, where: str) -> list[Any]:
        if isinstance(value, list):
            return value
        return self._strange(value, where, [])

    def time(self, value: Any, where: str) -> datetime | None:
        """Return a time with a zone; one without is taken to be UTC."""
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return self._strange(value, where, None)
        if found.year not in _YEARS:
            return self._strange(value, where, None)
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def latest(self, owners: list[Mapping[str, Any]], name: str) -> datetime | None:
        times = [self.time(owner.get(name), name) for owner in owners]
        return max(filter(None, times), default=None)

    def earlier(self, value: Any) -> tuple[Earlier, ...]:
        where = "previous_submissions"
        found = []
        for each in self.sequence(value, where):
            entry = self.mapping(each, where)
            created = self.time(entry.get("submission_time"), f"{where}[].submission_time")
            if created is not None:
                found.append(
                    Earlier(
                        created,
                        self._score(entry.get("score"), f"{where}[].score"),
                        entry.get("autograder_error") is True,
                        self.mapping(entry.get("results"), f"{where}[].results"),
                    )
                )
        return tuple(sorted(found, key=lambda one: one.created))

    def _score(self, value: Any, where: str) -> Fraction | None:
        """Return a score, which stands there as a number or as its text."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return self._strange(value, where, None)
        if isinstance(value, bool) or not math.isfinite(number):
            return self._strange(value, where, None)
        return Fraction(repr(number))

    def _strange(self, value: Any, where: str, instead: _T) -> _T:
        if value is not None:
            shown = repr(value)[:60]
            self.notes.append(f"{where} is {shown}, which is not understood")
        return instead
