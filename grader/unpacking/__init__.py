"""Archives in: relative names and bytes out of a zip or tar that nobody vouches for.

Everything happens in memory; nothing is ever written to a disk, no link is followed,
and only what the caller has room for is decompressed. An archive that contradicts
itself is refused whole; an entry that is no plain file is left out with a reason.

Legend::

    kind      what the first bytes say: "zip", "tar", "gz", "bz2", "xz", or None
    room      a function from a name to the most bytes the caller takes of it, 0 for none
    Entry     Entry("day1/heap.py", b"..."), or Entry("day1/heap.py", problem="is ...")
    Budget    what is left of the caps that all archives of one upload share
"""

from collections.abc import Iterator

from grader.errors import SubmissionError
from grader.unpacking.entry import Budget, Entry, Room, unsafe

__all__ = ["Budget", "Entry", "Room", "kind", "unpack", "unsafe"]

_MAGIC = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
    b"\x1f\x8b": "gz",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
}
_NOT_READ = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
_TAR_MAGIC = slice(257, 262)


def kind(content: bytes) -> str | None:
    """Return which kind of archive ``content`` is, whatever its name; None if it is none.

    Raises SubmissionError for an archive of a kind that is not read.
    """
    for magic, name in _NOT_READ.items():
        if content.startswith(magic):
            raise SubmissionError(f"is a {name} archive, which is not read; hand in a zip instead")
    if content[_TAR_MAGIC] == b"ustar":
        return "tar"
    return next((name for magic, name in _MAGIC.items() if content.startswith(magic)), None)


def unpack(content: bytes, budget: Budget, room: Room) -> list[Entry]:
    """Return the entries of an archive for which there is ``room``, each name once.

    An entry of a name that leads elsewhere comes with a problem. Raises
    SubmissionError, worded to follow the archive's name, for an archive that is
    refused: damaged, contradicting itself, or beyond ``budget``.
    """
    format_ = kind(content)
    if format_ is None:
        raise SubmissionError("is neither a zip nor a tar archive; hand in one of these")
    budget.archive(len(content))
    found: dict[str, Entry] = {}
    for entry in _entries(format_, content, budget, room):
        if entry.name in found:
            problem = entry.problem or "stands in the archive twice; hand in one"
            found[entry.name] = Entry(entry.name, problem=problem)
        else:
            found[entry.name] = entry
    return list(found.values())


def _entries(format_: str, content: bytes, budget: Budget, room: Room) -> Iterator[Entry]:
    if format_ == "zip":
        from grader.unpacking import zips  # noqa: PLC0415 - a folder of files needs no zipfile

        return zips.entries(content, budget, room)
    from grader.unpacking import tars  # noqa: PLC0415 - nor bz2 and lzma

    return tars.entries(content, format_, budget, room)
