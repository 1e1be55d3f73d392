"""A course may give nothing: then there is no package ``machine``, in any tier."""

from contextlib import suppress
from pathlib import Path

import pytest
from tiny import in_process, job, make

from grader import confine
from grader.errors import GraderFault, SpecError
from grader.replay import Bench

PROGRAM = b"""
import errno

def refuse():
    raise OSError(errno.ENOSPC, "full")

def give():
    import machine
"""


def tiers() -> list[str]:
    """Return the letters of the tiers that stand here."""
    found = []
    for letter in "ABCD":
        with suppress(GraderFault):  # this place does not allow that tier
            found.append(confine.tier(letter).letter)
    return found


@pytest.mark.parametrize("letter", tiers())
def test_a_submission_runs_without_a_given_package(letter: str) -> None:
    steps = [["fn", "refuse", []], ["fn", "give", []]]

    with Bench({"mod.py": PROGRAM}, None, tier=confine.tier(letter)) as bench:
        answer = bench.run(job(steps))

    assert answer.texts == (b'[["err","ENOSPC"],["raise","ModuleNotFoundError"]]',)


def test_a_package_that_was_lost_costs_nobody_a_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The reference misses it first, so nothing is graded."""
    course = make(tmp_path)
    (course.root / "assignments" / "machine").rename(tmp_path / "elsewhere")
    grader = in_process(course.root, monkeypatch, capfd)

    found = grader("grade", "tiny", course.submission(), "--out", "graded")

    assert found.returncode == SpecError.exit_code
    assert "No module named 'machine'" in found.stderr
    assert not (course.root / "graded" / "report.json").exists()


def test_the_doctor_asks_only_for_what_the_course_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course = make(tmp_path)
    given = course.root / "assignments" / "machine"
    given.rename(tmp_path / "elsewhere")

    found = in_process(course.root, monkeypatch, capfd)("doctor", "tiny")

    assert found.returncode == 0
    assert "machine in a worker" not in found.stdout


def test_the_doctor_tries_any_package_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also one without a heap, and without recorded stand-ins."""
    course = make(tmp_path)
    given = course.root / "assignments" / "machine"
    given.rename(tmp_path / "elsewhere")
    given.mkdir()
    (given / "__init__.py").write_text('"""Nothing in it."""\n', encoding="utf-8")

    found = in_process(course.root, monkeypatch, capfd)("doctor", "tiny")

    assert found.returncode == 0
    assert "machine in a worker  works" in found.stdout
