"""``grader bundle``: the zip file that Gradescope makes an autograder of.

Owns what goes into it: scripts, the wheel of the framework that runs now, requirements
under a lock with hashes, the assignment, the reference and the recorded inputs. Equal
sources give equal bytes. Recording happens here, never on the platform.
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader import pipeline, template
from grader.corpus import load_or_record
from grader.corpus_file import packed
from grader.errors import SpecError
from grader.intake import Submission
from grader.packing import files_below, grader_wheel
from grader.pipeline import NOBODY, Watcher
from grader.render import gradescope as results
from grader.spec import SPEC_FILE, Assignment

EXECUTABLE = ("setup.sh", "run_autograder")
LOCK = "requirements.lock"
NOT_STARTED = (
    "The grader could not be started. This is not your fault; please tell the staff, who find "
    "the reason in the output of the autograder."
)
# The platform's images are x86-64 with glibc; pip takes the newest of these that there is.
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
_OFFLINE = b"--no-index\n--find-links ./wheels\n"
PYTHONS = ("3.11", "3.12", "3.13")


def contents(
    assignment: Assignment, *, offline: bool = False, watcher: Watcher = NOBODY
) -> dict[str, bytes]:
    """Return every file of the bundle by its name in the archive.

    ``offline`` puts the wheels of all requirements in, so that setup.sh needs no index
    where the image has a Python. Raises SpecError.
    """
    try:
        return _contents(assignment, offline=offline, watcher=watcher)
    except OSError as error:
        raise SpecError(
            f"the bundle of {assignment.name} cannot be made: {error}; "
            "let this user read the assignment, and make room in the temporary folder"
        ) from error


def _contents(assignment: Assignment, *, offline: bool, watcher: Watcher) -> dict[str, bytes]:
    scripts = files_below(template.folder("gradescope"))
    lock = scripts.pop(LOCK)
    name, wheel = grader_wheel()
    digest = hashlib.sha256(wheel).hexdigest()
    found = {
        **scripts,
        f"wheels/{name}": wheel,
        "requirements.txt": lock + f"./wheels/{name} --hash=sha256:{digest}\n".encode(),
        "not_graded.json": results.pessimistic(NOT_STARTED),
        **_course(assignment, watcher),
    }
    return vendored(found, _downloaded(lock)) if offline else found


def vendored(entries: Mapping[str, bytes], wheels: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a bundle that installs what it requires from ``wheels``, by file name."""
    return {
        **entries,
        **{f"wheels/{name}": content for name, content in wheels.items()},
        "requirements.txt": _OFFLINE + entries["requirements.txt"],
    }


def _course(assignment: Assignment, watcher: Watcher) -> Mapping[str, bytes]:
    """Return what is the course's: assignment, given package, reference and recorded inputs."""
    day = f"assignments/{assignment.name}"
    machine = assignment.machine / "machine"
    beside = "assignments" if assignment.machine != assignment.path else day
    assert assignment.reference is not None
    return {
        f"{day}/{SPEC_FILE}": (assignment.path / SPEC_FILE).read_bytes(),
        **files_below(assignment.checks, f"{day}/checks/"),
        **(files_below(machine, f"{beside}/machine/") if machine.is_dir() else {}),
        **{
            f"reference/{assignment.name}/{path.name}": path.read_bytes()
            for path in sorted(assignment.reference.glob("*.py"))
        },
        **_recorded(assignment, f"{day}/corpus/", watcher),
    }


def _recorded(assignment: Assignment, prefix: str, watcher: Watcher) -> Mapping[str, bytes]:
    checks = pipeline.checks_of(assignment)
    with pipeline.benches(assignment, Submission("nobody", {}, {})) as places:
        found = load_or_record(assignment, checks, places.trusted, watcher.recording)
    return {f"{prefix}{check_id}.corpus": packed(corpus) for check_id, corpus in found.items()}


# --- wheels for an image without an index -------------------------------------


def _downloaded(lock: bytes) -> dict[str, bytes]:
    """Return the wheels that ``lock`` names, for every Python that setup.sh looks for."""
    with tempfile.TemporaryDirectory(prefix="wheels-") as folder:
        listed = Path(folder, LOCK)
        listed.write_bytes(lock)
        for python in PYTHONS:
            _download(listed, Path(folder), python)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.whl"))}


def _download(lock: Path, folder: Path, python: str) -> None:
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    words += ["--only-binary", ":all:", "--python-version", python]
    words += [word for platform in PLATFORMS for word in ("--platform", platform)]
    done = subprocess.run(
        [*words, "--dest", str(folder), "--requirement", str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = (done.stderr.strip() or "pip says nothing").splitlines()[-1]
        raise SpecError(
            f"--offline: the wheels for Python {python} cannot be downloaded ({why}); "
            "try again where pip reaches its index, or bundle without --offline"
        )
