"""``grader bundle --preview``: what the platform would make of a submission, tried here.

Owns how the simulator is started and what the instructor is told of its run. The submission
is read as bytes, links are not followed.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from grader.errors import GraderFault, SpecError
from grader.harness import MOMENTS, Taken, View, take, view
from grader.simulator import Plan, Played, Step

# One hour before the due date; invented, because a rule may depend on it.
MOST_LINES = 6
"""Lines of what a check says; the whole of it stands in results.json."""
METADATA = {
    "id": 1,
    "created_at": "2026-09-10T17:00:00.000000-07:00",
    "assignment": {"due_date": "2026-09-10T18:00:00.000000-07:00", "late_due_date": None},
    "users": [],
    "previous_submissions": [],
}


def play(
    bundle: Path, steps: Sequence[Step], *, path: str = "", limited: bool = True
) -> list[Played]:
    """Play ``steps`` in a simulated platform; ``path`` comes first on its PATH.

    Raises SpecError where this machine cannot hold one.
    """
    if sys.platform != "linux":
        raise SpecError("a preview needs Linux, which has namespaces; run it on a Linux machine")
    with tempfile.TemporaryDirectory(prefix="preview-") as scratch:
        plan = Plan(str(bundle.resolve()), scratch, tuple(steps), path, limited)
        done = subprocess.run(
            [sys.executable, "-I", "-m", "grader.simulator"],
            input=msgspec.json.encode(plan),
            capture_output=True,
            check=False,
        )
    try:
        return msgspec.json.decode(done.stdout, type=list[Played])
    except msgspec.DecodeError:
        why = (done.stderr.decode("utf-8", "replace").strip() or "it says nothing").splitlines()[-1]
    raise SpecError(
        f"the simulated platform could not be set up here ({why}); a preview needs root, or user "
        "namespaces (sysctl kernel.unprivileged_userns_clone=1), and overlayfs"
    )


def submission(path: Path, metadata: object = METADATA, **changed: object) -> Step:
    """Return the step that submits the regular files of a folder, or one file: an archive."""
    if not path.exists():
        raise SpecError(f"--preview {path}: does not exist; give the folder with the files")
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    top = path if path.is_dir() else path.parent
    try:
        files = {
            each.relative_to(top).as_posix(): each.read_bytes().hex()
            for each in found
            if each.is_file() and not each.is_symlink()
        }
    except OSError as error:
        raise SpecError(f"--preview {path}: cannot be read: {error}") from error
    step = Step("submit", files=files, metadata=json.dumps(metadata))
    return msgspec.structs.replace(step, **changed)


def lines(bundle: Path, handed_in: Step) -> list[str]:
    """Return lines for the instructor: how the two scripts went, and what the student sees."""
    setup, run = play(bundle, [Step("setup"), handed_in])
    if setup.status:
        raise GraderFault(f"setup.sh ended with status {setup.status}:\n{setup.output}")
    content = None if run.results is None else run.results.encode()
    taken = take(content, timed_out=run.timed_out)
    told = [
        f"setup.sh: {setup.seconds:.1f} s. {setup.output.strip().splitlines()[-1]}",
        f"run_autograder: {run.seconds:.1f} s, exit status {run.status}.",
        "",
        "Its output, for the staff only:",
        *(f"    {line}" for line in run.output.rstrip().splitlines()),
    ]
    return [*told, *_views(taken)]


def _views(taken: Taken) -> Iterator[str]:
    """Yield what a student sees at each moment; a view like the one before is named only."""
    before = None
    for moment in MOMENTS:
        seen = view(taken, moment)
        yield ""
        if before is not None and replace(seen, moment=before.moment) == before:
            yield f"The student sees {moment}: the same."
        else:
            yield from _view_lines(seen)
        before = seen


def _view_lines(seen: View) -> Iterator[str]:
    total = "no total" if seen.total is None else f"a total of {seen.total:g}"
    yield f"The student sees {seen.moment}: {total}, and {len(seen.tests)} checks"
    yield from (f"    {line}" for line in seen.output.splitlines())
    for test in seen.tests:
        points = f"{test['score']:g}/{test['max_score']:g}"
        yield f"    {test['number']:<6} {points:<6} {test['name']}"
        told = str(test["output"]).splitlines()
        yield from (f"        {line}" for line in told[:MOST_LINES])
        if len(told) > MOST_LINES:
            yield f"        ... ({len(told) - MOST_LINES} more lines)"
