"""What must hold before anything is given away, and how its zip file is written.

Shared by what students get and what the platform gets; knows the content of neither.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from grader import files, packing
from grader.errors import SpecError
from grader.score import require_written
from grader.spec import Assignment
from grader.stubs import stale_stubs


def require_ready(assignment: Assignment, out: Path, *, allow_later: bool) -> None:
    """Raise SpecError, before any work is done, where there is no point in doing it."""
    if assignment.reference is None:
        raise SpecError(
            f"{assignment.name} has no reference here; go where reference/{assignment.name} lies"
        )
    if not allow_later:
        require_written(assignment)
    if out.exists() and not out.is_file():
        what = "a folder" if out.is_dir() else "not a regular file"
        raise SpecError(f"--out {out}: is {what}; name a file, such as {assignment.name}.zip")
    if not out.absolute().parent.is_dir():
        raise SpecError(f"--out {out}: there is no folder {out.parent}; make it, or name another")
    stale = stale_stubs(
        assignment.reference, assignment.path / "stub", assignment.stubs, assignment.provided
    )
    if stale:
        raise SpecError(
            "the stubs are not those of the reference:\n"
            + "\n".join([*stale, f"Run `grader stubs {assignment.name}`."])
        )


def write(entries: Mapping[str, bytes], out: Path, *, executable: Collection[str] = ()) -> int:
    """Write the zip file of ``entries`` whole or not at all; return its size in bytes."""
    content = packing.zipped(entries, executable=executable)
    try:
        files.replace(out, content)
    except OSError as error:
        raise SpecError(
            f"--out {out}: cannot be written ({error.strerror}); what stood there still does. "
            "Make room there, or name another file"
        ) from error
    return len(content)
