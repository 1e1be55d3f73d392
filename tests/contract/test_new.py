"""``grader new``: an assignment that works at once, and nothing at all where it cannot be made."""

import io
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from tiny import Command, environment, in_process, make

from grader import new, packing

FILES = """\
assignments/lab1/assignment.yaml
assignments/lab1/checks/hidden/__init__.py
assignments/lab1/checks/hidden/check_cloakroom.py
assignments/lab1/checks/visible/__init__.py
assignments/lab1/checks/visible/adopted/C.1.json
assignments/lab1/checks/visible/check_cloakroom.py
assignments/lab1/checks/visible/traces.py
assignments/lab1/handout.md
assignments/lab1/samples/counts_from_one/cloakroom.py
assignments/lab1/samples/counts_from_one/sample.yaml
assignments/lab1/stub/cloakroom.py
reference/lab1/cloakroom.py
reference/lab1/wrong/01_hook_stays_taken.py
reference/lab1/wrong/02_highest_hook.py
""".splitlines()


@pytest.fixture
def grader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in this process, by default in an empty folder."""
    return in_process(tmp_path, monkeypatch, capfd)


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file below ``folder`` but the grader's own, and the empty folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if ".grader" not in path.parts and (path.is_file() or not any(path.iterdir()))
    }


# --- what is made -------------------------------------------------------------


def test_an_empty_folder_gets_a_whole_assignment(grader: Command, tmp_path: Path) -> None:
    found = grader("new", "lab1")

    assert (found.returncode, found.stderr) == (0, "")
    assert list(tree(tmp_path)) == FILES


def test_the_commands_that_it_names_work_as_they_stand(grader: Command) -> None:
    said = grader("new", "lab1").stdout
    commands = [shlex.split(line) for line in re.findall("^  grader (.+)", said, re.MULTILINE)]

    statuses = {words[0]: grader(*words).returncode for words in commands}

    assert statuses == {"validate": 0, "grade": 0, "stubs": 0}


@pytest.mark.parametrize(
    ("submission", "outcomes"),
    [
        ("reference/lab1", ["passed", "passed"]),
        ("assignments/lab1/stub", ["not_implemented", "not_implemented"]),
        ("assignments/lab1/samples/counts_from_one", ["failed", "failed"]),
    ],
)
def test_it_can_be_graded_at_once(grader: Command, submission: str, outcomes: list[str]) -> None:
    grader("new", "lab1")

    found = grader("grade", "lab1", submission, "--out", "graded", "--json")

    checks = yaml.safe_load(found.stdout)["checks"]
    assert [check["verdict"]["outcome"] for check in checks] == outcomes


def test_every_assignment_has_a_salt_of_its_own(grader: Command, tmp_path: Path) -> None:
    for name in ("lab1", "lab2"):
        grader("new", name)

    specs = tmp_path.glob("assignments/*/assignment.yaml")
    salts = {yaml.safe_load(spec.read_text(encoding="utf-8"))["salt"] for spec in specs}
    assert len(salts) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", salt) for salt in salts)


def test_below_a_repository_it_joins_the_other_assignments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course = make(tmp_path)
    below = course.root / "assignments" / "tiny" / "checks"

    found = in_process(below, monkeypatch, capfd)("new", "lab1")

    assert found.returncode == 0
    assert (course.root / "assignments" / "lab1" / "assignment.yaml").is_file()
    assert (course.root / "reference" / "lab1" / "cloakroom.py").is_file()
    assert list(below.glob("*/lab1")) == []


def test_an_installed_wheel_makes_one_outside_of_any_repository(tmp_path: Path) -> None:
    """As pip leaves it: with the templates compiled, too."""
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    _, wheel = packing.grader_wheel()
    zipfile.ZipFile(io.BytesIO(wheel)).extractall(installed)
    subprocess.run([sys.executable, "-m", "compileall", "-q", installed], check=True)

    found = subprocess.run(
        [sys.executable, "-m", "grader", "new", "lab1"],
        cwd=empty,
        env=environment(PYTHONPATH=str(installed)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stderr) == (0, "")
    assert list(tree(empty)) == FILES


# --- what is refused ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "../lab1",
        "/lab1",
        ".lab1",
        "_lab1",
        "lab 1",
        "lab1\n",
        "läb1",
        "l" * 65,
    ],
)
def test_a_name_that_cannot_be_a_folders_is_refused(
    grader: Command, tmp_path: Path, name: str
) -> None:
    found = grader("new", name)

    assert found.returncode == 2
    assert "cannot be the name of an assignment; use up to 64 letters, digits" in found.stderr
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["machine", "Machine", "con", "NUL", "com1"])
def test_a_reserved_name_is_refused(grader: Command, tmp_path: Path, name: str) -> None:
    found = grader("new", name)

    assert found.returncode == 2
    assert f"the name '{name}' is reserved" in found.stderr
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("taken", ["assignments/lab1", "reference/lab1", "assignments/LAB1"])
def test_what_exists_is_never_written_over(grader: Command, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir(parents=True)

    found = grader("new", "lab1")

    assert found.returncode == 2
    assert f"{taken} exists already; choose another name" in found.stderr
    assert tree(tmp_path) == {taken: b""}


# --- all or nothing -----------------------------------------------------------


def full(*_: object) -> NoReturn:
    raise OSError(28, "No space left on device")


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("stop", "status"), [(full, 2), (interrupted, 130)])
@pytest.mark.parametrize("moment", ["while writing", "at the second move"])
def test_a_half_made_one_is_removed(
    grader: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    stop: object,
    status: int,
) -> None:
    grader("new", "lab1")
    before = tree(tmp_path)
    if moment == "while writing":
        monkeypatch.setattr(new, "write_stubs", stop)
    else:
        rename = Path.rename
        is_last = lambda path: path.parent.name == "assignments"  # noqa: E731 - one use
        monkeypatch.setattr(
            Path,
            "rename",
            lambda path, target: stop() if is_last(path) else rename(path, target),
        )

    found = grader("new", "lab2")

    assert found.returncode == status
    assert tree(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_closed_is_named(grader: Command, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    found = grader("new", "lab1")

    assert found.returncode == 2
    assert f"lab1 cannot be made in {tmp_path} (Permission denied)" in found.stderr
