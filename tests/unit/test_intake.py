"""A submission is read as bytes of regular files; no link, name or size is trusted."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from archives import Raw, pax, raw_tar, raw_zip, tar_entry, tarred, zipped

from grader import intake
from grader.errors import SubmissionError
from grader.intake import read_submission
from grader.unpacking import entry as caps

STUBS = ("counter.py", "other.py")
CANARY = "canary-of-another-file"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ann"
    made.mkdir()
    (made / "counter.py").write_text("pass\n", encoding="utf-8")
    (made / "other.py").write_text("pass\n", encoding="utf-8")
    return made


@contextmanager
def as_nobody() -> Iterator[None]:
    """Lose root's right to read everything, where there is one to lose."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)


# --- what counts --------------------------------------------------------------


def test_the_python_files_are_read_by_relative_name(folder: Path) -> None:
    (folder / "bins").mkdir()
    (folder / "bins" / "__init__.py").write_bytes(b"A = 1\n")
    (folder / "notes.txt").write_text("not Python", encoding="utf-8")

    found = read_submission(folder, STUBS)

    assert found.name == "ann"
    assert found.files == {
        "bins/__init__.py": b"A = 1\n",
        "counter.py": b"pass\n",
        "other.py": b"pass\n",
    }
    assert found.problems == {}


def test_hidden_folders_and_caches_do_not_count(folder: Path) -> None:
    for name in (".git", "__pycache__", ".venv"):
        (folder / name).mkdir()
        (folder / name / "x.py").write_text("", encoding="utf-8")
    (folder / ".hidden.py").write_text("", encoding="utf-8")

    assert set(read_submission(folder, STUBS).files) == {"counter.py", "other.py"}


def test_files_far_down_do_not_count(folder: Path) -> None:
    deep = folder.joinpath("a", "b", "c", "d")
    (deep / "e").mkdir(parents=True)
    (deep / "x.py").write_text("", encoding="utf-8")
    (deep / "e" / "y.py").write_text("", encoding="utf-8")

    assert set(read_submission(folder, STUBS).files) == {"counter.py", "other.py", "a/b/c/d/x.py"}


def test_bytes_that_are_not_text_are_passed_on_as_they_are(folder: Path) -> None:
    (folder / "counter.py").write_bytes(b"\xff\0")

    assert read_submission(folder, STUBS).files["counter.py"] == b"\xff\0"


# --- what does not ------------------------------------------------------------


def problem(folder: Path) -> str:
    """Return the one problem of ``folder``, which is about counter.py."""
    found = read_submission(folder, STUBS)
    assert list(found.files) == ["other.py"]
    assert list(found.problems) == ["counter.py"]
    return found.problems["counter.py"]


def test_a_missing_stub_is_a_problem(folder: Path) -> None:
    (folder / "counter.py").unlink()

    assert problem(folder) == (
        "counter.py is missing from the submission; add it, unchanged if need be"
    )


def test_a_folder_of_a_stubs_name_is_a_problem(folder: Path) -> None:
    (folder / "counter.py").unlink()
    (folder / "counter.py").mkdir()

    assert problem(folder) == "counter.py is a folder; hand in a file of this name"


@pytest.mark.parametrize("target", ["secret.txt", "other.py", "nowhere", "counter.py", "/", "."])
def test_a_symbolic_link_is_a_problem_wherever_it_points(folder: Path, target: str) -> None:
    (folder.parent / "secret.txt").write_text(CANARY, encoding="utf-8")
    (folder / "counter.py").unlink()
    (folder / "counter.py").symlink_to("../secret.txt" if target == "secret.txt" else target)

    assert problem(folder) == "counter.py is a symbolic link; hand in the file itself"


def test_a_linked_folder_is_not_entered(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere" / "x.py").write_text(CANARY, encoding="utf-8")
    (folder / "linked").symlink_to("../elsewhere")

    assert set(read_submission(folder, STUBS).files) == {"counter.py", "other.py"}


def test_a_pipe_is_a_problem_and_is_not_waited_for(folder: Path) -> None:
    (folder / "counter.py").unlink()
    os.mkfifo(folder / "counter.py")

    assert problem(folder) == "counter.py is not a regular file; hand in a plain text file"


def test_a_huge_file_is_a_problem(folder: Path) -> None:
    with (folder / "counter.py").open("wb") as file:
        file.truncate(1 << 40)

    assert problem(folder) == "counter.py is larger than 1 MiB; hand in source only"


def test_a_file_that_cannot_be_read_is_a_problem(folder: Path) -> None:
    for place in (folder, folder.parent, *folder.parent.parents[:2]):
        place.chmod(0o755)
    (folder / "counter.py").chmod(0)

    with as_nobody():
        said = problem(folder)

    assert said == "counter.py cannot be read (Permission denied)"


def test_a_file_that_grows_while_it_is_read_is_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_FILE_BYTES", 4)
    (folder / "counter.py").write_bytes(b"12345")
    (folder / "other.py").write_bytes(b"1234")

    assert read_submission(folder, STUBS).files == {"other.py": b"1234"}


def test_a_name_that_is_not_text_is_a_problem_that_can_be_written_down(folder: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")

    found = read_submission(folder, STUBS)

    assert found.problems == {
        "\N{REPLACEMENT CHARACTER}.py": (
            "the file '\N{REPLACEMENT CHARACTER}.py' has a name that is not plain text; rename it"
        )
    }
    assert set(found.files) == {"counter.py", "other.py"}


def test_control_characters_in_a_name_do_not_reach_a_terminal(folder: Path) -> None:
    (folder / "a\x1b[31m\n.py").symlink_to("/")

    found = read_submission(folder, STUBS)

    assert [each for each in found.problems.values() if not each.isprintable()] == []


# --- uploads as students make them --------------------------------------------

GOOD = {"counter.py": b"C = 1\n", "other.py": b"O = 1\n", "mine.py": b"M = 1\n"}


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Make a folder of ``files``."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


JUNK = {
    **below("__MACOSX", {f"._{name}": b"\0\5\x16\7" for name in GOOD}),
    **below("__pycache__", {"counter.cpython-311.pyc": b"\xa7\r"}),
    **below(".venv/lib/python3.11/site-packages", GOOD),
    **below("venv/lib", GOOD),
    **below("env/lib/python3.11/site-packages", GOOD),
    **below("node_modules/x", GOOD),
    **below(".git", GOOD),
    ".DS_Store": b"\0\0\0\1Bud1",
    "Thumbs.db": b"\xd0\xcf",
    "._counter.py": b"\0\5\x16\7",
    "report.pdf": b"%PDF-1.7",
}
HANDOUT = {
    **below("checks/visible", {"__init__.py": b"", "check_counter.py": b"", "counter.py": b"x"}),
    **below("machine", {"__init__.py": b"raise SystemExit", "counter.py": b"x"}),
    **below("corpus", {"T.1.corpus": b"x", "counter.py": b"x"}),
    **below("wheels", {"grader-0.1.0-py3-none-any.whl": zipped(GOOD)}),
    **below(".grader/traces", {"counter.py": b"x"}),
    **below("graded", {"counter.py": b"x"}),
    "assignment.yaml": b"title: x",
    "requirements.txt": b"./wheels/x.whl",
    "README.md": b"",
}


@pytest.mark.parametrize("around", ["", "day1/", "hw1-jane/src/"])
@pytest.mark.parametrize("rest", [{}, JUNK, HANDOUT], ids=["alone", "junk", "handout"])
@pytest.mark.parametrize(
    "packed", ["folder", "zip", "tar", "tar.gz", "zip in a zip", "in a folder"]
)
def test_an_upload_gives_the_same_files_however_it_is_packed(
    tmp_path: Path, around: str, rest: Mapping[str, bytes], packed: str
) -> None:
    files = {around + name: content for name, content in (GOOD | dict(rest)).items()}
    upload = tmp_path / "jane.bin"
    if packed == "folder":
        put(upload, files)
    elif packed == "in a folder":
        put(upload, {"day1.zip": zipped(files), "README.txt": b""})
    else:
        makers = {"zip": zipped, "tar": tarred, "tar.gz": lambda each: tarred(each, "gz")}
        inner = {"jane.zip": zipped(files), "__MACOSX/._jane.zip": b"\0"}
        upload.write_bytes(zipped(inner) if packed == "zip in a zip" else makers[packed](files))

    found = read_submission(upload, STUBS)

    assert found.files == GOOD
    assert found.problems == {}
    assert found.name == "jane.bin"
    assert len(found.notes) == (around != "" or packed in ("zip in a zip", "in a folder"))


def test_what_was_taken_from_elsewhere_is_told(tmp_path: Path) -> None:
    put(tmp_path, {"day1/counter (1).py": b"1", "day1/other.py": b"2"})

    assert read_submission(tmp_path, STUBS).notes == (
        "other.py was taken from the folder 'day1'",
        "counter.py was taken from 'day1/counter (1).py'",
    )


def test_an_ambiguous_file_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    put(tmp_path, {"counter (1).py": b"1", "counter (2).py": b"2", "other.py": b"3"})

    found = read_submission(tmp_path, STUBS)

    assert found.problems == {
        "counter.py": (
            "counter.py: found 'counter (1).py' and 'counter (2).py'; hand in one, named counter.py"
        )
    }
    assert found.files["other.py"] == b"3"
    assert "counter.py" not in found.files


def test_an_archive_beside_complete_files_is_not_opened(folder: Path) -> None:
    put(folder, {"old.zip": b"PK\3\4 damaged", "huge.rar": b"Rar!\x1a\7"})

    assert read_submission(folder, STUBS).problems == {}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("hw.zip", b"PK\3\4 damaged", "is damaged or cut off; make the archive again"),
        ("hw.zip", b"hello", "is neither a zip nor a tar archive; hand in one of these"),
        ("hw.rar", b"Rar!\x1a\7\0", "is a RAR archive, which is not read; hand in a zip instead"),
        (
            "hw.7z",
            b"7z\xbc\xaf\x27\x1c",
            "is a 7z archive, which is not read; hand in a zip instead",
        ),
        (
            "hw.zip",
            raw_zip(Raw("counter.py", b"x", size=9)),
            "contradicts itself; make the archive again",
        ),
    ],
)
def test_an_archive_that_is_refused_is_a_problem_and_the_rest_is_read(
    folder: Path, name: str, content: bytes, problem: str
) -> None:
    (folder / "counter.py").unlink()
    put(folder, {name: content})

    found = read_submission(folder, STUBS)

    assert found.problems[name] == f"the file '{name}' {problem}"
    assert set(found.problems) == {name, "counter.py"}
    assert set(found.files) == {"other.py"}


def test_archives_are_opened_two_deep(tmp_path: Path) -> None:
    two = zipped({"b.zip": zipped(GOOD)})
    put(tmp_path / "two", {"a.zip": two})
    put(tmp_path / "three", {"c.zip": zipped({"a.zip": two})})

    assert read_submission(tmp_path / "two", STUBS).files == GOOD
    assert read_submission(tmp_path / "three", STUBS).problems["c.zip/a.zip/b.zip"] == (
        "the file 'c.zip/a.zip/b.zip' lies in an archive in an archive; "
        "hand in the files themselves"
    )


def test_more_archives_than_anybody_hands_in_are_not_opened(tmp_path: Path) -> None:
    put(tmp_path, {f"{number:03}.zip": zipped({"x.py": b""}) for number in range(300)})

    found = read_submission(tmp_path, STUBS)

    assert found.problems["016.zip"] == (
        "the file '016.zip' is one archive too many; hand in the files themselves"
    )
    assert set(found.problems) == {"016.zip", *STUBS}


def test_an_entry_that_is_left_out_is_told_under_its_stubs_name(tmp_path: Path) -> None:
    link = raw_tar(
        tar_entry(b"day1/counter.py", kind=b"2", link=b"/etc/passwd"),
        tar_entry(b"day1/other.py", b"2"),
    )
    (tmp_path / "up.tar").write_bytes(link)

    assert read_submission(tmp_path / "up.tar", STUBS).problems == {
        "counter.py": ("counter.py: 'day1/counter.py' is a symbolic link; hand in the file itself")
    }


def test_a_name_that_leads_elsewhere_is_a_problem_and_no_candidate(tmp_path: Path) -> None:
    content = raw_tar(
        pax(("path", "../counter.py")), tar_entry(b"x", b"1"), tar_entry(b"d/counter.py", b"2")
    )
    (tmp_path / "up.tar").write_bytes(content)

    found = read_submission(tmp_path / "up.tar", STUBS)

    assert found.files == {"counter.py": b"2"}
    assert found.problems["../counter.py"] == (
        "the file '../counter.py' has '..' in its name; make the archive from inside its folder"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "x = 1\n".encode("utf-16"),
            "is saved as UTF-16, which Python does not read; save it as UTF-8",
        ),
        (
            "x = 1\n\n\n".encode("utf-16-le"),
            "is saved as UTF-16, which Python does not read; save it as UTF-8",
        ),
        (
            "x = 1\n\n\n".encode("utf-16-be"),
            "is saved as UTF-16, which Python does not read; save it as UTF-8",
        ),
        (
            zipped(GOOD),
            "is a zip archive with the name of a Python file; hand in the file inside",
        ),
    ],
)
def test_a_file_that_is_no_source_text_is_named_for_what_it_is(
    folder: Path, content: bytes, problem: str
) -> None:
    (folder / "counter.py").write_bytes(content)

    assert read_submission(folder, STUBS).problems == {"counter.py": f"counter.py {problem}"}


@pytest.mark.parametrize(
    "content",
    [b"x = 1\r\ny = 2\r\n", b"x = 1\ry = 2\r", b"\xef\xbb\xbfx = 1\n", b"", b"x", b"\0" * 20],
)
def test_other_bytes_are_not_touched(folder: Path, content: bytes) -> None:
    (folder / "counter.py").write_bytes(content)

    assert read_submission(folder, STUBS).files["counter.py"] == content


# --- nothing to grade at all --------------------------------------------------


def refusal(folder: Path) -> str:
    with pytest.raises(SubmissionError) as refused:
        read_submission(folder, STUBS)
    return str(refused.value)


def test_a_submission_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "bob") == (
        f"the submission {tmp_path}/bob does not exist; "
        "give the folder with counter.py, or a zip or tar archive of it"
    )


def test_a_submission_that_is_a_file_is_refused(folder: Path) -> None:
    assert refusal(folder / "counter.py") == (
        f"the submission {folder}/counter.py is not a folder; "
        "give the folder with counter.py, or a zip or tar archive of it"
    )


def test_a_linked_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.zip").write_bytes(zipped(GOOD))
    (tmp_path / "up.zip").symlink_to("real.zip")

    assert refusal(tmp_path / "up.zip") == (
        f"the submission {tmp_path}/up.zip is a symbolic link; hand in the file itself"
    )


def test_a_pipe_in_place_of_an_archive_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "up.zip")

    assert refusal(tmp_path / "up.zip") == (
        f"the submission {tmp_path}/up.zip is not a regular file; hand in a plain text file"
    )


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "up.zip").write_bytes(zipped(GOOD)[:-30])

    assert refusal(tmp_path / "up.zip") == (
        f"the submission {tmp_path}/up.zip is damaged or cut off; make the archive again"
    )


def test_an_archive_of_any_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "up.zip").open("wb") as file:
        file.truncate(1 << 40)

    assert refusal(tmp_path / "up.zip") == (
        f"the submission {tmp_path}/up.zip is larger than 32 MiB; hand in source only"
    )


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / ("x" * 300)).endswith(
        "x cannot be read (File name too long); open it to the grader"
    )


def test_a_refusal_holds_no_control_characters(tmp_path: Path) -> None:
    (tmp_path / "ann\x1b]52;c;eA==\x07.zip").write_bytes(b"hello")

    assert refusal(tmp_path / "ann\x1b]52;c;eA==\x07.zip").isprintable()


def test_300_files_are_refused(folder: Path) -> None:
    for number in range(300):
        (folder / f"f{number}.py").write_text("", encoding="utf-8")

    assert refusal(folder) == (
        f"the submission {folder} holds more than 200 Python files; "
        "hand in the files of the exercise only"
    )


def test_a_crowded_folder_is_refused_before_it_is_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caps, "MAX_ENTRIES", 5)
    for number in range(4):
        (folder / f"{number}.txt").write_text("", encoding="utf-8")

    assert refusal(folder) == (
        f"the submission {folder} holds more than 5 entries; "
        "leave out virtual environments and caches"
    )


def test_more_source_than_anybody_writes_is_refused(folder: Path) -> None:
    for number in range(5):
        (folder / f"f{number}.py").write_bytes(b"#" * (1 << 20))

    assert refusal(folder) == (
        f"the submission {folder} holds more than 4 MiB of Python; "
        "hand in the files of the exercise only"
    )


def test_an_empty_folder_misses_every_stub(tmp_path: Path) -> None:
    found = read_submission(tmp_path, STUBS)

    assert found.files == {}
    assert list(found.problems) == ["counter.py", "other.py"]


def test_a_folder_that_cannot_be_listed_is_refused(folder: Path) -> None:
    for place in (folder.parent, *folder.parent.parents[:2]):
        place.chmod(0o755)
    folder.chmod(0)

    with as_nobody():
        said = refusal(folder)
    folder.chmod(0o755)

    assert said == (
        f"the submission {folder} cannot be read (Permission denied); open it to the grader"
    )
