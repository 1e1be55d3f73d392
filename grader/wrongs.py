"""The hand-made wrong versions of an assignment: what each declares, and the submission it makes.

Owns the first line of `reference/DAY/wrong/*.py`. Grades nothing.

A wrong version is one module that changes what it imports from the package ``right``:

    right/holes.py      the reference's modules once more
    holes.py            the wrong version, instead of the reference's
    buddy.py ...        the reference's other modules

    # wrong 4 of holes: merges only with the right neighbour; loses D1.1 D1.2 D1.3
    number 4, module "holes", what "merges only ...", loses ("D1.1", "D1.2", "D1.3")
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SpecError
from grader.replay import read_folder
from grader.spec import Assignment

_DECLARATION = re.compile(r"# wrong (\d+) of (\w+): (.+); loses ([\w.-]+(?: +[\w.-]+)*)\Z")
_FORM = "# wrong 4 of holes: what it does; loses D1.1 D1.2"


@dataclass(frozen=True)
class WrongVersion:
    """One wrong version, as its first line declares it."""

    path: Path
    number: int
    module: str
    what: str
    loses: tuple[str, ...]

    @property
    def name(self) -> str:
        """How reports and adopted traces call it: ``wrong 4 of holes``."""
        return f"wrong {self.number} of {self.module}"


def wrong_versions(assignment: Assignment) -> list[WrongVersion]:
    """Return the wrong versions in the order of their files; none where there is no reference.

    Raises SpecError for a declaration that cannot be read, names a module that the
    reference does not have, or stands in two files.
    """
    if assignment.reference is None:
        return []
    found: dict[str, WrongVersion] = {}
    for path in sorted((assignment.reference / "wrong").glob("*.py")):
        wrong = read_wrong(path)
        if not (assignment.reference / f"{wrong.module}.py").is_file():
            raise SpecError(
                f"{path}:1: the reference has no {wrong.module}.py; name the module it replaces"
            )
        if wrong.name in found:
            raise SpecError(
                f"{path}:1: {wrong.name} is {found[wrong.name].path.name}, too; "
                "give each wrong version of a module a number of its own"
            )
        found[wrong.name] = wrong
    return list(found.values())


def read_wrong(path: Path) -> WrongVersion:
    """Return what the wrong version at ``path`` declares; raises SpecError."""
    try:
        first_line = path.read_text(encoding="utf-8").partition("\n")[0].rstrip()
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    match = _DECLARATION.match(first_line)
    if match is None:
        raise SpecError(f"{path}:1: begins with {first_line[:80]!r}; expected '{_FORM}'")
    return WrongVersion(path, int(match[1]), match[2], match[3], tuple(match[4].split()))


def files_of(reference: Path, wrong: WrongVersion) -> Mapping[str, bytes]:
    """Return the files of the submission that a wrong version makes, by relative name."""
    right = read_folder(reference)
    return {
        **right,
        **{f"right/{name}": content for name, content in right.items()},
        "right/__init__.py": b"",
        f"{wrong.module}.py": wrong.path.read_bytes(),
    }
