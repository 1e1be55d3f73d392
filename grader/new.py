"""A new assignment from the template: small, complete, and whole or not there at all.

Owns where it goes, which names it may have, and its salt. Never writes over anything.
"""

import re
import secrets
import shutil
import string
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader import packing, template
from grader.errors import SpecError
from grader.spec import SPEC_FILE, find_repository, read_assignment
from grader.stubs import write_stubs

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
# The given package lies beside the assignments; Windows has devices where files should be.
_RESERVED = re.compile(r"machine|con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
_REFERENCE = "reference/"


@dataclass(frozen=True)
class Made:
    """The two folders of a new assignment."""

    assignment: Path
    reference: Path


def make(name: str, start: Path) -> Made:
    """Make the assignment ``name`` in the repository around ``start``, else in ``start``.

    Raises SpecError, and leaves everything as it was, for a name that cannot be a
    folder's, that is taken, or where nothing can be written.
    """
    _require_name(name)
    root = find_repository(start) or start
    made = Made(root / "assignments" / name, root / "reference" / name)
    for folder in (made.assignment, made.reference):
        _require_free(folder)
    try:
        with tempfile.TemporaryDirectory(dir=root, prefix=".new-") as built:
            _build(name, Path(built))
            _move_in(Path(built), made)
    except OSError as error:
        raise SpecError(
            f"{name} cannot be made in {root} ({error.strerror}); "
            "make room there, or go to a folder that you may write to"
        ) from error
    return made


def _require_name(name: str) -> None:
    if _NAME.match(name) is None:
        raise SpecError(
            f"{name!r} cannot be the name of an assignment; use up to 64 letters, digits, '_' "
            "and '-', such as lab1, and no '-' or '_' at the start"
        )
    if _RESERVED.fullmatch(name):
        raise SpecError(f"the name {name!r} is reserved; choose another, such as lab1")


def _require_free(folder: Path) -> None:
    """Raise SpecError where ``folder`` exists, or one that some systems cannot tell from it."""
    wanted = folder.name.casefold()
    for other in sorted(folder.parent.glob("*")):
        if other.name.casefold() == wanted:
            raise SpecError(f"{other} exists already; choose another name, or remove it")


def _build(name: str, root: Path) -> None:
    """Make the whole assignment below ``root``, which nobody looks at yet."""
    for relative, content in packing.files_below(template.folder("assignment")).items():
        inside = relative.removeprefix(_REFERENCE)
        tree = "assignments" if inside == relative else "reference"
        path = root / tree / name / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_with_salt(content) if relative == SPEC_FILE else content)
    made = read_assignment(root / "assignments" / name)
    assert made.reference is not None
    write_stubs(made.reference, made.path / "stub", made.stubs, made.provided)


def _with_salt(spec: bytes) -> bytes:
    """Return the text of a specification with a salt that no other assignment has."""
    text = string.Template(spec.decode())
    return text.substitute(salt=secrets.token_hex(8)).encode()


def _move_in(built: Path, made: Made) -> None:
    """Put both trees in their places; undo the first should the second fail."""
    for folder in (made.reference, made.assignment):
        folder.parent.mkdir(exist_ok=True)
    (built / "reference" / made.reference.name).rename(made.reference)
    try:
        (built / "assignments" / made.assignment.name).rename(made.assignment)
    except BaseException:
        shutil.rmtree(made.reference)
        raise
