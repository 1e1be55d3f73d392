"""What students get, unpacked where there is nothing else: it works, and holds no secret.

The tests use the tiny assignment. One installs with pip from the index; the others run the
grader of this environment in the unpacked folder, which is the same code.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
import zlib
from pathlib import Path

import pytest
import yaml
from tiny import CANARIES, COUNTER, OFF_BY_ONE, STUB, Tiny, command, environment, make

from grader import codec, handout, packing
from grader.errors import SpecError
from grader.spec import read_assignment

PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]


@pytest.fixture
def unpacked(day: Tiny, tmp_path: Path) -> Path:
    """Unpack a handout in a folder with a name as people give it, with no repository around."""
    folder = tmp_path / "Übung 1"
    unpack(packing.zipped(handout.contents(day.assignment)), folder)
    shutil.rmtree(day.root)
    return folder


def unpack(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def check(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(folder, *command("check", *options))


def refusal(day: Tiny, out: Path, *options: str) -> str:
    """Return what is said instead of a handout; nothing else happens."""
    found = day.grader("handout", "tiny", "--out", out, *options)
    assert (found.returncode, found.stdout) == (2, "")
    assert "Traceback" not in found.stderr
    return found.stderr.removeprefix("grader: ")


# --- what is in it ------------------------------------------------------------


def test_a_handout_holds_these_files_and_no_others(day: Tiny) -> None:
    entries = handout.contents(day.assignment)

    wheel = next(name for name in entries if name.startswith("wheels/"))
    machine = {name for name in entries if name.startswith("machine/")}
    given = day.folder.parent / "machine"
    assert machine == {f"machine/{path.name}" for path in given.glob("*.py")}
    assert set(entries) - machine == {
        ".gitignore",
        "README.md",
        "assignment.yaml",
        "checks/visible/__init__.py",
        "checks/visible/check_counter.py",
        "checks/visible/traces.py",
        "corpus/T.1.corpus",
        "corpus/T.2.corpus",
        "counter.py",
        "handout.html",
        "handout.md",
        "requirements.txt",
        wheel,
    }
    assert entries["counter.py"].decode() == STUB
    assert entries["requirements.txt"].decode() == f"./{wheel}\n"


def test_the_specification_is_written_anew_without_what_is_secret(day: Tiny) -> None:
    spec = day.folder / "assignment.yaml"
    more = "python: '>=3.12'\nwrong: {outcomes: [failed]}\n# canary_of_a_comment\n"
    needs = "  T.1: [T.2]\n  T.2: [T.4]\n"
    spec.write_text(spec.read_text("utf-8") + needs + more, encoding="utf-8")

    text = handout.contents(day.assignment)["assignment.yaml"].decode()

    assert "canary" not in text
    assert yaml.safe_load(text) == {
        "title": "Counting",
        "course": "Testing the grader",
        "points": 100,
        "stubs": ["counter.py"],
        "python": ">=3.12",
        "limits": {"cpu_s": 1.0, "wall_s": 5.0, "memory_mb": 512, "processes": 32},
        "prerequisites": {"T.1": ["T.2"]},
        "hidden": {"checks": 2, "points": 50},
    }


def readable(name: str, content: bytes) -> bytes:
    """Return ``content`` with all that is packed in it unpacked."""
    if name.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return b"".join(archive.read(each) for each in archive.namelist())
    if name.endswith(".corpus"):
        return b"".join(codec.Frames().feed(zlib.decompress(content)))
    return content


def test_no_secret_is_in_any_file(day: Tiny) -> None:
    entries = handout.contents(day.assignment)

    whole = {name: readable(name, content) for name, content in entries.items()}
    secrets = [*CANARIES, "for other inputs too", "never exceeds the limit", "Look at the limit"]
    assert [(n, s) for n, text in whole.items() for s in secrets if s.encode() in text] == []
    assert [name for name in entries if "hidden" in name or "reference" in name] == []


def test_adopted_traces_go_along_in_the_corpus_without_whose_they_were(day: Tiny) -> None:
    found = {"from": ["submission of Ann"], "trace": [["new", "c", "Counter", {"limit": 31}]]}
    kept = {"format": 1, "check": "T.1", "parts": [{"part": 1, "name": "", "traces": [found]}]}
    path = day.folder / "checks" / "visible" / "adopted" / "T.1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(kept), encoding="utf-8")

    entries = handout.contents(day.assignment)

    whole = {name: readable(name, content) for name, content in entries.items()}
    assert b'[["new","c","Counter",{"limit":31}]]' in whole["corpus/T.1.corpus"]
    told = [name for name, text in whole.items() if b"of Ann" in text or "adopted/" in name]
    assert told == []


def test_a_visible_check_that_needs_a_hidden_one_is_refused(day: Tiny) -> None:
    visible = day.folder / "checks" / "visible" / "check_counter.py"
    text = "from ..hidden.check_counter import SECRET\n" + visible.read_text("utf-8")
    visible.write_text(text, encoding="utf-8")

    with pytest.raises(SpecError) as refused:
        handout.contents(day.assignment)

    said = str(refused.value)
    assert said.startswith(
        "the handout does not work by itself: "
        "checks/visible/check_counter.py:1: cannot be imported: "
    )
    assert said.endswith("A visible check may use only its own folder and `grader`.")


def test_pictures_of_the_text_go_along_and_others_do_not(day: Tiny) -> None:
    (day.folder / "pictures").mkdir()
    (day.folder / "pictures" / "strip.png").write_bytes(b"\x89PNG")
    (day.folder / "pictures" / "answer.png").write_bytes(b"\x89PNG")
    (day.folder / "handout.md").write_text("# Day\n\n![](pictures/strip.png)\n", encoding="utf-8")

    entries = handout.contents(day.assignment)

    assert [name for name in entries if name.startswith("pictures")] == ["pictures/strip.png"]
    assert b'src="data:image/png;base64,' in entries["handout.html"]


@pytest.mark.parametrize(
    "source", ["../../reference/tiny/a.png", "checks/hidden/a.png", "samples/a.png", "/a.png"]
)
def test_a_picture_from_a_secret_place_is_refused(day: Tiny, source: str) -> None:
    place = day.folder / source
    if not source.startswith("/"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"\x89PNG")
    (day.folder / "handout.md").write_text(f"![]({source})\n", encoding="utf-8")

    with pytest.raises(SpecError, match=r"handout\.md:1: the picture .* cannot be shown"):
        handout.contents(day.assignment)


def test_line_ends_of_the_clone_do_not_matter(day: Tiny) -> None:
    before = handout.contents(day.assignment)
    for path in (day.folder / "stub" / "counter.py", day.folder / "handout.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert handout.contents(day.assignment) == before


# --- the same bytes -----------------------------------------------------------


def test_two_clones_give_the_same_bytes(tmp_path: Path) -> None:
    """Another path, hash seed, time zone, locale and umask, and the inputs drawn anew."""
    one, other = make(tmp_path / "one"), make(tmp_path / "the other")
    shutil.rmtree(other.root / ".grader")
    changed = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONUTF8": "0"}

    one.grader("handout", "tiny", "--out", "a.zip", env=environment(PYTHONHASHSEED="1"))
    other.grader("handout", "tiny", "--out", "a.zip", env=environment(**changed), umask=0o077)

    first, second = (each.root / "a.zip" for each in (one, other))
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode == second.stat().st_mode


# --- writing it ---------------------------------------------------------------


def test_what_was_written_is_said(day: Tiny, tmp_path: Path) -> None:
    out = tmp_path / "day.zip"

    found = day.grader("handout", "tiny", "--out", out)

    assert (found.returncode, found.stderr) == (0, "")
    with zipfile.ZipFile(out) as archive:
        count = len(archive.namelist())
    assert found.stdout.startswith(f"Wrote {out}: {count} files, ")


def test_an_earlier_handout_stays_where_a_new_one_cannot_be_made(day: Tiny, tmp_path: Path) -> None:
    out = tmp_path / "day.zip"
    out.write_bytes(b"earlier")
    (day.folder / "stub" / "counter.py").write_text("stale\n", encoding="utf-8")

    said = refusal(day, out)

    assert said.startswith("the stubs are not those of the reference:\n")
    assert "run `grader stubs" in said
    assert out.read_bytes() == b"earlier"


def test_a_folder_is_not_replaced(day: Tiny, tmp_path: Path) -> None:
    said = refusal(day, tmp_path)

    assert said == f"--out {tmp_path}: is a folder; name a file, such as tiny.zip\n"


def test_a_device_is_not_replaced(day: Tiny, tmp_path: Path) -> None:
    """Root could."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    said = refusal(day, pipe)

    assert said.startswith(f"--out {pipe}: is not a regular file; ")
    assert pipe.is_fifo()


def test_a_place_that_cannot_be_written_is_named(day: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = refusal(day, tmp_path / "file" / "day.zip")

    assert said.startswith(f"--out {tmp_path}/file/day.zip: there is no folder {tmp_path}/file; ")


def test_items_that_are_still_to_be_written_hold_a_handout_back(day: Tiny, tmp_path: Path) -> None:
    spec = day.folder / "assignment.yaml"
    text = spec.read_text("utf-8").replace("points: 100", "points: 103")
    spec.write_text(text + "later: {T.5: 2.5, T.6: 0.5}\n", encoding="utf-8")
    out = tmp_path / "day.zip"

    said = refusal(day, out)
    anyway = day.grader("handout", "tiny", "--out", out, "--allow-later")

    assert f"{spec} $.later: T.5, T.6 (3 points) are still to be written; " in said
    assert "--allow-later" in said
    assert anyway.returncode == 0
    with zipfile.ZipFile(out) as archive:
        told = yaml.safe_load(archive.read("assignment.yaml"))
        text = archive.read("handout.md").decode()
    assert told["later"] == {"T.5": 2.5, "T.6": 0.5}
    assert text.splitlines()[2] == "> **Not here yet,** whatever is said of them below: T.5, T.6."


def test_a_handout_makes_no_handout(unpacked: Path) -> None:
    found = run(unpacked, *command("handout", "--out", "again.zip"))

    assert found.returncode == 2
    assert "has no reference here" in found.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("handout.md", None, "handout.md: does not exist; write it, students need it\n"),
        ("handout.md", b"\xff", "handout.md: is not UTF-8 (byte 0); save it as UTF-8\n"),
        ("handout.md", b"[x](#y)", "handout.md:1: links to '#y', but no heading has that anchor"),
    ],
)
def test_a_text_that_cannot_be_read_is_named(
    day: Tiny, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    (day.folder / name).unlink()
    if content is not None:
        (day.folder / name).write_bytes(content)

    assert said in refusal(day, tmp_path / "day.zip")


# --- at home ------------------------------------------------------------------


def test_the_stubs_earn_nothing_and_say_so(unpacked: Path) -> None:
    found = check(unpacked)

    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.splitlines()[:2] == [
        "T.1    not implemented yet",
        "T.2    not implemented yet",
    ]
    assert "0 of 50 points\n2 more checks (50 points) run after the due date.\n" in found.stdout


def test_a_right_program_earns_every_point_there_is_at_home(unpacked: Path) -> None:
    (unpacked / "counter.py").write_text(COUNTER, encoding="utf-8")

    found = check(unpacked)

    assert found.returncode == 0
    assert "50 of 50 points\n2 more checks (50 points) run after the due date.\n" in found.stdout


def test_json_tells_what_else_will_run(unpacked: Path) -> None:
    told = json.loads(check(unpacked, "--json", "-k", "T.2").stdout)

    assert (told["possible"], told["more_checks"], told["more_points"]) == (10, 2, 50)


def test_a_wrong_program_is_answered_with_a_trace_that_can_be_played_again(unpacked: Path) -> None:
    (unpacked / "counter.py").write_text(OFF_BY_ONE, encoding="utf-8")

    found = check(unpacked)
    again = run(unpacked, *command("repro", f".grader/traces/{unpacked.name}/T.1.json"))

    assert found.returncode == again.returncode == 1
    assert "Run just these steps again:" in found.stdout
    assert "<-- wrong" in again.stdout


def test_the_doctor_finds_nothing_missing(unpacked: Path) -> None:
    assert run(unpacked, *command("doctor")).returncode == 0


def test_plain_pytest_runs_one_test_for_each_check_on_the_files_of_the_folder(
    unpacked: Path,
) -> None:
    stub = run(unpacked, *PYTEST)
    (unpacked / "counter.py").write_text(COUNTER, encoding="utf-8")
    right = run(unpacked, *PYTEST)
    one = run(unpacked, *PYTEST, "checks/visible/check_counter.py", "-k", "T.2")

    assert (stub.returncode, right.returncode, one.returncode) == (1, 0, 0)
    assert "2 failed" in stub.stdout
    assert "not implemented yet" in stub.stdout
    assert "2 passed" in right.stdout
    assert "1 passed, 1 deselected" in one.stdout


def test_pytest_says_in_a_sentence_what_it_cannot_examine(unpacked: Path) -> None:
    (unpacked / "corpus" / "T.1.corpus").unlink()

    found = run(unpacked, *PYTEST, "-k", "T.1")

    assert "T.1.corpus: the recorded inputs of T.1 are missing; unpack again" in found.stdout
    assert "grader/plugin.py" not in found.stdout


def test_a_virtual_environment_inside_is_no_part_of_the_submission(unpacked: Path) -> None:
    venv.create(unpacked / "venv")
    packages = next((unpacked / "venv" / "lib").glob("*/site-packages"))
    for number in range(300):
        (packages / f"module{number}.py").write_text("1 / 0\n", encoding="utf-8")
    (unpacked / "counter.py").write_text(COUNTER, encoding="utf-8")

    assert check(unpacked).returncode == 0


def test_a_reference_nearby_is_not_taken_for_this_handouts(unpacked: Path) -> None:
    """A folder `reference` two levels above belongs to somebody else."""
    stranger = unpacked.parent.parent / "reference" / unpacked.name
    stranger.mkdir(parents=True)

    assert read_assignment(unpacked).reference is None


def test_nothing_slow_is_imported_at_home(unpacked: Path) -> None:
    """Neither what draws inputs nor what writes pages."""
    (unpacked / "counter.py").write_text(COUNTER, encoding="utf-8")
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        "sys.argv = ['grader', 'check']\n"
        "from grader.cli import main\n"
        "main()\n"
    )

    found = run(unpacked, sys.executable, "-c", program)

    loaded = set(found.stdout.splitlines()[-1].split())
    assert found.returncode == 0
    assert "grader.pipeline" in loaded
    assert not loaded & {"hypothesis", "jinja2", "markdown_it", "pytest"}


def test_pip_installs_it_and_a_newer_one_in_its_place(day: Tiny, tmp_path: Path) -> None:
    """In an environment of its own, from the folder, as the README says."""
    folder = tmp_path / "Übung 1"
    entries = handout.contents(day.assignment)
    wheel = next(name for name in entries if name.startswith("wheels/"))
    unpack(packing.zipped(entries), folder)
    venv.create(folder / ".venv", with_pip=True)
    bin_folder = folder / ".venv" / "bin"
    older = tmp_path / "grader-0.1.0+d00000000-py3-none-any.whl"
    older.write_bytes(renamed(entries[wheel], wheel, "0.1.0+d00000000"))

    first = run(folder, bin_folder / "pip", "install", "--no-deps", older)
    installed = run(folder, bin_folder / "pip", "install", "-r", "requirements.txt")
    found = run(folder, bin_folder / "grader", "check")
    version = run(folder, bin_folder / "grader", "--version")

    assert (first.returncode, installed.returncode) == (0, 0), installed.stderr
    assert found.returncode == 1
    assert "0 of 50 points" in found.stdout
    assert version.stdout.split()[-1] == wheel.split("-")[1]


def renamed(content: bytes, name: str, version: str) -> bytes:
    """Return the wheel ``content`` under another version."""
    own = name.split("-")[1].encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return packing.zipped(
            {
                each.replace(own.decode(), version): archive.read(each).replace(
                    own, version.encode()
                )
                for each in archive.namelist()
            }
        )
