"""Submissions in: the bytes of a student's files, read without trusting a name.

Owns which files of an upload count and what is said of those that do not. Opens
regular files only, follows no link, caps sizes and counts, executes nothing.
"""

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import SubmissionError

MAX_FILE_BYTES = 1 << 20
MAX_BYTES = 4 << 20
MAX_FILES = 200
MAX_DEPTH = 4


@dataclass(frozen=True)
class Submission:
    """The files to run by relative name; ``problems`` says why a file was left out."""

    name: str
    files: Mapping[str, bytes]
    problems: Mapping[str, str]


def read_submission(folder: Path, stubs: Sequence[str]) -> Submission:
    """Return the Python files of ``folder``; stub files that are unusable get a problem.

    Raises SubmissionError where there is nothing to grade at all.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise SubmissionError(f"the submission {folder} {what}; give the folder with {stubs[0]}")
    files: dict[str, bytes] = {}
    problems: dict[str, str] = {}
    for relative in _python_files(folder):
        shown = _printable(relative)
        if "\N{REPLACEMENT CHARACTER}" in shown:
            problems[shown] = f"{shown} has a name that is not plain text; rename it"
            continue
        try:
            files[relative] = _read(folder / relative)
        except SubmissionError as error:
            problems[shown] = f"{shown} {error}"
    if sum(map(len, files.values())) > MAX_BYTES:
        raise SubmissionError(
            f"the submission {folder} holds more than {MAX_BYTES >> 20} MiB of Python; "
            "hand in the files of the exercise only"
        )
    for stub in stubs:
        if stub not in files and stub not in problems:
            problems[stub] = f"{stub} is missing from the submission; add it, unchanged if need be"
    return Submission(_printable(folder.resolve().name), files, problems)


def _printable(name: str) -> str:
    """Return ``name`` as any terminal, JSON or XML may hold it."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )


def _python_files(folder: Path) -> Iterator[str]:
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise SubmissionError(
            f"the submission {folder} cannot be read ({error.strerror}); open it to the grader"
        ) from None
    count = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(
            name for name in folders if depth < MAX_DEPTH and not name.startswith((".", "__"))
        )
        for name in sorted(names + [each for each in folders if each.endswith(".py")]):
            if not name.endswith(".py") or name.startswith("."):
                continue
            count += 1
            if count > MAX_FILES:
                raise SubmissionError(
                    f"the submission {folder} holds more than {MAX_FILES} Python files; "
                    "hand in the files of the exercise only"
                )
            yield str(Path(place, name).relative_to(folder))


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SubmissionError("is a symbolic link; hand in the file itself") from None
        raise SubmissionError(f"cannot be read ({error.strerror})") from None
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise SubmissionError("is a folder; hand in a file of this name")
        if not stat.S_ISREG(found.st_mode):
            raise SubmissionError("is not a regular file; hand in a plain text file")
        if found.st_size > MAX_FILE_BYTES:
            raise SubmissionError(f"is larger than {MAX_FILE_BYTES >> 20} MiB; hand in source only")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(MAX_FILE_BYTES)
    finally:
        os.close(descriptor)
