"""Uploads as students make them, graded whole: what counts, and what is said of it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from archives import tarred, zipped
from tiny import COUNTER, OFF_BY_ONE, Command, Tiny

SOURCE = COUNTER.encode()


def upload(day: Tiny, files: Mapping[str, bytes]) -> Path:
    folder = day.root / "upload"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def earned(day: Tiny, files: Mapping[str, bytes]) -> tuple[float, dict[str, str], tuple[str, ...]]:
    found = day.grade(upload(day, files))
    return found.earned, found.problems, found.notes


# --- bytes --------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda source: source.replace(b"\n", b"\r\n"),
        lambda source: source.replace(b"\n", b"\r"),
        lambda source: b"\xef\xbb\xbf" + source,
        lambda source: b"\xef\xbb\xbf" + source.replace(b"\n", b"\r\n"),
        lambda source: (
            "# -*- coding: latin-1 -*-\n# \N{LATIN SMALL LETTER E WITH ACUTE}\n".encode("latin-1")
            + source
        ),
    ],
    ids=["CRLF", "CR", "BOM", "BOM and CRLF", "latin-1"],
)
def test_a_file_of_any_editor_is_graded_as_it_is(
    day: Tiny, change: Callable[[bytes], bytes]
) -> None:
    assert earned(day, {"counter.py": change(SOURCE)}) == (100, {}, ())


def test_a_file_in_utf_16_is_told_so(day: Tiny) -> None:
    problem = "counter.py is saved as UTF-16, which Python does not read; save it as UTF-8"

    assert earned(day, {"counter.py": COUNTER.encode("utf-16")}) == (
        0,
        {"counter.py": problem},
        (),
    )


# --- places -------------------------------------------------------------------


def test_modules_beside_a_nested_file_are_importable(day: Tiny) -> None:
    files = {
        "hw1-jane/src/counter.py": b"from mine import Counter\n",
        "hw1-jane/src/mine.py": b"from parts.deep import Counter\n",
        "hw1-jane/src/parts/deep.py": SOURCE,
        "hw1-jane/README.md": b"",
    }

    assert earned(day, files) == (
        100,
        {},
        ("counter.py was taken from the folder 'hw1-jane/src'",),
    )


def test_a_whole_handout_handed_in_is_graded_by_its_stubs(day: Tiny) -> None:
    """Whatever it says of `machine` and of the checks, ours count."""
    broken = b"raise SystemExit('the given package was replaced')\n"
    handout = {
        **{f"day/{name}": broken for name in ("machine/__init__.py", "machine/err.py")},
        "day/machine/recorder.py": broken,
        "day/checks/visible/check_counter.py": b"",
        "day/checks/visible/counter.py": broken,
        "day/corpus/T.1.corpus": b"nothing",
        "day/assignment.yaml": b"points: 1000",
        "day/counter.py": SOURCE,
    }

    assert earned(day, handout) == (100, {}, ("counter.py was taken from the folder 'day'",))


@pytest.mark.parametrize("name", ["machine.py", "machine/__init__.py", "machine/errors.py"])
def test_the_given_package_is_not_replaced(day: Tiny, name: str) -> None:
    files = {"counter.py": SOURCE, name: b"raise SystemExit('replaced')\n"}

    assert earned(day, files) == (100, {}, ())


# --- what is said, and where --------------------------------------------------


@pytest.mark.parametrize("make_archive", [zipped, lambda files: tarred(files, "gz")])
def test_an_archive_is_graded_told_about_and_run_again(
    day: Tiny, grader: Command, make_archive: Callable[[Mapping[str, bytes]], bytes]
) -> None:
    archive = day.root / "jane.bin"
    archive.write_bytes(make_archive({"day1/Counter (1).py": OFF_BY_ONE.encode()}))
    note = "counter.py was taken from 'day1/Counter (1).py'"

    graded = grader("grade", "tiny", archive, "--out", "out")
    report = json.loads((day.root / "out" / "report.json").read_bytes())
    results = json.loads((day.root / "out" / "results.json").read_bytes())
    again = grader("repro", "out/traces/T.1.json")

    assert graded.returncode == 0
    assert f"{note}." in graded.stdout.splitlines()
    assert report["submission"] == "jane.bin"
    assert report["notes"] == [note]
    assert f"{note}." in results["output"].splitlines()
    assert again.returncode == 1
    assert "<-- " in again.stdout


def test_an_ambiguous_file_loses_its_checks_and_says_why(day: Tiny, grader: Command) -> None:
    upload(day, {"counter (1).py": SOURCE, "counter (2).py": SOURCE})
    said = "counter.py: found 'counter (1).py' and 'counter (2).py'; hand in one, named counter.py."

    graded = grader("grade", "tiny", "upload", "--out", "out")
    results = json.loads((day.root / "out" / "results.json").read_bytes())

    assert (graded.returncode, results["score"]) == (0, 0)
    assert said in results["output"].splitlines()
    assert said in results["tests"][0]["output"].replace("\n", " ")


def test_a_refused_archive_leaves_a_result_that_says_why(day: Tiny, grader: Command) -> None:
    (day.root / "jane.zip").write_bytes(zipped({"counter.py": SOURCE})[:-9])

    graded = grader("grade", "tiny", "jane.zip", "--out", "out")
    results = json.loads((day.root / "out" / "results.json").read_bytes())

    assert graded.returncode == 2
    assert results["output"] == (
        "Nothing could be graded: the submission jane.zip is damaged or cut off; "
        "make the archive again"
    )
