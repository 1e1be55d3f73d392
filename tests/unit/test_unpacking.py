"""What comes out of an archive: plain files by relative name, or a reason why not."""

import gzip
import io
import random
import stat
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import run

import pytest
from archives import (
    Raw,
    deflated,
    greedy,
    pax,
    raw_tar,
    raw_zip,
    tar_entry,
    tarred,
    zipped,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader import unpacking
from grader.errors import SubmissionError
from grader.unpacking import Budget, Entry
from grader.unpacking import entry as caps

FILES = {"day1/heap.py": b"HEAP = 1\n" * 50, "buddy.py": b"", "notes.txt": b"hello"}
PACKED = ["", "gz", "bz2", "xz"]


def python_files(name: str) -> int:
    return 1 << 20 if name.endswith(".py") else 0


def unpack(content: bytes) -> dict[str, bytes | str]:
    """Return the content of each Python file, or why there is none."""
    found = unpacking.unpack(content, Budget(), python_files)
    return {entry.name: entry.problem or entry.content for entry in found}


def refusal(content: bytes) -> str:
    with pytest.raises(SubmissionError) as refused:
        unpacking.unpack(content, Budget(), python_files)
    return str(refused.value)


DAMAGED = "is damaged or cut off; make the archive again"
LYING = "contradicts itself; make the archive again"
TRAILING = "holds something after its end; make the archive again"
LINK = "is a symbolic link; hand in the file itself"
NOT_A_FILE = "is not a regular file; hand in a plain text file"


# --- good archives ------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_gives_the_files_that_there_is_room_for(method: int) -> None:
    assert unpack(zipped(FILES, method)) == {
        "day1/heap.py": FILES["day1/heap.py"],
        "buddy.py": b"",
    }


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_of_every_dialect_gives_the_same(packed: str, dialect: int) -> None:
    assert unpack(tarred(FILES, packed, dialect)) == unpack(zipped(FILES))


@pytest.mark.parametrize("dialect", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_long_name_is_put_together(dialect: int) -> None:
    name = f"{'a' * 80}/{'b' * 90}/heap.py"

    assert unpack(tarred({name: b"1"}, dialect=dialect)) == {name: b"1"}


@pytest.mark.parametrize("dialect", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_name_beyond_ascii_is_kept(dialect: int) -> None:
    assert unpack(tarred({"übung/heap.py": b"1"}, dialect=dialect)) == {"übung/heap.py": b"1"}
    assert unpack(zipped({"übung/heap.py": b"1"})) == {"übung/heap.py": b"1"}


def test_a_zip_that_does_not_say_that_its_names_are_utf_8_is_read_as_such() -> None:
    content = raw_zip(Raw("übung/heap.py", b"1"))
    unmarked = content.replace(struct.pack("<HH", 0x800, 8), struct.pack("<HH", 0, 8))

    assert unmarked != content
    assert unpack(unmarked) == {"übung/heap.py": b"1"}


def test_names_come_in_their_plain_form() -> None:
    assert unpack(raw_tar(tar_entry(b"./day1//./heap.py", b"1"))) == {"day1/heap.py": b"1"}


def test_the_systems_own_tar_is_read(tmp_path: Path) -> None:
    (tmp_path / "day1").mkdir()
    (tmp_path / "day1" / "heap.py").write_bytes(b"1")
    run(["tar", "cf", "up.tar", "./day1"], cwd=tmp_path, check=True)

    assert unpack((tmp_path / "up.tar").read_bytes()) == {"day1/heap.py": b"1"}


def test_an_empty_archive_is_no_fault() -> None:
    assert unpack(zipped({})) == unpack(tarred({}, "gz")) == {}


def test_a_comment_of_a_whole_tar_is_passed_over() -> None:
    """`git archive` writes one."""
    content = raw_tar(pax(("comment", "3f2a"), kind=b"g"), tar_entry(b"heap.py", b"1"))

    assert unpack(content) == {"heap.py": b"1"}


def test_a_streamed_zip_with_sizes_behind_the_content_is_read() -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.made = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, content: bytes) -> int:  # type: ignore[override]
            self.made += content
            return len(content)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("heap.py", b"1")

    assert unpack(bytes(stream.made)) == {"heap.py": b"1"}


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 65535, 65536, 65537, 200_000])
@pytest.mark.parametrize("packed", PACKED)
def test_files_of_every_size_come_out_whole(size: int, packed: str) -> None:
    content = random.Random(size).randbytes(size)

    assert unpack(tarred({"a.py": content, "b.py": b"2"}, packed)) == {
        "a.py": content,
        "b.py": b"2",
    }
    assert unpack(zipped({"a.py": content, "b.py": b"2"})) == {"a.py": content, "b.py": b"2"}


# --- kinds --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped(FILES), "zip"),
        (zipped({}), "zip"),
        (tarred(FILES), "tar"),
        (tarred(FILES, "gz"), "gz"),
        (tarred(FILES, "bz2"), "bz2"),
        (tarred(FILES, "xz"), "xz"),
        (b"", None),
        (b"PK = 1\n", None),
        (b"print('ustar')" * 100, None),
    ],
)
def test_the_content_tells_the_kind(content: bytes, kind: str | None) -> None:
    assert unpacking.kind(content) == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"\x28\xb5\x2f\xfd\0", "Zstandard"),
    ],
)
def test_a_kind_that_is_not_read_is_named(content: bytes, name: str) -> None:
    assert refusal(content) == f"is a {name} archive, which is not read; hand in a zip instead"


def test_what_is_no_archive_is_refused() -> None:
    assert refusal(b"hello") == "is neither a zip nor a tar archive; hand in one of these"


def test_a_compressed_file_that_is_no_tar_is_refused() -> None:
    assert refusal(gzip.compress(b"x = 1\n" * 200)) == DAMAGED


# --- entries that are left out ------------------------------------------------


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("../heap.py", "has '..' in its name; make the archive from inside its folder"),
        ("a/../../heap.py", "has '..' in its name; make the archive from inside its folder"),
        ("/etc/heap.py", "has an absolute name; make the archive from inside its folder"),
        ("C:/heap.py", "has an absolute name; make the archive from inside its folder"),
        ("c:heap.py", "has an absolute name; make the archive from inside its folder"),
        (
            "day1\\heap.py",
            "has a backslash in its name; rename it, or make the archive with another tool",
        ),
        ("a" * 300 + ".py", "has a name that is too long; rename it"),
        ("a/" * 600 + "b.py", "has a name that is too long; rename it"),
    ],
)
def test_a_name_that_leads_elsewhere_is_left_out(name: str, problem: str) -> None:
    good = Raw("good.py", b"1")

    assert unpack(raw_zip(good, Raw(name, b"x"))) == {"good.py": b"1", name: problem}
    assert unpack(raw_tar(pax(("path", name)), tar_entry(b"x", b"x"))) == {name: problem}


def test_a_nul_in_a_name_is_left_out() -> None:
    problem = "has a NUL in its name; rename it"

    assert unpack(raw_zip(Raw("heap.py\0.py", b"x"))) == {"heap.py\0.py": problem}


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (Raw("a.py", b"/etc/passwd", mode=stat.S_IFLNK | 0o777), LINK),
        (Raw("a.py", mode=stat.S_IFCHR | 0o666), NOT_A_FILE),
        (Raw("a.py", mode=stat.S_IFIFO | 0o666), NOT_A_FILE),
        (Raw("a.py", b"x", flags=1), "is encrypted; make the archive without a password"),
        (Raw("a.py", b"x", flags=0x41), "is encrypted; make the archive without a password"),
        (
            Raw("a.py", b"x", method=14),
            "is packed in an unusual way; make the archive with another tool",
        ),
        (
            Raw("a.py", b"x", method=99),
            "is packed in an unusual way; make the archive with another tool",
        ),
        (Raw("a.py", b"#" * (2 << 20)), "is larger than 1 MiB; hand in source only"),
    ],
)
def test_an_entry_of_a_zip_that_is_no_plain_file_is_left_out(entry: Raw, problem: str) -> None:
    assert unpack(raw_zip(entry, Raw("b.py", b"2"))) == {"a.py": problem, "b.py": b"2"}


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        (b"1", "is a hard link; hand in the file itself"),
        (b"2", LINK),
        (b"3", NOT_A_FILE),
        (b"4", NOT_A_FILE),
        (b"6", NOT_A_FILE),
        (b"Z", "is of a kind that is not read; hand in a plain text file"),
    ],
)
def test_an_entry_of_a_tar_that_is_no_plain_file_is_left_out(kind: bytes, problem: str) -> None:
    content = raw_tar(tar_entry(b"a.py", kind=kind, link=b"/etc/passwd"), tar_entry(b"b.py", b"2"))

    assert unpack(content) == {"a.py": problem, "b.py": b"2"}


def test_links_that_nobody_needs_are_passed_over() -> None:
    """A virtual environment is full of them."""
    content = raw_tar(tar_entry(b"bin/python", kind=b"2", link=b"/usr/bin/python3"))

    assert unpack(content) == {}


def test_a_file_that_is_too_large_is_left_out_of_a_tar() -> None:
    found = unpack(tarred({"a.py": b"#" * (2 << 20), "b.py": b"2"}))

    assert found == {"a.py": "is larger than 1 MiB; hand in source only", "b.py": b"2"}


def test_a_name_that_stands_twice_is_left_out() -> None:
    problem = "stands in the archive twice; hand in one"

    assert unpack(raw_zip(Raw("a.py", b"1"), Raw("a.py", b"2"))) == {"a.py": problem}
    twice = raw_tar(tar_entry(b"a.py", b"1"), tar_entry(b"./a.py", b"2"))
    assert unpack(twice) == {"a.py": problem}


# --- archives that are refused ------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        raw_zip(Raw("a.py", b"x" * 1000, size=10)),
        raw_zip(Raw("a.py", bytes(2 << 20), size=1000)),
        raw_zip(Raw("a.py", b"x" * 10, size=1000)),
        raw_zip(Raw("a.py", b"x" * 10, size=1000, method=0)),
        raw_zip(Raw("a.py", b"x", crc=1)),
        raw_zip(Raw("a.py", b"x", local="b.py")),
        raw_zip(Raw("a.py", b"x" * 9, method=0, packed_size=5000)),
        raw_zip(Raw("a.py", b"x"), Raw("a.py", b"x", at=0, has_header=False)),
        raw_zip(Raw("a.py", b"x"), Raw("b.py", b"x", at=0)),
        raw_zip(Raw("a.py", b"x" * 100, method=0), Raw("b.py", b"x", at=40)),
        raw_zip(Raw("a.py", b"x", at=3)),
    ],
)
def test_a_zip_that_contradicts_itself_is_refused(content: bytes) -> None:
    assert refusal(content) == LYING


def test_a_zip_whose_packed_bytes_go_on_after_their_end_is_refused() -> None:
    assert refusal(raw_zip(Raw("a.py", b"x", packed=deflated(b"x") + b"more"))) == TRAILING


@pytest.mark.parametrize("packed", PACKED)
def test_a_tar_is_refused_wherever_it_is_cut_off(packed: str) -> None:
    whole = tarred({"a.py": random.Random(1).randbytes(700)}, packed)
    needed = len(whole) if packed else 512 + 1024 + 512
    for length in range(257 + 5, needed, 97):
        assert refusal(whole[:length]) == DAMAGED


def test_a_zip_is_refused_wherever_it_is_cut_off() -> None:
    whole = zipped({"a.py": b"1" * 50, "b.py": b"2"})
    for length in range(4, len(whole)):
        assert refusal(whole[:length]) in (DAMAGED, TRAILING)


@pytest.mark.parametrize(
    "content",
    [
        zipped(FILES) + b"junk",
        zipped(FILES) + zipped(FILES)[:40],
        tarred(FILES) + b"junk",
        raw_tar(tar_entry(b"a.py", b"1")) + raw_tar(tar_entry(b"b.py", b"2")),
        *(tarred(FILES, packed) + b"junk" for packed in PACKED[1:]),
        *(tarred(FILES, packed) * 2 for packed in PACKED[1:]),
    ],
)
def test_an_archive_with_something_behind_it_is_refused(content: bytes) -> None:
    assert refusal(content) in (TRAILING, DAMAGED)


@pytest.mark.parametrize("packed", PACKED[1:])
def test_a_damaged_stream_is_refused(packed: str) -> None:
    whole = bytearray(tarred({"a.py": random.Random(1).randbytes(2000)}, packed))
    whole[len(whole) // 2] ^= 0xFF

    assert refusal(bytes(whole)) == DAMAGED


def test_a_stream_that_asks_for_gigabytes_is_refused() -> None:
    assert refusal(greedy(raw_tar(tar_entry(b"a.py", b"1")))) == DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        raw_tar(tar_entry(b"a.py", b"1", good_sum=False)),
        raw_tar(tar_entry(b"a.py", size=b"9" * 11 + b"\0")),
        raw_tar(tar_entry(b"a.py", size=b"\xff" * 12)),
        raw_tar(tar_entry(b"a.py", size=b"\x80" + b"\xff" * 11)),
        raw_tar(tar_entry(b"a.txt", size=1 << 30)),
        raw_tar(tar_entry(b"a.py", kind=b"1", size=512)),
        raw_tar(tar_entry(b"a", kind=b"5", size=512)),
        raw_tar(tar_entry(b"x", b"nonsense", b"x"), tar_entry(b"a.py", b"1")),
        raw_tar(tar_entry(b"x", b"99 path=a\n", b"x"), tar_entry(b"a.py", b"1")),
        raw_tar(tar_entry(b"x", b"0 path=a\n", b"x"), tar_entry(b"a.py", b"1")),
        raw_tar(pax(("size", "-1")), tar_entry(b"a.py", b"1")),
        raw_tar(pax(("size", "9" * 5000)), tar_entry(b"a.py", b"1")),
        raw_tar(pax(("size", "\N{SUPERSCRIPT TWO}")), tar_entry(b"a.py", b"1")),
        raw_tar(tar_entry(b"a.py", b"1"), end=b""),
        raw_tar(tar_entry(b"a.py", b"1"), end=bytes(100)),
    ],
)
def test_a_tar_that_makes_no_sense_is_refused(content: bytes) -> None:
    assert refusal(content) == DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        raw_tar(tar_entry(b"a.py", kind=b"S")),
        raw_tar(pax(("GNU.sparse.map", "0,1")), tar_entry(b"a.py", b"1")),
        raw_tar(pax(("GNU.sparse.major", "1")), tar_entry(b"a.py", b"1")),
    ],
)
def test_a_sparse_file_in_a_tar_is_refused(content: bytes) -> None:
    assert refusal(content) == "holds a sparse file; make the archive without --sparse"


def test_a_header_beyond_reason_is_refused() -> None:
    long = "has a header that is too long; make the archive with another tool"

    assert refusal(raw_tar(tar_entry(b"x", kind=b"x", size=1 << 33 - 3))) == long
    assert refusal(raw_tar(tar_entry(b"x", kind=b"L", size=1 << 20))) == long


def test_one_name_for_all_files_of_a_tar_is_refused() -> None:
    content = raw_tar(pax(("path", "a.py"), kind=b"g"), tar_entry(b"b.py", b"1"))

    assert refusal(content) == "names all its files alike; make the archive with another tool"


@pytest.mark.parametrize(
    "change",
    [
        lambda end: end[:10] + b"\xff\xff" + end[12:],  # entries
        lambda end: end[:12] + b"\xff\xff\xff\x7f" + end[16:],  # size of the directory
        lambda end: end[:16] + b"\xff\xff\xff\x7f" + end[20:],  # its offset
        lambda end: end[:16] + b"\xff\xff\xff\xff" + end[20:],  # "look at the zip64 record"
    ],
)
def test_a_zip_whose_end_lies_is_refused(change: Callable[[bytes], bytes]) -> None:
    whole = zipped({"a.py": b"1"})
    content = whole[:-22] + change(whole[-22:])

    found = unpack(content) if content[-12:-10] == b"\xff\xff" else refusal(content)

    assert found in (DAMAGED, LYING, {"a.py": b"1"})


def test_zip64_records_that_lie_are_refused() -> None:
    whole = zipped({"a.py": b"1"})
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 1 << 62, 1 << 62)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(whole) - 22, 1)
    end = whole[-22:-10] + b"\xff" * 8 + b"\0\0"

    assert refusal(whole[:-22] + record + locator + end) == DAMAGED


# --- caps ---------------------------------------------------------------------


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(caps, "MAX_ENTRIES", 5)
    monkeypatch.setattr(caps, "MAX_ARCHIVES", 2)
    monkeypatch.setattr(caps, "MAX_UNPACKED_BYTES", 1 << 20)
    monkeypatch.setattr(caps, "RATIO_FROM_BYTES", 1 << 18)
    return


@pytest.mark.usefixtures("small_caps")
@pytest.mark.parametrize("make", [zipped, tarred])
def test_many_entries_are_refused_wanted_or_not(make: Callable[..., bytes]) -> None:
    said = "holds more than 5 entries; leave out virtual environments and caches"

    assert len(unpack(make({f"{n}.py": b"" for n in range(5)}))) == 5
    assert refusal(make({f"{n}.txt": b"" for n in range(6)})) == said


@pytest.mark.usefixtures("small_caps")
@pytest.mark.parametrize("packed", PACKED[1:])
def test_what_unpacks_to_far_more_than_its_size_is_refused(packed: str) -> None:
    content = tarred({"notes.txt": bytes(3 << 20)}, packed)

    assert refusal(content) == "unpacks to more than 200 times its size; hand in source only"


@pytest.mark.usefixtures("small_caps")
def test_the_ratio_counts_over_all_entries_of_a_zip() -> None:
    content = zipped({f"{n}.py": bytes(1 << 20) for n in range(4)})

    assert refusal(content) == "unpacks to more than 200 times its size; hand in source only"


@pytest.mark.usefixtures("small_caps")
@pytest.mark.parametrize("packed", PACKED)
def test_what_unpacks_to_much_is_refused(packed: str) -> None:
    content = tarred({"notes.txt": random.Random(1).randbytes((1 << 20) + 1)}, packed)

    assert refusal(content) == "unpacks to more than 1 MiB; hand in the files of the exercise only"


@pytest.mark.usefixtures("small_caps")
def test_one_budget_counts_over_archives() -> None:
    budget = Budget()
    for _ in range(2):
        unpacking.unpack(zipped({"a.py": b""}), budget, python_files)

    with pytest.raises(SubmissionError, match="holds more than 2 archives"):
        unpacking.unpack(zipped({"a.py": b""}), budget, python_files)
    assert not budget.has_archives_left


def test_only_what_there_is_room_for_is_unpacked() -> None:
    """The content of the other entry does not even unpack."""
    content = raw_zip(Raw("a.bin", b"x", packed=b"\xff\xff\xff"), Raw("b.py", b"2"))

    assert unpack(content) == {"b.py": b"2"}


# --- whatever comes -----------------------------------------------------------

SEEDS = [
    zipped(FILES),
    zipped({"in.zip": zipped(FILES)}),
    *(tarred(FILES, packed) for packed in PACKED),
    tarred({"a" * 150 + "/ü.py": b"1"}),
    tarred({"a" * 150 + "/u.py": b"1"}, dialect=tarfile.GNU_FORMAT),
]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0), st.binary(min_size=1, max_size=4)), max_size=4),
    st.integers(0),
)
def test_a_damaged_archive_gives_entries_or_one_kind_of_error(
    seed: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    content = bytearray(seed)
    for at, patch in changes:
        start = at % len(content)
        content[start : start + len(patch)] = patch[: len(content) - start]
    if cut % 3 == 0:
        del content[cut % len(content) :]

    with suppress(SubmissionError):  # a refusal is the other right answer
        found = unpacking.unpack(bytes(content), Budget(), lambda _: 1 << 20)
        assert all(isinstance(entry, Entry) for entry in found)


def test_a_folder_of_files_needs_no_archive_modules(tmp_path: Path) -> None:
    (tmp_path / "heap.py").write_text("", encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from grader.intake import read_submission\n"
        f"read_submission(Path({str(tmp_path)!r}), ('heap.py',))\n"
        "print(*{'zipfile', 'tarfile', 'bz2', 'lzma', 'shutil'} & {*sys.modules})"
    )
    found = run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout == "\n"
