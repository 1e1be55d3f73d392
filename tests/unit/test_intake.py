"""A submission is read as bytes of regular files; no link, name or size is trusted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader import intake
from grader.errors import SubmissionError
from grader.intake import read_submission

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
            "\N{REPLACEMENT CHARACTER}.py has a name that is not plain text; rename it"
        )
    }
    assert set(found.files) == {"counter.py", "other.py"}


def test_control_characters_in_a_name_do_not_reach_a_terminal(folder: Path) -> None:
    (folder / "a\x1b[31m\n.py").symlink_to("/")

    found = read_submission(folder, STUBS)

    assert [each for each in found.problems.values() if not each.isprintable()] == []


# --- nothing to grade at all --------------------------------------------------


def refusal(folder: Path) -> str:
    with pytest.raises(SubmissionError) as refused:
        read_submission(folder, STUBS)
    return str(refused.value)


def test_a_submission_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "bob") == (
        f"the submission {tmp_path}/bob does not exist; give the folder with counter.py"
    )


def test_a_submission_that_is_a_file_is_refused(folder: Path) -> None:
    assert refusal(folder / "counter.py") == (
        f"the submission {folder}/counter.py is not a folder; give the folder with counter.py"
    )


def test_300_files_are_refused(folder: Path) -> None:
    for number in range(300):
        (folder / f"f{number}.py").write_text("", encoding="utf-8")

    assert refusal(folder) == (
        f"the submission {folder} holds more than 200 Python files; "
        "hand in the files of the exercise only"
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
