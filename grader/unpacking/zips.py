"""Zip files: the directory is zipfile's to read, every byte it promises is checked here.

``zipfile`` before 3.11.8 reads overlapping entries, and a declared size may be a lie in
all of them. So each entry's place, name, length and checksum must agree, no two entries
may share a byte, and what is packed in another way than plain or deflated is left out.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from grader.errors import SubmissionError
from grader.unpacking.entry import Budget, Entry, Room, claim
from grader.unpacking.inflating import DAMAGED, TRAILING, inflated

_DIRECTORY_ENTRY = b"PK\x01\x02"
_DIRECTORY_END = struct.Struct("<4s16xH")
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1 | 0x20 | 0x40
_UTF_8 = 0x800
_UNIX = 3
LYING = "contradicts itself; make the archive again"


def entries(content: bytes, budget: Budget, room: Room) -> Iterator[Entry]:
    """Yield the files for which there is ``room``; see `unpack`."""
    budget.entries(content.count(_DIRECTORY_ENTRY))  # before there is an object for each
    _require_end(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            directory, end = archive.infolist(), archive.start_dir
    except (
        *(zipfile.BadZipFile, NotImplementedError, struct.error),
        *(ValueError, OverflowError, OSError, EOFError, LookupError),
    ) as error:
        raise SubmissionError(DAMAGED) from error
    places = _places(content, directory, end)
    for header in directory:
        name, most, problem = claim(_shown_name(header), room)
        if most and not header.orig_filename.endswith("/"):
            problem = problem or _problem(header, most)
            start = places[header.header_offset]
            unpacked = b"" if problem else _unpacked(content, header, start, budget)
            yield Entry(name, unpacked, problem)


def _require_end(content: bytes) -> None:
    """Raise unless the last end record closes the file: then every reader sees the same zip."""
    at = content.rfind(b"PK\x05\x06")
    if at < 0 or at + _DIRECTORY_END.size > len(content):
        raise SubmissionError(DAMAGED)
    _, comment_bytes = _DIRECTORY_END.unpack_from(content, at)
    if at + _DIRECTORY_END.size + comment_bytes != len(content):
        raise SubmissionError(TRAILING)


def _places(content: bytes, directory: list[zipfile.ZipInfo], end: int) -> dict[int, int]:
    """Return where the bytes of each entry start, by the offset of its header.

    Raises SubmissionError where a header is not what the directory says, or where two
    entries overlap: that is how kilobytes become terabytes.
    """
    places = {}
    free_from = 0
    for header in sorted(directory, key=lambda header: header.header_offset):
        at = header.header_offset
        if at < free_from or at + _LOCAL_HEADER.size > end:
            raise SubmissionError(LYING)
        magic, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(content, at)
        name_at = at + _LOCAL_HEADER.size
        start = name_at + name_bytes + extra_bytes
        free_from = start + header.compress_size
        raw_name = content[name_at : name_at + name_bytes]
        if magic != b"PK\x03\x04" or raw_name != _raw_name(header) or free_from > end:
            raise SubmissionError(LYING)
        places[at] = start
    return places


def _raw_name(header: zipfile.ZipInfo) -> bytes:
    """Return the name's bytes; ``orig_filename`` is the same in every version of zipfile."""
    return header.orig_filename.encode("utf-8" if header.flag_bits & _UTF_8 else "cp437")


def _shown_name(header: zipfile.ZipInfo) -> str:
    """Return the name; macOS and others write UTF-8 without saying so."""
    try:
        return _raw_name(header).decode("utf-8")
    except UnicodeDecodeError:
        return header.orig_filename


def _problem(header: zipfile.ZipInfo, most: int) -> str:
    """Return why an entry is left out, "" if it is a plain file that fits."""
    mode = header.external_attr >> 16 if header.create_system == _UNIX else 0
    if stat.S_ISLNK(mode):
        return "is a symbolic link; hand in the file itself"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is not a regular file; hand in a plain text file"
    if header.flag_bits & _ENCRYPTED:
        return "is encrypted; make the archive without a password"
    if header.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in an unusual way; make the archive with another tool"
    if header.file_size > most:
        return f"is larger than {most >> 20} MiB; hand in source only"
    return ""


def _unpacked(content: bytes, header: zipfile.ZipInfo, start: int, budget: Budget) -> bytes:
    """Return the bytes of an entry, which are as many and as intact as its header says."""
    packed = memoryview(content)[start : start + header.compress_size]
    if header.compress_type == zipfile.ZIP_STORED:
        budget.unpacked(len(packed))
        found = bytes(packed)
    else:
        made = bytearray()
        for piece in inflated(packed, "deflate", budget):
            made += piece
            if len(made) > header.file_size:
                raise SubmissionError(LYING)
        found = bytes(made)
    if len(found) != header.file_size or zlib.crc32(found) != header.CRC:
        raise SubmissionError(LYING)
    return found
