"""Submissions in: the bytes of a student's files, read without trusting a name.

Owns what is read of an upload, be it a folder or an archive, and what is said of the
rest. Opens regular files only, follows no link, caps sizes and counts, executes and
writes nothing. Which file is which is `placing`'s.

Legend::

    name      a file as the upload has it: "jane/hw1.zip/heap (1).py"
    source    a function that yields the files for which there is room; an archive inside
              an upload counts as a folder of its own, opened only where a stub is missing
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader import opening, placing, unpacking
from grader.errors import SubmissionError
from grader.printable import printable, quoted
from grader.unpacking import Budget, Entry, Room, unsafe

MAX_FILE_BYTES = 1 << 20
MAX_BYTES = 4 << 20
MAX_FILES = 200
MAX_ARCHIVE_BYTES = 32 << 20
MAX_NESTING = 2

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".txz", ".xz", ".7z", ".rar")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_THEMSELVES = "hand in the files themselves"
_Source = Callable[[Budget, Room], Iterable[Entry]]


@dataclass(frozen=True)
class Submission:
    """The files to run by relative name; ``problems`` says why a file was left out.

    ``notes`` say which files were taken from elsewhere than their place.
    """

    name: str
    files: Mapping[str, bytes]
    problems: Mapping[str, str]
    notes: Sequence[str] = ()


def read_submission(path: Path, stubs: Sequence[str]) -> Submission:
    """Return the Python files of a folder or an archive; unusable ones get a problem.

    Raises SubmissionError where there is nothing to grade at all.
    """
    try:
        found, placed = _found(path, stubs)
    except SubmissionError as error:
        raise SubmissionError(f"the submission {printable(str(path))} {error}") from None
    problems = {
        printable(entry.name): f"the file {quoted(entry.name)} {entry.problem}"
        for entry in found.values()
        if entry.problem and entry.name not in placed.sources.values()
    }
    files: dict[str, bytes] = {}
    for target, name in sorted(placed.sources.items()):
        problem = found[name].problem or _not_source(found[name].content)
        if problem:
            shown = target if name == target else f"{target}: {quoted(name)}"
            problems[target] = f"{shown} {problem}"
        else:
            files[target] = found[name].content
    return Submission(
        printable(path.resolve().name), files, problems | placed.problems, placed.notes
    )


def _found(path: Path, stubs: Sequence[str]) -> tuple[dict[str, Entry], placing.Placement]:
    """Return all that was found by name, and where it is to run."""
    source, depth = _source(path, stubs)
    found = _gathered(source(Budget(), _room_for_source(stubs)), {})
    placed = placing.place(_usable(found), stubs)
    if placed.missing:
        budget = Budget()
        archives = source(budget, _room_for_archives)
        found = _gathered(_opened(archives, stubs, budget, depth), found)
        placed = placing.place(_usable(found), stubs)
    return found, placed


def _source(path: Path, stubs: Sequence[str]) -> tuple[_Source, int]:
    """Return where the files come from, and how many archives that is inside of."""
    give = f"give the folder with {stubs[0]}, or a zip or tar archive of it"
    try:
        if path.is_dir():
            return partial(opening.files_below, path), 0
        is_there = path.is_symlink() or path.exists()
    except OSError as error:
        raise SubmissionError(f"cannot be read ({error.strerror}); open it to the grader") from None
    if not is_there:
        raise SubmissionError(f"does not exist; {give}")
    content = opening.read_file(str(path), MAX_ARCHIVE_BYTES)
    if unpacking.kind(content) is None:
        raise SubmissionError(f"is not a folder; {give}")
    return partial(unpacking.unpack, content), 1


def _gathered(entries: Iterable[Entry], earlier: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return ``entries`` by name beside ``earlier`` ones, before they grow too many."""
    found = dict(earlier)
    size = sum(len(entry.content) for entry in found.values())
    for entry in entries:
        found[entry.name] = _named(entry)
        size += len(entry.content)
        if len(found) > MAX_FILES:
            raise SubmissionError(
                f"holds more than {MAX_FILES} Python files; hand in the files of the exercise only"
            )
        if size > MAX_BYTES:
            raise SubmissionError(
                f"holds more than {MAX_BYTES >> 20} MiB of Python; "
                "hand in the files of the exercise only"
            )
    return found


def _named(entry: Entry) -> Entry:
    """Return ``entry``, with a problem where its name cannot stand everywhere."""
    problem = unsafe(entry.name)
    if not problem and printable(entry.name) != entry.name:
        problem = "has a name that is not plain text; rename it"
    return Entry(entry.name, problem=problem) if problem else entry


def _usable(found: Mapping[str, Entry]) -> list[str]:
    return [name for name in found if printable(name) == name and not unsafe(name)]


def _not_source(content: bytes) -> str:
    """Return why Python cannot read ``content`` as text, in words that say what it is."""
    head = content[:64]
    if head.startswith(_ZIP):
        return "is a zip archive with the name of a Python file; hand in the file inside"
    half_is_empty = len(head) >= 8 and any(head[::2]) != any(head[1::2])
    if half_is_empty or head.startswith(_UTF_16_MARKS):
        return "is saved as UTF-16, which Python does not read; save it as UTF-8"
    return ""


# --- what there is room for ---------------------------------------------------


def _room_for_source(stubs: Sequence[str]) -> Room:
    """Return the room for Python files, and for text files that may be meant to be a stub."""

    def room(name: str) -> int:
        *folders, last = name.split("/")
        wanted = last.endswith(".py") or placing.stub_of(last, stubs) is not None
        return MAX_FILE_BYTES if wanted and _may_count(folders, last) else 0

    return room


def _room_for_archives(name: str) -> int:
    *folders, last = name.split("/")
    wanted = last.lower().endswith(_ARCHIVES)
    return MAX_ARCHIVE_BYTES if wanted and _may_count(folders, last) else 0


def _may_count(folders: Sequence[str], last: str) -> bool:
    shallow = len(folders) <= opening.MAX_DEPTH
    return shallow and not last.startswith(".") and all(map(opening.may_hold, folders))


def _opened(
    archives: Iterable[Entry], stubs: Sequence[str], budget: Budget, depth: int
) -> Iterator[Entry]:
    """Yield the files in each of ``archives``, under the archive's own name.

    An archive that is refused is a problem of its own; the rest still counts.
    """
    for archive in archives:
        if depth == MAX_NESTING:
            yield Entry(archive.name, problem=f"lies in an archive in an archive; {_THEMSELVES}")
            return
        if not budget.has_archives_left:
            yield Entry(archive.name, problem=f"is one archive too many; {_THEMSELVES}")
            return
        try:
            inside = list(_inside(archive, stubs, budget, depth))
        except SubmissionError as error:
            yield Entry(archive.name, problem=str(error))
            continue
        yield from (replace(entry, name=f"{archive.name}/{entry.name}") for entry in inside)


def _inside(archive: Entry, stubs: Sequence[str], budget: Budget, depth: int) -> Iterator[Entry]:
    """Yield the files in one archive, and in those that lie in it."""
    if archive.problem:
        raise SubmissionError(archive.problem)
    room = _room_for_source(stubs)
    entries = unpacking.unpack(
        archive.content, budget, lambda name: room(name) or _room_for_archives(name)
    )
    yield from (entry for entry in entries if not _room_for_archives(entry.name))
    inner = [entry for entry in entries if _room_for_archives(entry.name)]
    yield from _opened(inner, stubs, budget, depth + 1)
