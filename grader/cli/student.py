"""The commands of students: check, repro, doctor."""

import glob
import os
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

import click

from grader import clock
from grader.checks import Check
from grader.cli.options import FINDING, as_json_option, day_argument, print_json, repro_line
from grader.screen import Screen
from grader.spec import SPEC_FILE, Assignment, find_assignment

WATCH_S = 0.3
TRACES = Path(".grader", "traces")

# --- check --------------------------------------------------------------------


@click.command()
@day_argument
@click.option(
    "-k",
    "pattern",
    default="",
    help="Only the check of this id, or those with this in their title.",
)
@click.option("--submission", type=click.Path(path_type=Path), help="The folder to check.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option(
    "--summary",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the points to this file, too, as Markdown.",
)
@as_json_option
def check(
    assignment: Assignment,
    pattern: str,
    submission: Path | None,
    summary: Path | None,
    *,
    watch: bool,
    as_json: bool,
) -> int:
    """Run the visible checks on your files, here.

    DAY is a folder with an assignment, or its name under assignments/. The exit code
    is 1 when points are missing.
    """
    folder = submission or _own_files(assignment)
    while True:
        seen = _stamps(folder) if watch else {}
        status = _check_once(assignment, folder, pattern, summary, as_json=as_json)
        if not watch:
            return status
        click.echo(f"\nwatching {folder}; press Ctrl-C to end", err=True)
        while _stamps(folder) == seen:
            clock.sleep(WATCH_S)


def _check_once(
    assignment: Assignment, folder: Path, pattern: str, summary: Path | None, *, as_json: bool
) -> int:
    from grader import outputs, pipeline  # noqa: PLC0415 - a usage error needs no engine
    from grader.render import summary as markdown  # noqa: PLC0415 - as above
    from grader.report import for_student  # noqa: PLC0415 - as above

    traces = TRACES / assignment.name
    with Screen(quiet=as_json) as screen:
        graded = pipeline.grade(
            assignment, folder, shown_only=True, chosen=_fits(pattern), watcher=screen.watcher()
        )
        report = for_student(graded)
    outputs.write_traces(report, traces, folder)
    if summary is not None:
        outputs.write(summary, markdown.render(report))
    if as_json:
        print_json(report)
    else:
        screen.show_report(report, repro_line(traces))
    return 0 if report.earned == report.possible else FINDING


def _own_files(assignment: Assignment) -> Path:
    """Return the folder to check by default: where the student's files lie."""
    here = Path()
    if any((here / stub).is_file() for stub in assignment.stubs):
        return here
    return assignment.own_files


def _fits(pattern: str) -> Callable[[Check], bool]:
    wanted = pattern.lower()
    return lambda check: (
        not wanted or check.id.lower() == wanted or fnmatchcase(check.title.lower(), f"*{wanted}*")
    )


def _stamps(folder: Path) -> dict[Path, int]:
    """Return when each Python file was last changed; a virtual environment has thousands."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not Path(place, name, "pyvenv.cfg").exists()
        ]
        for path in (Path(place, name) for name in names if name.endswith(".py")):
            with suppress(OSError):  # it may go away meanwhile
                found[path] = path.lstat().st_mtime_ns
    return found


# --- repro --------------------------------------------------------------------


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--submission", type=click.Path(path_type=Path), help="Run these files instead.")
@as_json_option
def repro(file: Path, submission: Path | None, *, as_json: bool) -> int:
    """Run the steps of one counterexample again, with what your program prints.

    FILE is a trace that `check` or `grade` has written, or the id of a check, such as
    D1.8, whose trace the last `check` here has kept.
    """
    from grader import outputs  # noqa: PLC0415 - a usage error needs no engine
    from grader import repro as again  # noqa: PLC0415

    kept = outputs.read_trace(_trace_file(file))
    assignment = find_assignment("." if Path(SPEC_FILE).is_file() else kept.assignment)
    found = again.replay(kept, assignment, submission or Path(kept.submission))
    if as_json:
        print_json(found)
    else:
        Screen().show_replay(kept, found)
    return FINDING if found.differs else 0


def _trace_file(name: Path) -> Path:
    """Return the one trace that the last `check` kept for the check ``name``, else ``name``."""
    kept = [] if name.exists() else list(TRACES.glob(f"*/{glob.escape(name.name)}.json"))
    return kept[0] if len(kept) == 1 else name


# --- doctor -------------------------------------------------------------------


@click.command()
@click.argument("day", default=".")
@as_json_option
def doctor(day: str, *, as_json: bool) -> int:
    """Say what this machine can do: Python, confinement, what the exercises need."""
    from grader.doctor import examine_machine  # noqa: PLC0415 - only here

    findings = examine_machine(find_assignment(day) if day != "." else _any_assignment())
    if as_json:
        print_json(findings)
    else:
        Screen().show_findings(findings)
    return 0 if all(finding.fine for finding in findings) else FINDING


def _any_assignment() -> Assignment | None:
    """Return the assignment here, or some of this repository, whose ``machine`` can be tried."""
    for spec in (Path(SPEC_FILE), *sorted(Path("assignments").glob(f"*/{SPEC_FILE}"))):
        if spec.is_file():
            return find_assignment(str(spec.parent))
    return None
