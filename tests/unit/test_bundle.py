"""What goes into the zip file for Gradescope."""

import errno
import hashlib
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from platform_site import course
from tiny import ROOT, Tiny, make

from grader import bundle, corpus, release, template
from grader.corpus_file import load
from grader.errors import SpecError


@pytest.fixture
def day(tmp_path: Path) -> Tiny:
    return course(tmp_path)


def test_a_bundle_holds_what_grades_and_nothing_else(day: Tiny) -> None:
    found = bundle.contents(day.assignment)

    ours = {name for name in found if not name.startswith(("wheels/", "assignments/machine/"))}
    assert ours == {
        *("setup.sh", "run_autograder", "fits.py", "not_graded.json"),
        *("requirements.txt", "uv.lock"),
        "assignments/tiny/assignment.yaml",
        "assignments/tiny/checks/hidden/__init__.py",
        "assignments/tiny/checks/hidden/check_counter.py",
        "assignments/tiny/checks/visible/__init__.py",
        "assignments/tiny/checks/visible/check_counter.py",
        "assignments/tiny/checks/visible/traces.py",
        *(f"assignments/tiny/corpus/T.{number}.corpus" for number in (1, 2, 3, 4)),
        "reference/tiny/counter.py",
    }
    assert len([name for name in found if name.startswith("wheels/")]) == 1
    assert "assignments/machine/__init__.py" in found


def test_two_bundles_have_the_same_bytes_and_scripts_that_run(day: Tiny, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        entries = bundle.contents(day.assignment)
        release.write(entries, tmp_path / name, executable=bundle.EXECUTABLE)

    one, two = (tmp_path / name for name in ("one.zip", "two.zip"))
    with zipfile.ZipFile(one) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert one.read_bytes() == two.read_bytes()
    assert (modes["setup.sh"], modes["run_autograder"], modes["fits.py"]) == (0o755, 0o755, 0o644)


def test_the_recorded_inputs_are_those_of_the_repository(day: Tiny, tmp_path: Path) -> None:
    content = bundle.contents(day.assignment)["assignments/tiny/corpus/T.3.corpus"]
    path = tmp_path / "T.3.corpus"
    path.write_bytes(content)

    kept = load(corpus.corpus_folder(day.assignment) / "T.3.corpus")

    assert load(path).digest == kept.digest


def test_a_machine_inside_the_assignment_stays_there(day: Tiny) -> None:
    (day.root / "assignments/machine").rename(day.folder / "machine")

    found = bundle.contents(day.assignment)

    assert "assignments/tiny/machine/__init__.py" in found
    assert not [name for name in found if name.startswith("assignments/machine")]


# --- what is refused ----------------------------------------------------------


def test_items_still_to_be_written_are_refused_unless_allowed(day: Tiny, tmp_path: Path) -> None:
    spec = day.folder / "assignment.yaml"
    spec.write_text(spec.read_text() + "later:\n  T.9: 5\n")
    out = tmp_path / "autograder.zip"

    with pytest.raises(SpecError, match=r"T\.9"):
        release.require_ready(day.assignment, out, allow_later=False)
    release.require_ready(day.assignment, out, allow_later=True)


def test_stale_stubs_a_missing_reference_and_a_folder_are_refused(
    day: Tiny, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match="is a folder"):
        release.require_ready(day.assignment, tmp_path, allow_later=False)
    (day.folder / "stub/counter.py").write_text("x = 1\n")
    with pytest.raises(SpecError, match="grader stubs tiny"):
        release.require_ready(day.assignment, tmp_path / "x.zip", allow_later=False)
    day.reference.rename(day.root / "away")
    with pytest.raises(SpecError, match="has no reference here"):
        release.require_ready(day.assignment, tmp_path / "x.zip", allow_later=False)


def test_a_bundle_that_cannot_be_written_leaves_what_stood(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(SpecError, match="what stood there still does"):
        release.write({"a": b"b"}, tmp_path / "file" / "x.zip")
    assert (tmp_path / "file").read_text() == "no folder"


def test_offline_without_an_index_says_what_to_do(
    day: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)

    with pytest.raises(SpecError, match=r"the wheels for Python .* cannot be downloaded"):
        bundle.contents(day.assignment, offline=True)


def test_the_command_writes_the_bundle_and_says_its_size(tmp_path: Path) -> None:
    day = make(tmp_path)

    done = day.grader("bundle", "tiny", "--out", "autograder.zip")

    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Wrote autograder.zip: \d+ files, 0\.\d MB, in ", done.stdout)
    assert zipfile.is_zipfile(day.root / "autograder.zip")


def test_the_rules_in_the_readme_are_rules(tmp_path: Path) -> None:
    day = make(tmp_path)
    spec = day.folder / "assignment.yaml"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"(?ms)^```yaml\n(gradescope:.*?)^```$", readme)
    spec.write_text(spec.read_text() + shown[0])

    rules = day.assignment.gradescope

    assert len(shown) == 1
    assert (rules.submissions_per_day, len(rules.lateness)) == (10, 4)


def test_a_file_that_cannot_be_read_is_named(day: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", fails)

    with pytest.raises(SpecError, match="Permission denied"):
        bundle.contents(day.assignment)


# --- the lock -----------------------------------------------------------------

LOCK = (template.folder("gradescope") / bundle.LOCK).read_text(encoding="utf-8")


def locked() -> dict[str, str]:
    """Return the versions that the lock names, by normal name."""
    found = re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)
    return {re.sub("[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_lock_satisfies_what_the_project_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    for line in project["dependencies"]:
        wanted = Requirement(line)
        name = re.sub("[-_.]+", "-", wanted.name).lower()
        assert wanted.specifier.contains(locked()[name]), line


@pytest.mark.parametrize("name", [bundle.LOCK, "uv.lock"])
def test_every_requirement_is_pinned_by_hashes(name: str) -> None:
    text = (template.folder("gradescope") / name).read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()

    assert entries
    for entry in entries:
        assert re.match(r"^[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_wheel_of_the_framework_is_pinned_too(day: Tiny) -> None:
    found = bundle.contents(day.assignment)
    name = next(each for each in found if each.startswith("wheels/"))

    digest = hashlib.sha256(found[name]).hexdigest()

    assert found["requirements.txt"].decode() == f"{LOCK}./{name} --hash=sha256:{digest}\n"


def test_with_its_wheels_a_bundle_asks_no_index() -> None:
    found = bundle.vendored({"requirements.txt": b"a==1\n"}, {"a-1.whl": b"wheel"})

    assert found == {
        "requirements.txt": b"--no-index\n--find-links ./wheels\na==1\n",
        "wheels/a-1.whl": b"wheel",
    }


@pytest.mark.parametrize("name", ["setup.sh", "run_autograder"])
def test_the_scripts_are_scripts(name: str) -> None:
    path = template.folder("gradescope") / name

    assert path.read_bytes().startswith(b"#!/bin/sh\n")
    assert b"\r" not in path.read_bytes()
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
