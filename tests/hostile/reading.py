"""Reads one upload, as the grader does or as too trusting a reader would; says what came of it.

A program of its own, so that memory, time and the end of it can be seen from outside::

    python reading.py READER UPLOAD SECRET [NAME=TARGET]

READER is "ours" or one of READERS. Where NAME=TARGET is given, the file NAME is swapped
for a link to TARGET (or, with an empty TARGET, for a FIFO) when it is about to be opened.
The last line of its output is JSON: did SECRET get into what was read, how much did
memory grow, what was said.
"""

import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import re
import resource
import stat
import struct
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

STUBS = ("counter.py", "other.py")
MEMORY_BYTES = 2 << 30
Found = tuple[Mapping[str, bytes], str]
"""What was read, by name, and what was said of it."""


def ours(upload: Path) -> Found:
    """Read as the grader does."""
    from grader.errors import SubmissionError
    from grader.intake import read_submission

    try:
        found = read_submission(upload, STUBS)
    except SubmissionError as error:
        return {}, str(error)
    return found.files, " ".join(found.problems.values())


# --- readers that trust -------------------------------------------------------


def folder(upload: Path) -> Found:
    """Read every Python file below a folder."""
    return {str(path): path.read_bytes() for path in upload.rglob("*.py")}, ""


def folder_with_links(upload: Path) -> Found:
    """Read likewise, and enter linked folders."""
    found = {}
    for place, _, names in os.walk(upload, followlinks=True):
        for name in names:
            path = Path(place, name)
            found[str(path)] = path.read_bytes()
    return found, ""


def careful_folder(upload: Path) -> Found:
    """Look first whether a file is a link, then open it."""
    names = [path for path in sorted(upload.rglob("*.py")) if not path.is_symlink()]
    return {str(path): path.read_bytes() for path in names if path.is_file()}, ""


def careful_tree(upload: Path) -> Found:
    """Look first whether a folder is a link, then list it."""
    found = {}
    for below in sorted(upload.iterdir()):
        if below.is_dir() and not below.is_symlink():
            names = [entry.path for entry in os.scandir(below)]
            found |= {name: Path(name).read_bytes() for name in names if name.endswith(".py")}
    return found, ""


def unpack_tar(upload: Path) -> Found:
    """Unpack into a folder and read that."""
    with tempfile.TemporaryDirectory() as place, tarfile.open(upload) as archive:
        archive.extractall(place, filter="fully_trusted")  # noqa: S202 - what is to be shown
        return folder(Path(place))


def unpack_zip(upload: Path) -> Found:
    """Write every entry where its name says, links as links."""
    with tempfile.TemporaryDirectory() as place, zipfile.ZipFile(upload) as archive:
        for entry in archive.infolist():
            path = Path(place, entry.orig_filename.replace("\\", "/"))
            with contextlib.suppress(OSError):  # a naive grader goes on with the next entry
                path.parent.mkdir(parents=True, exist_ok=True)
                if stat.S_ISLNK(entry.external_attr >> 16):
                    path.symlink_to(archive.read(entry).decode())
                else:
                    path.write_bytes(archive.read(entry))
        return folder(Path(place))


def zip_in_memory(upload: Path) -> Found:
    """Read every entry of a zip, and of those in it."""

    def inside(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                below = f"{name}/{entry.filename}"
                if below.endswith(".zip"):
                    yield from inside(archive.read(entry), below)
                else:
                    yield below, archive.read(entry)

    return dict(inside(upload.read_bytes(), "")), ""


def zip_by_directory(upload: Path) -> Found:
    """Inflate what the directory points to, whatever sizes and places it states."""
    content = upload.read_bytes()
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            name_bytes, extra_bytes = struct.unpack_from("<HH", content, entry.header_offset + 26)
            start = entry.header_offset + 30 + name_bytes + extra_bytes
            packed = content[start : start + entry.compress_size]
            found[entry.filename] = zlib.decompressobj(-15).decompress(packed)
    return found, ""


def decompressed(upload: Path) -> Found:
    """Decompress the whole file first."""
    content = upload.read_bytes()
    opened = {b"\x1f\x8b": gzip, b"BZ": bz2, b"\xfd7": lzma}[content[:2]].decompress(content)
    return {"": opened}, ""


def tar_by_sizes(upload: Path) -> Found:
    """Go from header to header by the sizes that they state."""
    content = upload.read_bytes()
    at = 0
    while any(content[at : at + 512]):
        field = content[at + 124 : at + 136]
        is_binary = field[0] & 0x80
        size = int.from_bytes(field, "big", signed=True) if is_binary else int(field[:11], 8)
        at += 512 + -(-size // 512) * 512
    return {}, ""


def tar_by_search(upload: Path) -> Found:
    """Search metadata with a pattern, as the standard library did."""
    content = upload.read_bytes()
    re.findall(rb"\d+ GNU.sparse.offset=(\d+)\n", content)
    return {}, ""


READERS = [
    *(ours, folder, folder_with_links, careful_folder, careful_tree, unpack_tar, unpack_zip),
    *(zip_in_memory, zip_by_directory, decompressed, tar_by_sizes, tar_by_search),
]


# --- what is seen of it -------------------------------------------------------


def status(key: str) -> int:
    """Return a size of this process from Linux, in bytes: "VmRSS", "VmHWM"."""
    text = Path("/proc/self/status").read_text()
    (kilobytes,) = re.findall(rf"^{key}:\s+(\d+) kB", text, re.MULTILINE)
    return int(kilobytes) << 10


def swap_when_opened(upload: Path, name: str, target: str) -> None:
    """Swap ``name`` for a link to ``target`` between the look at it and its opening."""
    waiting = [upload / name]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.scandir") and waiting:
            opened = arguments[0]
            if isinstance(opened, str | Path) and Path(opened).name == waiting[0].name:
                path = waiting.pop()
                path.rename(f"{path}.away")
                if target:
                    path.symlink_to(target)
                else:
                    os.mkfifo(path)

    sys.addaudithook(hook)


def main() -> None:
    """Read, then say what came of it."""
    name, upload, secret, *swap = sys.argv[1:]
    reader = {each.__name__: each for each in READERS}[name]
    if name == "ours":
        import grader.intake
        import grader.unpacking.tars
        import grader.unpacking.zips  # noqa: F401 - what is imported is not what is read
    if swap:
        swap_when_opened(Path(upload), *swap[0].split("="))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    before = status("VmRSS")
    found, said = reader(Path(upload))
    held = any(secret.encode() in content for content in found.values())
    print(json.dumps({"held": held, "grown": status("VmHWM") - before, "said": said}))


if __name__ == "__main__":
    main()
