"""What students get: an assignment without its secrets, in one zip file that works alone.

Owns which files go along and what `assignment.yaml` says there. Nothing secret is taken
out: each file is named here, and what is not named is not there. The bytes follow from
the repository alone, whoever makes the handout, wherever.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import jinja2
import msgspec
import yaml

from grader import adopted, packing, page, template
from grader.checks import Check, load_checks
from grader.corpus import load_or_record
from grader.corpus_file import packed
from grader.errors import SpecError
from grader.intake import Submission
from grader.pipeline import NOBODY, Watcher, benches, checks_of
from grader.score import hidden_of, number
from grader.spec import SPEC_FILE, Assignment, Hidden, read_assignment

TEXT = "handout.md"
_NOT_HANDED_OUT = ("checks/hidden/", "samples/", "stub/")
_FIRST_LINE = f"# What {SPEC_FILE} says to students; made by `grader handout`.\n"


def contents(assignment: Assignment, watcher: Watcher = NOBODY) -> dict[str, bytes]:
    """Return every file of the handout by its relative name.

    Raises SpecError where the repository is not in a state to be handed out: points that
    do not add up, a text with a broken link, or visible checks that need what students do
    not have, and where a file cannot be read or tried.
    """
    try:
        return _contents(assignment, watcher)
    except OSError as error:
        raise SpecError(
            f"the handout of {assignment.name} cannot be made: {error}; "
            "let this user read the assignment, and make room in the temporary folder"
        ) from error


def _contents(assignment: Assignment, watcher: Watcher) -> dict[str, bytes]:
    checks = checks_of(assignment)
    shown = [check for check in checks if check.is_shown]
    hidden = hidden_of(assignment, checks)
    wheel_name, wheel = packing.grader_wheel()
    entries = {
        **{stub: _text(assignment.path / "stub" / stub) for stub in assignment.stubs},
        **packing.files_below(assignment.machine / "machine", "machine/"),
        **_visible(assignment),
        **_corpora(assignment, shown, watcher),
        SPEC_FILE: _spec(assignment, shown, hidden),
        f"wheels/{wheel_name}": wheel,
        "requirements.txt": f"./wheels/{wheel_name}\n".encode(),
        ".gitignore": (template.folder("handout") / "gitignore").read_bytes(),
        "README.md": _readme(assignment, hidden),
    }
    entries |= _texts(assignment, entries)
    _require_alone(entries, shown)
    return entries


def _visible(assignment: Assignment) -> dict[str, bytes]:
    """Return the visible checks, without the files of adopted traces.

    Those traces are in the corpus; whose work or which wrong version each came from is not
    for students.
    """
    found = packing.files_below(assignment.checks / "visible", "checks/visible/")
    kept_back = f"checks/visible/{adopted.FOLDER}/"
    return {name: text for name, text in found.items() if not name.startswith(kept_back)}


def _text(path: Path) -> bytes:
    """Return a text of the repository, with the same line ends wherever it was cloned."""
    try:
        return path.read_text(encoding="utf-8").encode()
    except FileNotFoundError as error:
        raise SpecError(f"{path}: does not exist; write it, students need it") from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _corpora(assignment: Assignment, shown: Sequence[Check], watcher: Watcher) -> dict[str, bytes]:
    with benches(assignment, Submission("nobody", {}, {})) as places:
        corpora = load_or_record(assignment, shown, places.trusted, watcher.recording)
    return {f"corpus/{check.id}.corpus": packed(corpora[check.id]) for check in shown}


# --- the specification --------------------------------------------------------


def _spec(assignment: Assignment, shown: Sequence[Check], hidden: Hidden) -> bytes:
    """Return an `assignment.yaml` written anew, key by key, with no comment of the original."""
    ids = [check.id for check in shown]
    needs = {
        check_id: [need for need in assignment.prerequisites.get(check_id, ()) if need in ids]
        for check_id in ids
    }
    said: dict[str, Any] = {
        "title": assignment.title,
        "course": assignment.course,
        "points": assignment.points,
        "stubs": list(assignment.stubs),
        "python": assignment.python,
        "limits": {
            name: value
            for name, value in msgspec.structs.asdict(assignment.limits).items()
            if value is not None
        },
        "prerequisites": {check_id: list(need) for check_id, need in needs.items() if need},
        "hidden": msgspec.structs.asdict(hidden),
        "later": {
            check_id: number(Fraction(str(points))) for check_id, points in assignment.later.items()
        },
    }
    filled = {name: value for name, value in said.items() if value not in ({}, [])}
    return (_FIRST_LINE + yaml.safe_dump(filled, sort_keys=False, allow_unicode=True)).encode()


# --- what is read -------------------------------------------------------------


def _readme(assignment: Assignment, hidden: Hidden) -> bytes:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.folder("handout")),
        autoescape=False,  # noqa: S701 - Markdown, of our own words and the assignment's
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    text = environment.get_template("README.md").render(
        title=assignment.title,
        stubs=assignment.stubs,
        hidden=hidden,
        points=f"{hidden.points:g}",
        later=list(assignment.later),
    )
    return text.encode()


def _texts(assignment: Assignment, others: Collection[str]) -> dict[str, bytes]:
    """Return the handout as Markdown and as a page, with the pictures that it shows."""
    path = assignment.path / TEXT
    text = _with_note(_text(path), assignment)
    names = page.picture_names(text.decode())
    pictures = {
        name: (assignment.path / name).read_bytes() for name in names if _may_go(assignment, name)
    }
    rendered = page.render(
        text.decode(),
        name=str(path),
        title=assignment.title,
        course=assignment.course,
        pictures=pictures,
        files={*others, *pictures, TEXT, "handout.html"},
    )
    return {**pictures, TEXT: text, "handout.html": rendered}


def _with_note(text: bytes, assignment: Assignment) -> bytes:
    """Return the text with a note below its title, where it speaks of what is not there yet."""
    if not assignment.later:
        return text
    title, _, rest = text.partition(b"\n")
    ids = ", ".join(assignment.later)
    note = f"> **Not here yet,** whatever is said of them below: {ids}.\n"
    return title + b"\n\n" + note.encode() + rest


def _may_go(assignment: Assignment, name: str) -> bool:
    """Whether a picture lies in the assignment's folder, and not where its secrets do."""
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or name.startswith(_NOT_HANDED_OUT):
        return False
    return (assignment.path / inside).is_file()


# --- proof --------------------------------------------------------------------


def _require_alone(entries: Mapping[str, bytes], shown: Sequence[Check]) -> None:
    """Raise SpecError unless the checks of the handout load from its files alone."""
    with TemporaryDirectory(prefix="handout-") as name:
        folder = Path(name).resolve()
        for entry, content in entries.items():
            path = folder / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            found = load_checks(read_assignment(folder).checks)
        except SpecError as error:
            said = str(error).replace(f"{folder}/", "")
            raise SpecError(
                f"the handout does not work by itself: {said}. "
                "A visible check may use only its own folder and `grader`."
            ) from error
    assert [check.id for check in found] == [check.id for check in shown]
