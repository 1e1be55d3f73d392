"""The command ``grader``: click commands, thin. What they do is elsewhere."""

import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from grader import clock
from grader.checks import Check
from grader.errors import GraderError, GraderFault, SpecError
from grader.screen import Screen
from grader.spec import SPEC_FILE, Assignment, find_assignment

FINDING = 1
INTERRUPTED = 130
WATCH_S = 0.3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grader", prog_name="grader")
def cli() -> None:
    """Grade a course of operating-system exercises."""


def main() -> NoReturn:
    """Run the command; turn what is raised into one message and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = cli(prog_name="grader", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GraderError as error:
        click.echo(f"grader: {error}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("grader: interrupted; nothing was lost, run it again", err=True)
        sys.exit(INTERRUPTED)
    except Exception:  # noqa: BLE001 - a bug of ours must not exit with 1, which is a finding
        traceback.print_exc()
        click.echo("grader: this is a fault of the grader; please report the lines above", err=True)
        sys.exit(GraderFault.exit_code)
    sys.exit(status if isinstance(status, int) else 0)


def _day(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the assignment that its argument DAY names."""

    @click.argument("day", default=".")
    @wraps(function)
    def command(day: str, **options: Any) -> Any:
        return function(find_assignment(day), **options)

    return command


_as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON for a program to read.")


# --- check --------------------------------------------------------------------


@cli.command()
@_day
@click.option("-k", "pattern", default="", help="Only checks whose id or title has this in it.")
@click.option("--submission", type=click.Path(path_type=Path), help="The folder to check.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@_as_json
def check(
    assignment: Assignment, pattern: str, submission: Path | None, *, watch: bool, as_json: bool
) -> int:
    """Run the visible checks on your files, here.

    DAY is a folder with an assignment, or its name under assignments/. The exit code
    is 1 when points are missing.
    """
    folder = submission or _own_files(assignment)
    while True:
        seen = _stamps(folder) if watch else {}
        status = _check_once(assignment, folder, pattern, as_json=as_json)
        if not watch:
            return status
        click.echo(f"\nwatching {folder}; press Ctrl-C to end", err=True)
        while _stamps(folder) == seen:
            clock.sleep(WATCH_S)


def _check_once(assignment: Assignment, folder: Path, pattern: str, *, as_json: bool) -> int:
    from grader import outputs, pipeline  # noqa: PLC0415 - a usage error needs no engine

    traces = Path(".grader", "traces", assignment.name)
    with Screen(quiet=as_json) as screen:
        report = pipeline.grade(
            assignment, folder, shown_only=True, chosen=_fits(pattern), watcher=screen.watcher()
        )
    outputs.write_traces(report, traces, folder)
    if as_json:
        _print_json(report)
    else:
        screen.show_report(report, _repro_line(traces))
    return 0 if report.earned == report.possible else FINDING


def _own_files(assignment: Assignment) -> Path:
    """Return the folder to check by default: where the student's files lie."""
    here = Path()
    if any((here / stub).is_file() for stub in assignment.stubs):
        return here
    if any((assignment.path / stub).is_file() for stub in assignment.stubs):
        return assignment.path
    return assignment.path / "stub"


def _fits(pattern: str) -> Callable[[Check], bool]:
    wanted = pattern.lower()
    return lambda check: (
        not wanted or check.id.lower() == wanted or fnmatchcase(check.title.lower(), f"*{wanted}*")
    )


def _stamps(folder: Path) -> dict[Path, int]:
    found = {}
    for path in folder.rglob("*.py"):
        with suppress(OSError):  # it may go away meanwhile
            found[path] = path.lstat().st_mtime_ns
    return found


def _repro_line(traces: Path) -> Callable[[str], str]:
    return lambda check_id: f"grader repro {shlex.quote(str(traces / check_id))}.json"


def _print_json(value: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1).decode())


# --- grade --------------------------------------------------------------------


@cli.command()
@click.argument("day")
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for the results."
)
@click.option("--fail-under", type=float, help="Exit with 1 when fewer points are earned.")
@_as_json
def grade(day: str, submission: Path, out: Path, fail_under: float | None, *, as_json: bool) -> int:
    """Run all checks on a submission and write every output into a folder."""
    from grader import outputs, pipeline  # noqa: PLC0415 - a usage error needs no engine

    assignment = find_assignment(day)
    outputs.prepare(out)
    with Screen(quiet=as_json) as screen:
        try:
            results = [out / "results.json"]
            report = pipeline.grade(
                assignment, submission, results=results, watcher=screen.watcher()
            )
        except GraderError as error:
            outputs.write_refusal(error, out)
            raise
    outputs.write_all(report, out, submission)
    if as_json:
        _print_json(report)
    else:
        screen.show_report(report, _repro_line(out / "traces"))
        screen.say(f"Written to {out}: results.json, report.json, junit.xml, traces/")
    return FINDING if fail_under is not None and report.earned < fail_under else 0


# --- repro --------------------------------------------------------------------


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--submission", type=click.Path(path_type=Path), help="Run these files instead.")
@_as_json
def repro(file: Path, submission: Path | None, *, as_json: bool) -> int:
    """Run the steps of one counterexample again, with what your program prints."""
    from grader import outputs  # noqa: PLC0415 - a usage error needs no engine
    from grader import repro as again  # noqa: PLC0415

    kept = outputs.read_trace(file)
    assignment = find_assignment("." if Path(SPEC_FILE).is_file() else kept.assignment)
    found = again.replay(kept, assignment, submission or Path(kept.submission))
    if as_json:
        _print_json(found)
    else:
        Screen().show_replay(kept, found)
    return FINDING if found.differs else 0


# --- stubs --------------------------------------------------------------------


@cli.command()
@_day
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit with 1 if stale.")
def stubs(assignment: Assignment, *, only_check: bool) -> int:
    """Generate the stubs of a day from its reference."""
    from grader.stubs import stale_stubs, write_stubs  # noqa: PLC0415 - only here

    if assignment.reference is None:
        raise SpecError(f"{assignment.name} has no reference here; stubs are made from it")
    where = (assignment.reference, assignment.path / "stub", assignment.stubs, assignment.provided)
    if only_check:
        stale = stale_stubs(*where)
        for line in stale:
            click.echo(line)
        return FINDING if stale else 0
    for path in write_stubs(*where):
        click.echo(f"wrote {path}")
    return 0


# --- doctor -------------------------------------------------------------------


@cli.command()
@click.argument("day", default=".")
@_as_json
def doctor(day: str, *, as_json: bool) -> int:
    """Say what this machine can do: Python, confinement, what the exercises need."""
    from grader.doctor import examine_machine  # noqa: PLC0415 - only here

    findings = examine_machine(find_assignment(day) if day != "." else _any_assignment())
    if as_json:
        _print_json(findings)
    else:
        Screen().show_findings(findings)
    return 0 if all(finding.fine for finding in findings) else FINDING


def _any_assignment() -> Assignment | None:
    """Return the assignment here, or some of this repository, whose ``machine`` can be tried."""
    for spec in (Path(SPEC_FILE), *sorted(Path("assignments").glob(f"*/{SPEC_FILE}"))):
        if spec.is_file():
            return find_assignment(str(spec.parent))
    return None


if __name__ == "__main__":
    main()
