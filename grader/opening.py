"""Folders in: the files below a folder that a stranger filled, and may be filling still.

Opens regular files only and follows no link. Every folder is opened from the one above
it, so that nobody can put a link in the place of one meanwhile.
"""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from grader.errors import SubmissionError
from grader.unpacking import Budget, Entry, Room

MAX_DEPTH = 4
A_FOLDER = "is a folder; hand in a file of this name"
NOT_A_FILE = "is not a regular file; hand in a plain text file"

# Folders of tools and of the handout; what lies in them is not the student's work.
_NOT_THEIRS = {
    *("venv", "site-packages", "node_modules"),
    *("machine", "checks", "corpus", "graded", "wheels"),
}


def may_hold(folder: str) -> bool:
    """Whether a folder of this name, whatever is above it, may hold a student's own files."""
    return not folder.startswith((".", "__")) and folder not in _NOT_THEIRS


def files_below(folder: Path, budget: Budget, room: Room) -> Iterator[Entry]:
    """Yield the files below ``folder`` for which there is ``room``; raises SubmissionError."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SubmissionError(f"cannot be read ({error.strerror}); open it to the grader") from None
    yield from _listed(descriptor, "", budget, room)


def _listed(descriptor: int, prefix: str, budget: Budget, room: Room) -> Iterator[Entry]:
    """Yield the files below an open folder, which is closed at the end."""
    try:
        with os.scandir(descriptor) as listing:
            found = []
            for each in listing:
                budget.entries()
                found.append(each)
        for each in sorted(found, key=lambda each: each.name):
            name = prefix + each.name
            most = room(name)
            if each.is_dir(follow_symlinks=False):
                if most and each.name.endswith(".py"):
                    yield Entry(name, problem=A_FOLDER)
                if name.count("/") < MAX_DEPTH and may_hold(each.name):
                    yield from _entered(descriptor, each.name, name, budget, room)
            elif most:
                yield _looked_at(descriptor, each, name, most)
    finally:
        os.close(descriptor)


def _entered(above: int, last: str, name: str, budget: Budget, room: Room) -> Iterator[Entry]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(last, flags, dir_fd=above)
    except OSError as error:
        yield Entry(name, problem=f"cannot be read ({error.strerror}); open it to the grader")
        return
    yield from _listed(descriptor, f"{name}/", budget, room)


def _looked_at(folder: int, each: "os.DirEntry[str]", name: str, most: int) -> Entry:
    if not each.is_symlink() and not each.is_file(follow_symlinks=False):
        return Entry(name, problem=NOT_A_FILE)  # to open a device may already do something
    try:
        return Entry(name, read_file(each.name, most, folder))
    except SubmissionError as error:
        return Entry(name, problem=str(error))


def read_file(name: str, most: int, folder: int | None = None) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes.

    ``name`` counts from the open ``folder``, if there is one. Raises SubmissionError,
    worded to follow the name.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SubmissionError("is a symbolic link; hand in the file itself") from None
        raise SubmissionError(f"cannot be read ({error.strerror})") from None
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise SubmissionError(A_FOLDER)
        if not stat.S_ISREG(found.st_mode):
            raise SubmissionError(NOT_A_FILE)
        if found.st_size > most:
            raise SubmissionError(f"is larger than {most >> 20} MiB; hand in source only")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(most)
    finally:
        os.close(descriptor)
