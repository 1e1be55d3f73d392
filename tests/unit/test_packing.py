"""Zip files and the wheel of the framework."""

import io
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader import packing
from grader.errors import SpecError


def read(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def test_bytes_follow_from_the_content_alone() -> None:
    entries = {"b.txt": b"two", "a/c.txt": b"one"}

    assert packing.zipped(entries) == packing.zipped(dict(reversed(entries.items())))


def test_entries_are_sorted_regular_files_with_their_permissions() -> None:
    archive = read(packing.zipped({"b": b"", "a": b"x"}, executable=["b"]))

    assert archive.namelist() == ["a", "b"]
    assert [each.external_attr >> 16 for each in archive.infolist()] == [
        stat.S_IFREG | 0o644,
        stat.S_IFREG | 0o755,
    ]


def test_files_below_leaves_caches_and_dot_files_out(tmp_path: Path) -> None:
    for name in ("kept.py", "__pycache__/kept.pyc", ".hidden/x", ".dot", "inner/kept.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")

    assert packing.files_below(tmp_path, "p/") == {"p/kept.py": b"1", "p/inner/kept.txt": b"1"}


def test_the_wheel_holds_each_module_template_and_entry_point() -> None:
    name, content = packing.grader_wheel()

    archive = read(content)
    names = set(archive.namelist())
    folder = f"{name.partition('-py3')[0]}.dist-info"
    assert {"grader/cli/__init__.py", "grader/py.typed", "grader/templates/README.md"} <= names
    assert b"grader = grader.cli:main" in archive.read(f"{folder}/entry_points.txt")
    assert not [each for each in names if "__pycache__" in each]
    assert len(archive.read(f"{folder}/RECORD").splitlines()) == len(names)


def test_another_content_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed in the same version, pip leaves alone."""
    name, _ = packing.grader_wheel()
    monkeypatch.setattr(packing, "_needs", lambda _: ["click>=99"])
    monkeypatch.setattr(packing, "_require_current", lambda _: None)

    other, _ = packing.grader_wheel()

    assert re.fullmatch(r"grader-0\.1\.0\+d[0-9a-f]{8}-py3-none-any\.whl", name)
    assert re.fullmatch(r"grader-0\.1\.0\+d[0-9a-f]{8}-py3-none-any\.whl", other)
    assert name != other


def test_the_wheel_says_what_it_needs_and_no_more() -> None:
    name, content = packing.grader_wheel()

    folder = f"{name.partition('-py3')[0]}.dist-info"
    fields = read(content).read(f"{folder}/METADATA").decode().splitlines()
    assert fields[:2] == ["Metadata-Version: 2.4", "Name: grader"]
    assert "Requires-Dist: click>=8.1" in fields
    assert not [field for field in fields if "extra" in field]


def test_packages_that_the_installation_does_not_know_of_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An editable installation keeps the list that the clone had when it was installed."""
    monkeypatch.setattr(packing, "_needs", lambda _: ["click>=8.1"])

    with pytest.raises(SpecError, match=r"dependencies: changed since this clone was installed"):
        packing.grader_wheel()


def test_a_wheel_makes_the_same_wheel_again(tmp_path: Path) -> None:
    name, content = packing.grader_wheel()
    (tmp_path / name).write_bytes(content)
    read(content).extractall(tmp_path / "installed")  # what installing a pure wheel does

    program = (
        "import sys; from grader import packing; sys.stdout.buffer.write(packing.grader_wheel()[1])"
    )
    again = subprocess.run(
        [sys.executable, "-P", "-B", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        check=True,
    )

    assert again.stdout == content
