"""Whatever is handed in: one clear message, the right outcome, a valid results.json.

Each case runs the command `grader grade` and looks at everything that it leaves.
"""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tiny import COUNTER, Tiny, command, environment, in_process

from grader.corpus import corpus_folder

PASSWD = Path("/etc/passwd")


class Graded(NamedTuple):
    """What one run of ``grader grade`` left."""

    status: int
    said: str
    result: dict[str, Any]
    first: dict[str, Any]


@pytest.fixture
def grade(
    day: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[[Path], Graded]:
    """Grade a folder; whatever happens there is no traceback and a valid results.json."""
    grader = in_process(day.root, monkeypatch, capfd)

    def run(folder: Path) -> Graded:
        found = grader("grade", "tiny", folder, "--out", tmp_path / "out")
        everything = found.stdout + found.stderr
        for path in (tmp_path / "out").rglob("*.*"):
            everything += path.read_text(encoding="utf-8")
        result = json.loads((tmp_path / "out" / "results.json").read_bytes())
        assert "Traceback" not in everything
        assert not PASSWD.is_file() or PASSWD.read_text("utf-8")[:20] not in everything
        assert 0 <= result["score"] <= 100
        first = result["tests"][0] if result["tests"] else {}
        return Graded(found.returncode, found.stdout + found.stderr, result, first)

    return run


# --- a file that cannot be used -----------------------------------------------


def bad_file(folder: Path, what: str) -> None:
    """Put something else in the place of counter.py."""
    path = folder / "counter.py"
    path.unlink()
    if what == "a folder":
        path.mkdir()
        (path / "inside.py").write_text("x = 1\n", encoding="utf-8")
    elif what == "a link to a file":
        (folder / "real.py").write_text(COUNTER, encoding="utf-8")
        path.symlink_to("real.py")
    elif what == "a dangling link":
        path.symlink_to("nowhere.py")
    elif what == "a link to a secret":
        path.symlink_to(PASSWD)
    elif what == "a link to itself":
        path.symlink_to("counter.py")
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a huge file":
        with path.open("wb") as file:
            file.truncate(1 << 33)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("nothing", "counter.py is missing from the submission; add it, unchanged if need be."),
        ("a folder", "counter.py is a folder; hand in a file of this name."),
        ("a link to a file", "counter.py is a symbolic link; hand in the file itself."),
        ("a dangling link", "counter.py is a symbolic link; hand in the file itself."),
        ("a link to a secret", "counter.py is a symbolic link; hand in the file itself."),
        ("a link to itself", "counter.py is a symbolic link; hand in the file itself."),
        ("a pipe", "counter.py is not a regular file; hand in a plain text file."),
        ("a huge file", "counter.py is larger than 1 MiB; hand in source only."),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_to_do(
    day: Tiny, grade: Callable[[Path], Graded], what: str, said: str
) -> None:
    folder = day.submission()
    bad_file(folder, what)

    found = grade(folder)

    assert (found.status, found.result["score"]) == (0, 0)
    assert found.result["output"].splitlines()[-1] == said
    assert found.first["output"] == f"not implemented yet\n{said}"
    assert said in found.said


# --- a program that cannot be run ---------------------------------------------


@pytest.mark.parametrize(
    ("source", "mark", "said"),
    [
        (
            "def (:\n",
            "exception",
            "counter.py cannot be imported: SyntaxError: invalid syntax (counter.py, line 1).",
        ),
        (
            "import os\n\nraise RuntimeError('not today')\n",
            "exception",
            "counter.py cannot be imported: RuntimeError: not today.",
        ),
        ("import sys\nsys.exit(1)\n", "exception", "counter.py cannot be imported: SystemExit: 1."),
        (b"x = '\xff'\n", "exception", "counter.py cannot be imported: SyntaxError: "),
        (b"\0\0\0\0", "exception", "counter.py cannot be imported: SyntaxError: source code"),
        ("", "exception", "Step 1, `counter = Counter(limit=1)`, raised AttributeError"),
        (
            "import os\nos._exit(0)\n",
            "crashed",
            "While counter.py was imported: the program ended itself (exit status 0).",
        ),
        (
            "import os\nos.abort()\n",
            "crashed",
            "imported: the program was ended by signal SIGABRT.",
        ),
        ("while True: pass\n", "timed out", "imported: no answer in time; it may run forever."),
        ("x = [0]\nwhile True: x += x\n", "out of memory", "MemoryError"),
    ],
    ids=[
        *("syntax", "raises", "exits", "latin-1", "nul", "empty", "os-exits", "aborts", "loops"),
        "hogs",
    ],
)
def test_a_program_that_cannot_be_imported_is_told_why(
    day: Tiny, grade: Callable[[Path], Graded], source: str | bytes | None, mark: str, said: str
) -> None:
    found = grade(day.submission(source))

    assert (found.status, found.result["score"]) == (0, 0)
    assert found.first["output"].splitlines()[0] == mark
    assert said in " ".join(found.first["output"].split())


@pytest.mark.parametrize(
    ("body", "mark", "said"),
    [
        ("while True: pass", "timed out", "no answer in time"),
        ("import sys; sys.exit(0)", "exception", "raised SystemExit"),
        ("import os; os._exit(0)", "crashed", "the program ended itself (exit status 0)"),
        ("import os; os.kill(os.getpid(), 9)", "crashed", "ended by signal SIGKILL"),
        ("import os; os.kill(0, 15)", "crashed", "ended by signal SIGTERM"),
        ("return self.add(n)", "exception", "RecursionError: maximum recursion depth exceeded"),
        ("raise ValueError('\\x1b[31m' * 99)", "exception", "ValueError: \ufffd[31m"),
        ("import os; os.write(3, b'x' * 99)", "crashed", "channel"),
    ],
    ids=["loops", "exits", "os-exits", "killed", "group-killed", "recurses", "colours", "garbage"],
)
def test_a_call_that_does_not_return_is_told_at_its_step(
    day: Tiny, grade: Callable[[Path], Graded], body: str, mark: str, said: str
) -> None:
    if mark == "timed out":
        day.as_handout()  # making it smaller takes seconds and is looked at elsewhere

    found = grade(day.submission(COUNTER.replace("self._value += n", body)))

    assert (found.status, found.first["score"]) == (0, 0)
    assert found.first["output"].splitlines()[0] == mark
    assert said in " ".join(found.first["output"].split())
    assert "counter.add(" in found.first["output"]
    assert "\x1b" not in json.dumps(found.result, ensure_ascii=False) + found.said


@pytest.mark.parametrize("place", ["import", "call"])
def test_a_megabyte_of_print_changes_nothing(
    day: Tiny, grade: Callable[[Path], Graded], place: str
) -> None:
    flood = "print('x' * (1 << 20))"
    source = (
        f"{flood}\n{COUNTER}"
        if place == "import"
        else COUNTER.replace("self._value += n", f"{flood}; self._value += n")
    )

    found = grade(day.submission(source))

    assert (found.status, found.result["score"]) == (0, 100)
    assert "xxx" not in found.said


# --- a folder that cannot be used ---------------------------------------------


def test_an_empty_folder_gets_no_points_and_is_told_what_is_missing(
    day: Tiny, grade: Callable[[Path], Graded]
) -> None:
    found = grade(day.submission(None))

    assert (found.status, found.result["score"]) == (0, 0)
    assert found.result["output"].endswith(
        "counter.py is missing from the submission; add it, unchanged if need be."
    )


def test_300_files_are_not_graded(day: Tiny, grade: Callable[[Path], Graded]) -> None:
    folder = day.submission()
    for number in range(300):
        (folder / f"file_{number}.py").write_text("", encoding="utf-8")

    found = grade(folder)

    assert found.status == 2
    assert found.result["output"].startswith("Nothing could be graded: the submission")
    assert "more than 200 Python files; hand in the files of the exercise only" in found.said


def test_eight_megabytes_of_source_are_not_graded(
    day: Tiny, grade: Callable[[Path], Graded]
) -> None:
    folder = day.submission()
    for number in range(9):
        (folder / f"file_{number}.py").write_bytes(b"#" * (1 << 20))

    found = grade(folder)

    assert found.status == 2
    assert "more than 4 MiB of Python" in found.said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "does not exist; give the folder with counter.py"),
        ("ann/counter.py", "is not a folder; give the folder with counter.py"),
    ],
)
def test_a_submission_that_is_no_folder_is_not_graded(
    day: Tiny, grade: Callable[[Path], Graded], name: str, said: str
) -> None:
    found = grade(day.submission().parent / name)

    assert (found.status, found.result["score"], found.result["tests"]) == (2, 0, [])
    assert said in found.said


def test_a_strange_file_name_does_not_matter(day: Tiny, grade: Callable[[Path], Graded]) -> None:
    folder = day.submission()
    for name in (b"\xff.py", b"a\nb.py", b"\x1b[31m.py", b"-rf.py", "\u202e.py".encode()):
        try:
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x = 1\n")
        except OSError:
            continue

    found = grade(folder)

    assert (found.status, found.result["score"]) == (0, 100)
    assert "\x1b" not in found.said


# --- an out folder that cannot be used ----------------------------------------


def run_grade(day: Tiny, out: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return day.grader("grade", "tiny", day.submission(), "--out", out, **options)


def test_an_out_folder_that_is_a_file_is_refused(day: Tiny, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")

    found = run_grade(day, tmp_path / "out")

    assert found.returncode == 2
    assert (
        found.stderr
        == f"grader: --out {tmp_path}/out: cannot be made (File exists); name a folder\n"
    )
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_results_that_are_a_folder_are_a_fault_with_a_next_step(day: Tiny, tmp_path: Path) -> None:
    (tmp_path / "out" / "results.json").mkdir(parents=True)

    found = run_grade(day, tmp_path / "out")

    assert found.returncode == 3
    assert re_one_line(found.stderr, "results.json: cannot be written (Is a directory)")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 64 KiB, where that is allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=64k", "tiny", str(place)]
    if (
        shutil.which("mount") is None
        or subprocess.run(mounting, capture_output=True, check=False).returncode
    ):
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_a_fault_and_the_pessimistic_result_stays(
    day: Tiny, tiny_disk: Path
) -> None:
    (tiny_disk / "filler").write_bytes(bytes(56 << 10))

    found = run_grade(day, tiny_disk / "out")

    result = json.loads((tiny_disk / "out" / "results.json").read_bytes())
    assert found.returncode == 3
    assert re_one_line(found.stderr, "cannot be written (No space left on device)")
    assert (result["score"], result["tests"]) == (0, [])
    assert not list((tiny_disk / "out").glob(".writing-*"))


def test_a_limit_on_file_sizes_is_a_fault_like_a_full_disk(day: Tiny, tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    visible = day.folder / "checks" / "visible" / "check_counter.py"
    before = corpus_folder(day.assignment)
    text = visible.read_text(encoding="utf-8")
    visible.write_text(text.replace("Adding returns the sum", "word " * 20_000), "utf-8")
    before.rename(corpus_folder(day.assignment))  # the words of a check change no input

    found = subprocess.run(
        command("grade", "tiny", day.submission(), "--out", tmp_path / "out"),
        cwd=day.root,
        env=environment(),
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert found.returncode == 3
    assert re_one_line(found.stderr, "cannot be written (File too large)")
    assert json.loads((tmp_path / "out" / "results.json").read_bytes())["score"] == 0


def test_a_corpus_that_cannot_be_kept_is_a_fault_with_a_next_step(
    day: Tiny, tmp_path: Path
) -> None:
    shutil.rmtree(day.root / ".grader")
    (day.root / ".grader").write_text("in the way", encoding="utf-8")

    found = run_grade(day, tmp_path / "out")

    assert found.returncode == 3
    assert re_one_line(found.stderr, "the recorded inputs cannot be written")


def re_one_line(said: str, part: str) -> bool:
    """Return whether ``said`` is one line of ours with ``part`` in it."""
    return said.startswith("grader: ") and said.count("\n") == 1 and part in said


# --- an assignment that cannot be used ----------------------------------------


def grade_with(day: Tiny, tmp_path: Path, old: str, new: str) -> subprocess.CompletedProcess[str]:
    spec = day.folder / "assignment.yaml"
    text = spec.read_text(encoding="utf-8")
    assert old in text
    spec.write_text(text.replace(old, new), encoding="utf-8")
    return run_grade(day, tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Counting", "title: Counting\ntitle: Again", "assignment.yaml:2: the key 'title'"),
        ("title: Counting", "titel: Counting", "assignment.yaml:1 $.titel: unknown key 'titel'"),
        ("points: 100", "points: 99", "$.points: is 99, but the checks have 100"),
        ("points: 100", "points: many", "assignment.yaml:3 $.points: Expected `int`, got `str`"),
        ("T.3: [T.1]", "T.3: [T.9]", "$.prerequisites.T.3: there is no check T.9"),
        ("T.3: [T.1]", "T.3: [T.4]\n  T.4: [T.3]", "$.prerequisites: T.3, T.4 need each other"),
        ("title: Counting", "title: 'Counting", "assignment.yaml:"),
    ],
)
def test_a_mistake_of_the_instructor_exits_with_2_and_gives_no_zero(
    day: Tiny, tmp_path: Path, old: str, new: str, said: str
) -> None:
    found = grade_with(day, tmp_path, old, new)

    assert found.returncode == 2
    assert re_one_line(found.stderr, said)
    assert not (tmp_path / "out" / "report.json").exists()


def test_a_check_that_cannot_be_imported_exits_with_2(day: Tiny, tmp_path: Path) -> None:
    (day.folder / "checks" / "visible" / "check_more.py").write_text("1 / 0\n", encoding="utf-8")

    found = run_grade(day, tmp_path / "out")

    assert found.returncode == 2
    assert re_one_line(found.stderr, "check_more.py:1: cannot be imported: ZeroDivisionError")


def test_a_judge_that_breaks_on_a_submission_costs_one_check_and_is_told_to_the_instructor(
    day: Tiny, tmp_path: Path
) -> None:
    wrong = day.submission(COUNTER.replace('{"limit"', '{"Limit"'), name="bob")

    found = day.grader("grade", "tiny", wrong, "--out", tmp_path / "out")

    defects = [line for line in found.stdout.splitlines() if "T.4 cannot judge" in line]
    assert found.returncode == 0
    assert len(defects) == 1
    assert "cannot judge" not in (tmp_path / "out" / "results.json").read_text("utf-8")
