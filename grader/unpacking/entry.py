"""One entry of an archive, the names it may have, and the caps on all of them together."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from grader.errors import SubmissionError

MAX_ARCHIVES = 16
MAX_ENTRIES = 20_000
MAX_UNPACKED_BYTES = 64 << 20
MAX_RATIO = 200
RATIO_FROM_BYTES = 1 << 20
MAX_NAME_BYTES = 1000
MAX_PART_BYTES = 255

Room = Callable[[str], int]
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Entry:
    """One file by its relative name; ``problem`` says, after the name, why it is left out."""

    name: str
    content: bytes = b""
    problem: str = ""


class Budget:
    """The caps that all archives of one upload share; each method may raise SubmissionError."""

    def __init__(self) -> None:
        self._archives = 0
        self._entries = 0
        self._packed = 0
        self._unpacked = 0

    @property
    def has_archives_left(self) -> bool:
        """Whether one more archive may be opened."""
        return self._archives < MAX_ARCHIVES

    def archive(self, packed_bytes: int) -> None:
        """Count an archive of ``packed_bytes``, be it handed in or inside another."""
        self._archives += 1
        self._packed += packed_bytes
        if self._archives > MAX_ARCHIVES:
            raise SubmissionError(
                f"holds more than {MAX_ARCHIVES} archives; hand in the files themselves"
            )

    def entries(self, count: int = 1) -> None:
        """Count entries, wanted or not."""
        self._entries += count
        if self._entries > MAX_ENTRIES:
            raise SubmissionError(
                f"holds more than {MAX_ENTRIES} entries; leave out virtual environments and caches"
            )

    def unpacked(self, size: int) -> None:
        """Count bytes that come out of an archive, before there is memory for them."""
        self._unpacked += size
        if self._unpacked > MAX_UNPACKED_BYTES:
            raise SubmissionError(
                f"unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB; "
                "hand in the files of the exercise only"
            )
        if self._unpacked > max(RATIO_FROM_BYTES, MAX_RATIO * self._packed):
            raise SubmissionError(
                f"unpacks to more than {MAX_RATIO} times its size; hand in source only"
            )


def claim(name: str, room: Room) -> tuple[str, int, str]:
    """Return an entry's name in its plain form, the most bytes to take of it, and its problem.

    A name that leads elsewhere is a problem only where a Python file has it.
    """
    problem = unsafe(name)
    if problem:
        return name, int(name.lower().endswith(".py")), problem
    plain = "/".join(part for part in name.split("/") if part not in ("", "."))
    return plain, room(plain), ""


def unsafe(name: str) -> str:
    """Return why ``name`` may lead out of a folder or cannot be a file's, "" if it may be."""
    if "\0" in name:
        return "has a NUL in its name; rename it"
    if "\\" in name:
        return "has a backslash in its name; rename it, or make the archive with another tool"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute name; make the archive from inside its folder"
    parts = name.removesuffix("/").split("/")
    if ".." in parts:
        return "has '..' in its name; make the archive from inside its folder"
    sizes = [len(part.encode(errors="surrogatepass")) for part in parts]
    if sum(sizes) + len(sizes) > MAX_NAME_BYTES or max(sizes) > MAX_PART_BYTES:
        return "has a name that is too long; rename it"
    return ""
