"""YAML to ``Assignment``, every error with its file, line and ``$.path``.

Owns what is said of an assignment outside its checks, and where its folders lie.
Never reads a check, a submission or a reference.
"""

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from grader.errors import SpecError

SPEC_FILE = "assignment.yaml"
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


class Gradescope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the platform is set to: its time-out, in seconds."""

    timeout_s: Count = 600


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which outcomes count as detecting a wrong version of the reference."""

    outcomes: tuple[str, ...] = ("failed", "raised")


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One day: everything that is not a check, and the folder it was read from."""

    title: Text
    course: Text
    points: Count
    stubs: Annotated[tuple[FileName, ...], Meta(min_length=1)]
    salt: Text
    provided: dict[str, tuple[str, ...]] = {}
    limits: Limits = Limits()
    prerequisites: dict[str, tuple[str, ...]] = {}
    later: dict[str, Annotated[float, Meta(ge=0, le=1 << 20)]] = {}
    hidden_checks: int = 0
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
    def root(self) -> Path:
        """The repository: where ``reference`` lies beside ``assignments``."""
        return self.path.parent.parent

    @property
    def reference(self) -> Path | None:
        """The folder of the hidden solution; None where there is none, as in a handout."""
        folder = self.root / "reference" / self.name
        return folder if folder.is_dir() else None

    @property
    def later_points(self) -> Fraction:
        """The points of the items that are still to be written."""
        return sum((Fraction(str(points)) for points in self.later.values()), Fraction(0))


_INSIDE: dict[str, type[msgspec.Struct]] = {
    "$.limits": Limits,
    "$.gradescope": Gradescope,
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
    for folder in (start, *start.parents):
        known = sorted(path.parent.name for path in folder.glob(f"assignments/*/{SPEC_FILE}"))
        if known:
            if day in known:
                return read_assignment((folder / "assignments" / day).resolve())
            break
    if day == ".":
        raise SpecError(f"there is no {SPEC_FILE} in {start}; name a day, or go to its folder")
    there = f"known here: {', '.join(known)}" if known else f"no assignments/ in or above {start}"
    raise SpecError(f"there is no assignment {day!r}; {there}. Give a name or a folder.")


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
    return msgspec.structs.replace(read, folder=str(folder))


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key that stands twice in one mapping, and all aliases.

    An alias of aliases of aliases is a few lines that stand for gigabytes.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            alias: Any = self.peek_event()  # type: ignore[no-untyped-call]  # untyped there
            raise yaml.composer.ComposerError(
                None,
                None,
                f"*{alias.anchor} stands for another value; write it out",
                alias.start_mark,
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here a second time", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_yaml(text: str, name: str) -> Any:
    """Return the plain data of one YAML document; raises SpecError with file and line."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        raise SpecError(f"{name}: is not YAML: {str(error).splitlines()[0]}") from error
    try:
        return loader.get_single_data()
    except RecursionError as error:
        raise SpecError(f"{name}: is not YAML that can be read: it is nested too deeply") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SpecError(f"{name}:{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise SpecError(f"{name}: is not YAML: {str(error).splitlines()[0]}") from error
    finally:
        loader.dispose()


def _located(error: msgspec.ValidationError, text: str, path: Path) -> SpecError:
    message = str(error)
    match = _PATH.search(message)
    where = match[1] if match else "$"
    problem = _PATH.sub("", message)
    unknown = re.search(r"unknown field `(\w+)`", message)
    if unknown:
        inside: dict[str, type[msgspec.Struct]] = {
            "$.limits": Limits,
            "$.gradescope": Gradescope,
            "$.wrong": Wrong,
        }
        known = [field.name for field in msgspec.structs.fields(inside.get(where, Assignment))]
        problem = f"unknown key '{unknown[1]}'; known: {', '.join(known).removesuffix(', folder')}"
        where = f"{where}.{unknown[1]}"
    line = _line_of(where, yaml.compose(text, Loader=yaml.SafeLoader))
    return SpecError(f"{path}:{line} {where}: {problem}")


def _line_of(where: str, node: Any) -> int:
    """Return the line (from 1) at which the value of a ``$.path`` stands, or its parent."""
    line = 1
    for step in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", where):
        name, index = step
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == name]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and index.isdigit():
            node = node.value[int(index)]
            line = node.start_mark.line + 1
    return line
