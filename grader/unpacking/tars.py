r"""Tar files, plain or compressed, in one pass and without looking back.

Not ``tarfile``: before 3.11.10 a header of it costs quadratic time (CVE-2024-6232), before
3.11.14 one makes it read for ever (CVE-2025-8194), and it expands sparse files. What an
upload needs is small: names, sizes and plain files, in the three dialects that tools write.

Legend::

    block     512 bytes: a header, or a part of a file
    ustar     the common dialect; a long name continues in the header's prefix
    GNU       a long name stands before its file as one of its own, of type "L"
    pax       so do records, of type "x": b"22 path=day1/heap.py\n", length first

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.errors import SubmissionError
from grader.unpacking.entry import MAX_UNPACKED_BYTES, Budget, Entry, Room, claim
from grader.unpacking.inflating import DAMAGED, PIECE_BYTES, TRAILING, inflated

BLOCK = 512
MAX_METADATA_BYTES = 1 << 16
_END = bytes(BLOCK)
_FILES = (b"0", b"\0", b"7")
_SPECIAL = {
    b"1": "is a hard link; hand in the file itself",
    b"2": "is a symbolic link; hand in the file itself",
    **dict.fromkeys((b"3", b"4", b"6"), "is not a regular file; hand in a plain text file"),
}
_FOLDER = b"5"
_LONG_NAME, _LONG_LINK, _RECORDS, _RECORDS_FOR_ALL = b"L", b"K", b"x", b"g"
_METADATA = (_LONG_NAME, _LONG_LINK, _RECORDS, _RECORDS_FOR_ALL)
_SPARSE = "holds a sparse file; make the archive without --sparse"


@dataclass(frozen=True)
class _Header:
    name: str
    size: int
    type: bytes


class _Stream:
    """Plain bytes from pieces of any size, exactly as many as are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._ahead = bytearray()

    def read(self, size: int) -> bytes:
        """Return the next ``size`` bytes; raises SubmissionError where there are fewer."""
        while len(self._ahead) < size:
            piece = next(self._pieces, None)
            if piece is None:
                raise SubmissionError(DAMAGED)
            self._ahead += piece
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes without keeping them."""
        while size:
            size -= len(self.read(min(size, PIECE_BYTES)))

    def require_padding(self) -> None:
        """Raise SubmissionError unless zeros are all that is left."""
        if any(self._ahead) or any(any(piece) for piece in self._pieces):
            raise SubmissionError(TRAILING)


def entries(content: bytes, format_: str, budget: Budget, room: Room) -> Iterator[Entry]:
    """Yield the files for which there is ``room``; see `unpack`."""
    pieces = _plain(content, budget) if format_ == "tar" else inflated(content, format_, budget)
    stream = _Stream(pieces)
    said: dict[str, str] = {}  # by the metadata in front of a file
    while (block := stream.read(BLOCK)) != _END:
        budget.entries()
        header = _header(block)
        if header.type in _METADATA:
            said |= _metadata(stream, header)
            continue
        size = _number(said.get("size", ""), header.size)
        _require_clear_size(header, size)
        raw_name = said.get("path", header.name)
        name, most, problem = claim(raw_name, room)
        said = {}
        is_folder = header.type == _FOLDER or raw_name.endswith("/")
        problem = problem or _SPECIAL.get(header.type, "") or _misfit(header, size, most)
        if not most or is_folder or problem:
            stream.skip(size)
            if most and not is_folder:
                yield Entry(name, problem=problem)
        else:
            yield Entry(name, stream.read(size))
        stream.skip(-size % BLOCK)
    stream.require_padding()


def _plain(content: bytes, budget: Budget) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        piece = content[start : start + PIECE_BYTES]
        budget.unpacked(len(piece))
        yield piece


def _misfit(header: _Header, size: int, most: int) -> str:
    if header.type not in _FILES:
        return "is of a kind that is not read; hand in a plain text file"
    return f"is larger than {most >> 20} MiB; hand in source only" if size > most else ""


def _require_clear_size(header: _Header, size: int) -> None:
    """Raise where it is unclear whether bytes follow: readers differ, and so would the names."""
    if header.type == b"S":
        raise SubmissionError(_SPARSE)
    if size > MAX_UNPACKED_BYTES or (size and (header.type in _SPECIAL or header.type == _FOLDER)):
        raise SubmissionError(DAMAGED)


# --- headers ------------------------------------------------------------------


def _header(block: bytes) -> _Header:
    """Return what a header block says; raises SubmissionError where its sum is wrong."""
    stated = _field(block[148:156])
    if stated != sum(block[:148]) + sum(block[156:]) + 8 * ord(" "):
        raise SubmissionError(DAMAGED)
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{_text(block[345:500])}/{name}"
    return _Header(name, _field(block[124:136]), block[156:157])


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _field(field: bytes) -> int:
    """Return a number field: octal digits, or a marked binary number as GNU writes it."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.rstrip(b"\0 ").lstrip(b" ")
    if digits.strip(b"01234567"):
        raise SubmissionError(DAMAGED)
    return int(digits or b"0", 8)


def _number(digits: str, otherwise: int) -> int:
    if not digits:
        return otherwise
    if len(digits) > 20 or not (digits.isascii() and digits.isdigit()):
        raise SubmissionError(DAMAGED)
    return int(digits)


# --- what stands before a file ------------------------------------------------


def _metadata(stream: _Stream, header: _Header) -> Mapping[str, str]:
    """Return what a metadata entry says of the next file: "path", "size", nothing else."""
    if header.size > MAX_METADATA_BYTES:
        raise SubmissionError("has a header that is too long; make the archive with another tool")
    content = stream.read(header.size)
    stream.skip(-header.size % BLOCK)
    if header.type == _LONG_NAME:
        return {"path": _text(content)}
    if header.type == _LONG_LINK:
        return {}
    records = _records(content)
    if any(key.startswith("GNU.sparse") for key in records):
        raise SubmissionError(_SPARSE)
    kept = {key: text for key, text in records.items() if key in ("path", "size")}
    if kept and header.type == _RECORDS_FOR_ALL:
        raise SubmissionError("names all its files alike; make the archive with another tool")
    return kept


def _records(content: bytes) -> dict[str, str]:
    """Return the pax records, in one pass; the length of each counts itself."""
    records = {}
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + 8)
        if space < 0 or not content[at:space].isdigit():
            raise SubmissionError(DAMAGED)
        end = at + int(content[at:space])
        key, equals, value = content[space + 1 : end].partition(b"=")
        if not space + 1 < end <= len(content) or not equals or not value.endswith(b"\n"):
            raise SubmissionError(DAMAGED)
        text = value[:-1].decode("utf-8", "surrogateescape")
        records[key.decode("utf-8", "surrogateescape")] = text
        at = end
    return records
