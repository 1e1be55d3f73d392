"""YAML to ``Assignment``, every error with its file, line and ``$.path``.

Owns what is said of an assignment outside its checks, and where its folders lie.
Never reads a check, a submission or a reference.
"""

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from grader.errors import SpecError
from grader.strict_yaml import line_of, load_yaml

SPEC_FILE = "assignment.yaml"
_SPECS = f"assignments/*/{SPEC_FILE}"
_PATH = re.compile(r" - at `(?:key in )?(\$[^`]*)`")

Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1 << 20)]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z_]\w*\.py\Z")]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one worker may use. Unset times follow from what the reference needs."""

    cpu_s: Seconds | None = None
    wall_s: Seconds | None = None
    memory_mb: Count = 512
    processes: Count = 32


class LatenessStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is added, in percent of the points earned, until so many hours after the due date."""

    percent: Annotated[float, Meta(ge=-100, le=100)]
    until_h: Annotated[float, Meta(ge=-10_000, le=10_000)] | None = None


class Gradescope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform is set to (its time-out, in seconds), and the course's rules there.

    Of ``lateness`` the first step whose ``until_h`` is not passed applies; the last has none.
    """

    timeout_s: Annotated[int, Meta(ge=60, le=2400)] = 600
    submissions_per_day: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    lateness: tuple[LatenessStep, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError unless every hour falls under exactly one step."""
        hours = [step.until_h for step in self.lateness]
        if not hours:
            return
        if None in hours[:-1] or hours[-1] is not None:
            raise ValueError("every step of lateness but the last needs until_h, the last has none")
        stated = [until_h for until_h in hours if until_h is not None]
        if any(later <= earlier for earlier, later in pairwise(stated)):
            raise ValueError("the until_h of lateness must rise from step to step")


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which outcomes count as detecting a wrong version of the reference."""

    outcomes: tuple[str, ...] = ("failed", "raised")


class Hidden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What students do not have at home: how many checks, and their points together."""

    checks: Annotated[int, Meta(ge=0, le=1 << 20)]
    points: Annotated[float, Meta(ge=0, le=1 << 20)]


NOTHING_HIDDEN = Hidden(0, 0)
LEAST_SALT = 16
_SALT = f"give {LEAST_SALT} letters or more that nobody can guess, as `grader new` does"


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day: everything that is not a check, and the folder it was read from.

    ``salt`` is what an instructor has and ``hidden`` what a handout says instead.
    """

    title: Text
    course: Text
    points: Count
    stubs: Annotated[tuple[FileName, ...], Meta(min_length=1)]
    salt: Text = ""
    provided: dict[str, tuple[str, ...]] = {}
    limits: Limits = Limits()
    prerequisites: dict[str, tuple[str, ...]] = {}
    later: dict[str, Annotated[float, Meta(ge=0, le=1 << 20)]] = {}
    hidden: Hidden | None = None
    gradescope: Gradescope = Gradescope()
    python: str = ">=3.11"
    wrong: Wrong = Wrong()
    folder: str = ""

    @property
    def path(self) -> Path:
        """The folder of the assignment."""
        return Path(self.folder)

    @property
    def name(self) -> str:
        """The folder's name, such as ``day1``."""
        return self.path.name

    @property
    def checks(self) -> Path:
        """The folder that holds ``visible`` and, for instructors, ``hidden``."""
        return self.path / "checks"

    @property
    def machine(self) -> Path:
        """The folder on whose path the given package ``machine`` lies."""
        beside = self.path / "machine"
        return self.path if beside.is_dir() else self.path.parent

    @property
    def machine_if_given(self) -> Path | None:
        """The same folder; None where the course gives no such package."""
        return self.machine if (self.machine / "machine").is_dir() else None

    @property
    def root(self) -> Path:
        """The repository: where ``reference`` lies beside ``assignments``."""
        return self.path.parent.parent

    @property
    def reference(self) -> Path | None:
        """The folder of the hidden solution; None where there is none, as in a handout."""
        folder = self.root / "reference" / self.name
        return folder if self.hidden is None and folder.is_dir() else None

    @property
    def own_files(self) -> Path:
        """The folder whose files are checked by default: in a handout the stubs lie in it."""
        here = any((self.path / stub).is_file() for stub in self.stubs)
        return self.path if here else self.path / "stub"

    @property
    def shipped_corpus(self) -> Path:
        """The folder of the recorded inputs in a handout or a bundle; absent in a repository."""
        return self.path / "corpus"

    @property
    def later_points(self) -> Fraction:
        """The points of the items that are still to be written."""
        return sum((Fraction(str(points)) for points in self.later.values()), Fraction(0))


_INSIDE: dict[str, type[msgspec.Struct]] = {
    "$.hidden": Hidden,
    "$.limits": Limits,
    "$.gradescope": Gradescope,
    "$.gradescope.lateness[...]": LatenessStep,
    "$.wrong": Wrong,
}


def find_assignment(day: str, start: Path | None = None) -> Assignment:
    """Return the assignment ``day``: a path, or a folder name under ``assignments/``.

    ``assignments/`` is looked for in ``start`` (the working directory) and above it.
    """
    start = start or Path.cwd()
    direct = start / day
    if _has_spec(direct):
        return read_assignment(direct.resolve())
    known: list[str] = []
    repository = find_repository(start)
    if repository is not None:
        known = sorted(path.parent.name for path in repository.glob(_SPECS))
        if day in known:
            return read_assignment((repository / "assignments" / day).resolve())
    if day == ".":
        raise SpecError(f"there is no {SPEC_FILE} in {start}; name a day, or go to its folder")
    there = f"known here: {', '.join(known)}" if known else f"no assignments/ in or above {start}"
    raise SpecError(f"there is no assignment {day!r}; {there}. Give a name or a folder.")


def find_repository(start: Path) -> Path | None:
    """Return ``start`` or the nearest folder above it whose ``assignments/`` holds one."""
    folders = (folder for folder in (start, *start.parents) if any(folder.glob(_SPECS)))
    return next(folders, None)


def all_assignments(start: Path) -> list[Assignment]:
    """Return every assignment of the repository around ``start``, by name; raises SpecError."""
    repository = find_repository(start)
    if repository is None:
        raise SpecError(f"there is no assignments/ in or above {start}; name a day, or go there")
    return [read_assignment(path.parent.resolve()) for path in sorted(repository.glob(_SPECS))]


def _has_spec(folder: Path) -> bool:
    try:
        return (folder / SPEC_FILE).is_file()
    except OSError:  # a name that is too long, a folder that is closed
        return False


def read_assignment(folder: Path) -> Assignment:
    """Return the assignment that ``folder`` holds; raises SpecError."""
    path = folder / SPEC_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror}); every day has one") from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    found = load_yaml(text, str(path))
    if not isinstance(found, dict):
        raise SpecError(f"{path}:1 $: expected keys with values, such as 'title: ...'")
    try:
        read = msgspec.convert(found, Assignment)
    except msgspec.ValidationError as error:
        raise _located(error, text, path) from error
    if "folder" in found:
        theirs = msgspec.ValidationError("Object contains unknown field `folder`")
        raise _located(theirs, text, path)
    _require_one_kind(read, path)
    return msgspec.structs.replace(read, folder=str(folder))


def _require_one_kind(read: Assignment, path: Path) -> None:
    """Raise SpecError unless ``read`` is either an instructor's or a handout's."""
    if read.salt and read.hidden is not None:
        raise SpecError(f"{path} $.hidden: stands only in a handout; remove it here")
    if not read.salt and read.hidden is None:
        raise SpecError(
            f"{path} $: misses the key 'salt', from which the hidden inputs follow; {_SALT}"
        )
    if read.salt and len(read.salt) < LEAST_SALT:
        raise SpecError(
            f"{path} $.salt: has {len(read.salt)} letters, students could guess it; {_SALT}"
        )


def _located(error: msgspec.ValidationError, text: str, path: Path) -> SpecError:
    message = str(error)
    match = _PATH.search(message)
    where = match[1] if match else "$"
    problem = _PATH.sub("", message)
    unknown = re.search(r"unknown field `(\w+)`", message)
    if unknown:
        inside = _INSIDE.get(re.sub(r"\[\d+\]", "[...]", where), Assignment)
        known = [field.name for field in msgspec.structs.fields(inside)]
        problem = f"unknown key '{unknown[1]}'; known: {', '.join(known).removesuffix(', folder')}"
        where = f"{where}.{unknown[1]}"
    return SpecError(f"{path}:{line_of(where, text)} {where}: {problem}")
