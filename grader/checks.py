"""Checks: pytest functions with points, and how they are found.

Owns the decorators of a check and the reading of check files. Points, number and
visibility stand in gradescope-utils' decorators and nowhere else; its ``@tags`` are
passed on, and its other decorators, which would do nothing here, are refused.

A check file is imported as a member of the package that its folder is, under a
name of its own, so that two days with a ``traces.py`` each keep apart.
"""

import dataclasses
import hashlib
import importlib
import inspect
import math
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal, cast, get_args

from grader.errors import GraderError, SpecError
from grader.transcript import Run

Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
Judge = Callable[[Run], None]
Picture = Callable[[Run, int], str]

CHECK_FILE = "check_*.py"
_PREFIX = "check_"
_REFUSED = {
    "partial_credit": "a check earns its @weight or nothing; make several checks of it",
    "leaderboard": "a check judges and has no value to rank; take the decorator away",
    "hide_errors": "a check that shows nothing stands in hidden/ and says @hint('...') instead",
}


@dataclass(frozen=True)
class Part:
    """One family of traces of a check; ``modules`` hold what the traces name."""

    source: Callable[[], Any]
    examples: int
    modules: tuple[str, ...]
    name: str
    is_fair: Callable[[Run], bool] = lambda _: True


@dataclass(frozen=True)
class Check:
    """One graded item: its id, what a student reads, its points, its judge."""

    id: str
    title: str
    points: Fraction
    visibility: Visibility
    hint: str
    judge: Judge
    parts: tuple[Part, ...]
    path: Path
    picture: Picture | None = None
    tags: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """The module that the check is about: the first of its first part."""
        return self.parts[0].modules[0]

    @property
    def is_shown(self) -> bool:
        """Whether students have this check at home and see its inputs."""
        return self.visibility == "visible"


def replays(
    source: Callable[[], Any],
    *,
    examples: int = 200,
    module: str | Sequence[str] = (),
    part: str = "",
    is_fair: Callable[[Run], bool] = lambda _: True,
) -> Callable[[Judge], Judge]:
    """Say which traces a check judges; stack it where an item has several parts.

    ``source`` returns, when called, a family of traces, a Hypothesis strategy of
    traces, or a list of traces. ``module`` is the module under test (or several); by
    default it is the ``heap`` of ``check_heap.py``. ``part`` names the part in a
    report. ``is_fair`` says of a run of the reference whether its trace may be put to a
    submission; shrinking keeps to such traces.
    """
    modules = (module,) if isinstance(module, str) else tuple(module)

    def decorate(judge: Judge) -> Judge:
        earlier = getattr(judge, "__replays__", ())
        judge.__replays__ = (Part(source, examples, modules, part, is_fair), *earlier)  # type: ignore[attr-defined]
        return judge

    return decorate


def hint(text: str) -> Callable[[Judge], Judge]:
    """Give the one sentence that a student sees when a hidden check does not pass."""

    def decorate(judge: Judge) -> Judge:
        judge.__hint__ = text  # type: ignore[attr-defined]
        return judge

    return decorate


def picture(draw: Picture) -> Callable[[Judge], Judge]:
    """Say how to draw a failure: ``draw(run, index)`` returns lines of text for step ``index``.

    It must accept any transcript. "" means that there is nothing to draw; what does not
    fit 78 columns and 30 lines is cut.
    """

    def decorate(judge: Judge) -> Judge:
        judge.__picture__ = draw  # type: ignore[attr-defined]
        return judge

    return decorate


@contextmanager
def authored(check: Check, what: str) -> Iterator[None]:
    """Turn what the author's code raises into a SpecError that says what it was for, and where."""
    try:
        yield
    except GraderError:
        raise
    except Exception as error:
        where = _place(error, check.path)
        raise SpecError(
            f"{where}: {check.id}: {what} ends with {type(error).__name__}: {error}; correct it"
        ) from error


def _place(error: BaseException, check_file: Path) -> str:
    """Return file and line of the author's code that raised ``error``, as far as is known."""
    found = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        found.append((error.filename, error.lineno))
    folder = check_file.parent.parent.resolve()
    own = [f"{file}:{line}" for file, line in found if folder in Path(file).resolve().parents]
    return own[-1] if own else str(check_file)


# --- finding ------------------------------------------------------------------


def load_checks(folder: Path) -> list[Check]:
    """Return the checks of a day's ``checks`` folder, in the order of their ids.

    Raises SpecError for a check that is incomplete, stands twice, or whose
    visibility disagrees with its folder.
    """
    found: dict[str, Check] = {}
    for path in sorted(folder.glob(f"*/{CHECK_FILE}")):
        for check in load_check_file(path):
            if check.id in found:
                raise SpecError(
                    f"{path}: {check.id} stands in {found[check.id].path} too; "
                    "give each check a number of its own"
                )
            found[check.id] = check
    if not found:
        raise SpecError(f"{folder}: no checks here; expected visible/{CHECK_FILE}")
    return sorted(found.values(), key=lambda check: id_order(check.id))


def load_check_file(path: Path) -> list[Check]:
    """Return the checks of one file, in the order in which they stand there."""
    module = _import(path)
    functions = [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if name.startswith(_PREFIX) and function.__module__ == module.__name__
    ]
    functions.sort(key=_line)
    return [_check(function, path) for function in functions]


def id_order(check_id: str) -> tuple[Any, ...]:
    """Return a sort key that puts D1.9 before D1.10."""
    return tuple(int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", check_id))


def _import(path: Path) -> ModuleType:
    """Import a check file as ``<day's package>.<visible or hidden>.<file>``.

    The day's package is named after its path, so relative imports work, the hidden
    folder may use the visible one, and no two days meet.
    """
    folder = path.parent.parent.resolve()
    package = f"checks_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(folder)]
    try:
        return importlib.import_module(f"{package}.{path.parent.name}.{path.stem}")
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        said = str(error).replace(f"{package}.", "")  # a name that nobody wrote
        what = f"cannot be imported: {type(error).__name__}: {said}"
        raise SpecError(f"{_place(error, path)}: {what}; correct it") from error


def _check(function: Any, path: Path) -> Check:
    where = f"{path}:{_line(function)} {function.__name__}"
    _refuse_decorators(function, where)
    number = getattr(function, "__number__", None)
    weight = getattr(function, "__weight__", None)
    visibility = getattr(function, "__visibility__", "visible")
    title = (function.__doc__ or "").strip()
    parts = getattr(function, "__replays__", ())
    missing = [
        name
        for name, there in [
            ("@number", number),
            ("@weight", weight is not None),
            ("@replays", parts),
            ("a docstring whose first sentence is its title", title),
        ]
        if not there
    ]
    if missing:
        raise SpecError(f"{where}: needs {' and '.join(missing)}")
    if not re.fullmatch(r"[\w.-]+", str(number)):
        raise SpecError(f"{where}: @number({number!r}); give an id such as 'D1.9'")
    if visibility not in get_args(Visibility):
        raise SpecError(f"{where}: @visibility({visibility!r}); one of {get_args(Visibility)}")
    shown = path.parent.name == "visible"
    if shown != (visibility == "visible"):
        raise SpecError(f"{where}: @visibility({visibility!r}) does not belong in {path.parent}")
    default = (path.stem.removeprefix(_PREFIX),)
    return Check(
        id=str(number),
        title=_first_sentence(title),
        points=_points(weight, where),
        visibility=cast("Visibility", visibility),
        hint=getattr(function, "__hint__", ""),
        judge=function,
        parts=tuple(dataclasses.replace(part, modules=part.modules or default) for part in parts),
        path=path,
        picture=getattr(function, "__picture__", None),
        tags=_tags(getattr(function, "__tags__", ()), where),
    )


def _line(function: Any) -> int:
    """Return the line at which the function under all decorators stands."""
    return [code.co_firstlineno for code in _layers(function)][-1]


def _layers(function: Any) -> Iterator[CodeType]:
    """Yield the code of ``function`` and of what its decorators wrap, from the outside in."""
    while function is not None:
        if code := getattr(function, "__code__", None):
            yield code
        function = getattr(function, "__wrapped__", None)


def _refuse_decorators(function: Any, where: str) -> None:
    """Raise SpecError for a decorator of gradescope-utils that a check cannot have.

    Two of them wrap the check, and are known by the wrapper's code; the third marks it.
    """
    used = {code.co_qualname.partition(".")[0] for code in _layers(function)}
    for name, why in _REFUSED.items():
        if name in used or hasattr(function, f"__{name}__"):
            raise SpecError(f"{where}: @{name} is not for a check: {why}")


def _tags(tags: Any, where: str) -> tuple[str, ...]:
    if not all(type(tag) is str and tag.strip() for tag in tags):
        raise SpecError(f"{where}: @tags{tuple(tags)!r}; give each tag as a text of its own")
    return tuple(tags)


def _points(weight: Any, where: str) -> Fraction:
    if type(weight) not in (int, float) or not 0 <= weight < math.inf:
        raise SpecError(f"{where}: @weight({weight!r}); give the points as a number")
    return Fraction(str(weight))


def _first_sentence(text: str) -> str:
    sentence = re.match(r".+?(?:\.(?=\s|$)|$)", " ".join(text.split()))
    return sentence[0].removesuffix(".") if sentence else text
