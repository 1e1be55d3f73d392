"""Hostile uploads: what is handed in reads, writes, fills and stops nothing.

Each attack is tried twice: on the intake, where it must fail, and on a reader that trusts
(`reading.py`) or a tool that students' folders can take over, where it must work. What
"work" means stands with the attack::

    "reads"       the secret, a file outside of the upload, gets into what was read
    "writes"      a file outside comes to be
    "memory"      the process grows by more than ``cap_bytes``
    "no result"   the process hangs, burns its CPU time or dies
"""

import bz2
import gzip
import json
import lzma
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from archives import Raw, greedy, pax, raw_tar, raw_zip, tar_entry, zipped

READING = Path(__file__).with_name("reading.py")
SECRET = "the-answer-is-7a1f93"
CAP_BYTES = 64 << 20
BOMB_BYTES = 80 << 20
MIB = bytes(1 << 20)
GOOD = {"other.py": b"O = 1\n"}


@dataclass(frozen=True)
class Place:
    """Where an attack is built: the upload to be, and what lies outside of it."""

    root: Path

    @property
    def secret(self) -> Path:
        """A folder outside with a file that holds SECRET."""
        return self.root / "outside"

    @property
    def written(self) -> Path:
        """A file outside that does not exist."""
        return self.root / "outside" / "written.py"

    def folder(self) -> Path:
        """Make an upload that is a folder with one good file."""
        made = self.root / "upload"
        made.mkdir()
        (made / "other.py").write_bytes(GOOD["other.py"])
        return made

    def archive(self, content: bytes) -> Path:
        """Make an upload that is an archive."""
        made = self.root / "upload.bin"
        made.write_bytes(content)
        return made


@dataclass(frozen=True)
class Attack:
    """One upload, what it wins, and the reader on which it is known to win it."""

    name: str
    wins: str
    build: Callable[[Place], Path]
    control: str
    cap_bytes: int = CAP_BYTES
    swap: str = ""
    only_root: bool = False

    def __str__(self) -> str:
        return self.name


# --- bombs --------------------------------------------------------------------


def zeros(compressor: Callable[[bytes], bytes]) -> Callable[[Place], Path]:
    def build(place: Place) -> Path:
        return place.archive(compressor(tar_entry(b"counter.py", bytes(BOMB_BYTES))))

    return build


def lying_zip(place: Place) -> Path:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = stream.compress(bytes(BOMB_BYTES)) + stream.flush()
    return place.archive(raw_zip(Raw("counter.py", packed=packed, size=100, crc=0)))


def overlapping_zip(place: Place) -> Path:
    """Every entry of the directory is the same megabyte."""
    names = [Raw(f"{n}.py", MIB, at=0, has_header=False) for n in range(BOMB_BYTES >> 20)]
    return place.archive(raw_zip(Raw("counter.py", MIB), *names))


def nested_zip(place: Place) -> Path:
    """Make a kilobyte of zips in zips in zips, five each."""
    content = zipped({f"{n}.py": MIB for n in range(5)})
    for _ in range(2):
        content = zipped({f"{n}.zip": content for n in range(5)})
    return place.archive(content)


def wide_zip(place: Place) -> Path:
    content = zipped({f"{n}.py": MIB for n in range(12)})
    return place.archive(zipped({f"{n}.zip": content for n in range(8)}))


def crowded_zip(place: Place) -> Path:
    """Three hundred thousand empty entries, in fewer bytes than an archive may have."""
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *(20, 0, 0, 0, 33), 0, 0, 0, 1, 0) + b"x"
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", *(20, 20, 0, 0, 0, 33), 0, 0, 0, 1, *([0] * 6))
    count = 300_000
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65535, 65535, count * 47, len(local), 0)
    content = local + (entry + b"x") * count + end
    return place.archive(content)


def greedy_xz(place: Place) -> Path:
    return place.archive(greedy(raw_tar(tar_entry(b"counter.py", b"x"))))


def huge_file(place: Place) -> Path:
    folder = place.folder()
    with (folder / "counter.py").open("wb") as file:
        file.truncate(1 << 40)
    return folder


def crowded_folder(place: Place) -> Path:
    folder = place.folder()
    descriptor = os.open(folder, os.O_RDONLY)
    for number in range(100_000):
        os.mknod(f"{number}.py", dir_fd=descriptor)
    os.close(descriptor)
    return folder


BOMBS = [
    Attack(
        "a zip of zeros",
        "memory",
        lambda place: place.archive(zipped({"counter.py": bytes(BOMB_BYTES)})),
        "zip_in_memory",
    ),
    Attack("a zip that states another size", "memory", lying_zip, "zip_by_directory"),
    Attack("a zip of overlapping entries", "memory", overlapping_zip, "zip_by_directory"),
    Attack("a zip in a zip in a zip", "memory", nested_zip, "zip_in_memory"),
    Attack("many zips in a zip", "memory", wide_zip, "zip_in_memory"),
    Attack("a zip of a crowd of entries", "memory", crowded_zip, "zip_in_memory"),
    Attack("a gzip bomb", "memory", zeros(gzip.compress), "decompressed"),
    Attack("a bzip2 bomb", "memory", zeros(bz2.compress), "decompressed"),
    Attack("an xz bomb", "memory", zeros(lambda tar: lzma.compress(tar, preset=0)), "decompressed"),
    Attack("an xz stream that asks for memory", "no result", greedy_xz, "decompressed"),
    Attack("a huge sparse file", "no result", huge_file, "folder"),
    Attack("a crowded folder", "memory", crowded_folder, "folder", cap_bytes=24 << 20),
]


# --- metadata -----------------------------------------------------------------


def endless_tar(place: Place) -> Path:
    """State a size of minus one block: whoever adds it up stays where he is."""
    size = (-512).to_bytes(12, "big", signed=True)
    return place.archive(raw_tar(tar_entry(b"counter.py", size=size)))


def slow_tar(place: Place) -> Path:
    return place.archive(raw_tar(tar_entry(b"x", b"1" * (8 << 20), b"x")))


METADATA = [
    Attack("a tar that leads back to itself", "no result", endless_tar, "tar_by_sizes"),
    Attack("a tar whose metadata takes for ever", "no result", slow_tar, "tar_by_search"),
]


# --- out of the upload --------------------------------------------------------


def in_zip(
    name: Callable[[Place], str], content: bytes = b"x", mode: int = 0o100644
) -> Callable[[Place], Path]:
    return lambda place: place.archive(raw_zip(Raw(name(place), content, mode=mode)))


def in_tar(*entries: Callable[[Place], bytes]) -> Callable[[Place], Path]:
    return lambda place: place.archive(raw_tar(*(entry(place) for entry in entries)))


def up(place: Place) -> str:
    """Return a relative name that leads to the file to write, from any folder."""
    return "../" * 40 + str(place.written)[1:]


def linked_zip(place: Place) -> Path:
    target = str(place.secret / "secret.py").encode()
    return place.archive(raw_zip(Raw("counter.py", target, mode=stat.S_IFLNK | 0o777)))


def link_entry(place: Place) -> bytes:
    return tar_entry(b"counter.py", kind=b"2", link=bytes(place.secret / "secret.py"))


def hard_link_entry(place: Place) -> bytes:
    return tar_entry(b"counter.py", kind=b"1", link=bytes(place.secret / "secret.py"))


def linked_folder_entry(place: Place) -> bytes:
    return tar_entry(b"d", kind=b"2", link=bytes(place.secret))


ESCAPES = [
    Attack("a zip with ..", "writes", in_zip(up), "unpack_zip"),
    Attack("a zip with an absolute name", "writes", in_zip(lambda p: str(p.written)), "unpack_zip"),
    Attack(
        "a zip with backslashes", "writes", in_zip(lambda p: up(p).replace("/", "\\")), "unpack_zip"
    ),
    Attack("a zip with a link", "reads", linked_zip, "unpack_zip"),
    Attack(
        "a tar with ..",
        "writes",
        in_tar(lambda p: pax(("path", up(p))), lambda _: tar_entry(b"x", b"x")),
        "unpack_tar",
    ),
    Attack(
        "a tar with an absolute name",
        "writes",
        in_tar(lambda p: pax(("path", str(p.written))), lambda _: tar_entry(b"x", b"x")),
        "unpack_tar",
    ),
    Attack("a tar with a link to the reference", "reads", in_tar(link_entry), "unpack_tar"),
    Attack("a tar with a hard link", "reads", in_tar(hard_link_entry), "unpack_tar"),
    Attack(
        "a tar that writes through a link of its own",
        "writes",
        in_tar(linked_folder_entry, lambda _: tar_entry(b"d/written.py", b"x")),
        "unpack_tar",
    ),
    Attack(
        "a tar that reads through a link of its own",
        "reads",
        in_tar(
            linked_folder_entry, lambda _: tar_entry(b"counter.py", kind=b"2", link=b"d/secret.py")
        ),
        "unpack_tar",
    ),
    Attack(
        "a tar with a FIFO",
        "no result",
        in_tar(lambda _: tar_entry(b"counter.py", kind=b"6")),
        "unpack_tar",
    ),
    Attack(
        "a tar with a device",
        "no result",
        in_tar(lambda _: device_entry()),
        "unpack_tar",
        only_root=True,
    ),
]


def device_entry() -> bytes:
    """Return an entry that is /dev/zero."""
    entry = tarfile.TarInfo("counter.py")
    entry.type, entry.devmajor, entry.devminor, entry.mode = tarfile.CHRTYPE, 1, 5, 0o666
    return entry.tobuf(tarfile.USTAR_FORMAT)


# --- a folder that is not what it seems ---------------------------------------


def with_file(make: Callable[[Place, Path], object]) -> Callable[[Place], Path]:
    def build(place: Place) -> Path:
        folder = place.folder()
        make(place, folder / "counter.py")
        return folder

    return build


def listening(_place: Place, path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # the whole path may be too long for a socket
        server.bind(path.name)
        os.chdir(here)


def looping(place: Place) -> Path:
    folder = place.folder()
    for name in "abc":
        (folder / name).symlink_to(".")
    return folder


def swapped_folder(place: Place) -> Path:
    folder = place.folder()
    (folder / "day1").mkdir()
    (folder / "day1" / "counter.py").write_text("x = 1\n")
    (place.secret / "counter.py").write_text(SECRET)
    return folder


def plain(_place: Place, path: Path) -> None:
    path.write_text("x = 1\n")


DISGUISES = [
    Attack(
        "a link to the reference",
        "reads",
        with_file(lambda place, path: path.symlink_to(place.secret / "secret.py")),
        "folder",
    ),
    Attack(
        "a linked folder",
        "reads",
        with_file(lambda place, path: path.with_name("d").symlink_to(place.secret)),
        "folder_with_links",
    ),
    Attack("links in a circle", "no result", looping, "folder_with_links"),
    Attack("a FIFO", "no result", with_file(lambda _, path: os.mkfifo(path)), "folder"),
    Attack("a socket", "no result", with_file(listening), "folder"),
    Attack(
        "a device",
        "no result",
        with_file(lambda _, path: os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))),
        "folder",
        only_root=True,
    ),
    Attack(
        "a link to a device",
        "no result",
        with_file(lambda _, path: path.symlink_to("/dev/zero")),
        "folder",
    ),
    Attack(
        "a file swapped for a link", "reads", with_file(plain), "careful_folder", swap="counter.py"
    ),
    Attack("a folder swapped for a link", "reads", swapped_folder, "careful_tree", swap="day1"),
    Attack(
        "a file swapped for a FIFO",
        "no result",
        with_file(plain),
        "careful_folder",
        swap="counter.py to a FIFO",
    ),
]

ATTACKS = [*BOMBS, *METADATA, *ESCAPES, *DISGUISES]


# --- the trial ----------------------------------------------------------------


def won(attack: Attack, reader: str, tmp_path: Path) -> tuple[bool, str]:
    """Return whether ``attack`` got what it wanted from ``reader``, and what was said."""
    place = Place(tmp_path)
    place.secret.mkdir()
    (place.secret / "secret.py").write_text(SECRET)
    upload = attack.build(place)
    before = sorted(place.secret.iterdir())
    swap = []
    if attack.swap:
        target = {"counter.py": place.secret / "secret.py", "day1": place.secret}
        swap = [f"{attack.swap.split()[0]}={target.get(attack.swap, '')}"]
    seconds = 3 if reader != "ours" and attack.wins == "no result" else 30
    process = subprocess.run(
        [sys.executable, str(READING), reader, str(upload), SECRET, *swap],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: restrict(seconds),
    )
    if attack.wins == "writes":
        return sorted(place.secret.iterdir()) != before, process.stderr
    if process.returncode:
        return attack.wins == "no result", process.stderr
    told = json.loads(process.stdout)
    if attack.wins == "memory":
        return told["grown"] > attack.cap_bytes, f"grown by {told['grown'] >> 20} MiB"
    return attack.wins == "reads" and told["held"], told["said"]


def restrict(seconds: int) -> None:
    """Bound the time of this process, used or waited: a hang becomes an end by a signal."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.alarm(seconds)


def needs(attack: Attack) -> None:
    if attack.only_root and os.geteuid() != 0:
        pytest.skip("only root makes a device")


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_a_hostile_upload_gets_nothing(tmp_path: Path, attack: Attack) -> None:
    needs(attack)

    has_won, said = won(attack, "ours", tmp_path)

    assert not has_won, said
    assert "Traceback" not in said


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_works_on_a_reader_that_trusts(tmp_path: Path, attack: Attack) -> None:
    needs(attack)

    has_won, said = won(attack, attack.control, tmp_path)

    assert has_won, said
