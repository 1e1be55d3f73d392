"""Archives for tests: good ones as tools write them, and bad ones byte by byte.

zipped({"heap.py": b"..."})               a zip file
tarred({"heap.py": b"..."}, "gz")         a tar file, plain or compressed
raw_zip(Raw("heap.py", b"..."), ...)      a zip whose headers say what they are told to
raw_tar((b"heap.py", b"...", {}), ...)    a tar likewise
"""

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNIX = 3 << 8
END = bytes(1024)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of ``files``."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def tarred(
    files: Mapping[str, bytes], packed: str = "", dialect: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar file of ``files``; ``packed`` is "", "gz", "bz2" or "xz"."""
    made = io.BytesIO()
    mode: Any = f"w:{packed}"
    with tarfile.open(fileobj=made, mode=mode, format=dialect) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


@dataclass(frozen=True)
class Raw:
    """One entry of a zip; what is None is what it should be.

    ``at`` is the offset that the directory states, ``local`` the name in the entry's own
    header, ``mode`` Unix permissions and kind.
    """

    name: str
    content: bytes = b""
    method: int = 8
    flags: int = 0
    mode: int = 0o100644
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    local: str | None = None
    at: int | None = None
    has_header: bool = True


def deflated(content: bytes) -> bytes:
    """Return ``content`` as a zip file holds it."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


def raw_zip(*entries: Raw, comment: bytes = b"", after: bytes = b"") -> bytes:
    """Return a zip file whose headers say just what ``entries`` say."""
    body, directory = bytearray(), bytearray()
    for entry in entries:
        at = len(body) if entry.at is None else entry.at
        fields, packed = _fields(entry)
        if entry.has_header:
            local = (entry.name if entry.local is None else entry.local).encode()
            body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, *fields, len(local), 0) + local + packed
        name = entry.name.encode()
        tail = (len(name), 0, 0, 0, 0, entry.mode << 16, at)
        directory += struct.pack("<4sBB5H3I5H2I", b"PK\1\2", 20, 3, 20, *fields, *tail) + name
    sizes = (len(entries), len(entries), len(directory), len(body), len(comment))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *sizes)
    return bytes(body + directory) + end + comment + after


def _fields(entry: Raw) -> tuple[tuple[int, ...], bytes]:
    packed = entry.packed
    if packed is None:
        packed = deflated(entry.content) if entry.method == 8 else entry.content
    size = len(entry.content) if entry.size is None else entry.size
    packed_size = len(packed) if entry.packed_size is None else entry.packed_size
    crc = zlib.crc32(entry.content) if entry.crc is None else entry.crc
    return (entry.flags | 0x800, entry.method, 0, 33, crc, packed_size, size), packed


def greedy(content: bytes) -> bytes:
    """Return ``content`` as a small xz stream that asks for a dictionary of four gigabytes."""
    made = bytearray(lzma.compress(content))
    header = slice(12, 12 + (made[12] + 1) * 4)
    made[made.index(b"\x21\x01", header.start) + 2] = 40
    checked = bytes(made[header.start : header.stop - 4])
    made[header.stop - 4 : header.stop] = struct.pack("<I", zlib.crc32(checked))
    return bytes(made)


def tar_entry(
    name: bytes,
    content: bytes = b"",
    kind: bytes = b"0",
    *,
    size: int | bytes | None = None,
    link: bytes = b"",
    good_sum: bool = True,
) -> bytes:
    """Return one entry of a tar; ``size`` is what its header says, or the very field."""
    stated = len(content) if size is None else size
    field = stated if isinstance(stated, bytes) else b"%011o\0" % stated
    block = bytearray(512)
    block[0 : len(name)] = name
    block[100:124] = b"0000644\x000000000\x000000000\0"
    block[124:136] = field
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % (sum(block) + (not good_sum))
    return bytes(block) + content + bytes(-len(content) % 512)


def raw_tar(*entries: bytes, end: bytes = END) -> bytes:
    """Return a tar of ``entries``, with its end."""
    return b"".join(entries) + end


def pax(*records: tuple[str, str], kind: bytes = b"x") -> bytes:
    """Return the entry of pax records that stands before the file they are about."""
    content = b""
    for key, value in records:
        rest = f" {key}={value}\n".encode()
        length = len(rest)
        while length != len(rest) + len(str(length)):
            length = len(rest) + len(str(length))
        content += str(length).encode() + rest
    return tar_entry(b"PaxHeaders/x", content, kind)
