"""The commands of those who write an assignment: new, stubs, handout, bundle, validate."""

import shlex
from pathlib import Path

import click

from grader import clock
from grader.cli.options import (
    FINDING,
    allow_later_option,
    as_json_option,
    day_argument,
    print_json,
)
from grader.errors import SpecError
from grader.screen import Screen
from grader.spec import Assignment, all_assignments, find_assignment

# --- new ----------------------------------------------------------------------


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Make a small assignment that works, to turn into your own.

    It goes under assignments/ and reference/ of the repository around this folder, or
    of this folder.
    """
    from grader.new import make  # noqa: PLC0415 - only here

    made = make(name, Path.cwd())
    sample = min((made.assignment / "samples").iterdir())
    click.echo(f"Made {made.assignment} and {made.reference}.")
    click.echo("It is complete. Prove that, see what a student would, and once you have changed")
    click.echo("the reference make its stubs again:")
    click.echo(f"  grader validate {name}")
    click.echo(f"  grader grade {name} {shlex.quote(_short(sample))} --out graded")
    click.echo(f"  grader stubs {name}")


def _short(path: Path) -> str:
    """Return ``path`` as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# --- stubs --------------------------------------------------------------------


@click.command()
@day_argument
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


# --- handout ------------------------------------------------------------------


@click.command()
@day_argument
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The zip file to write."
)
@allow_later_option
def handout(assignment: Assignment, out: Path, *, allow_later: bool) -> None:
    """Make what students get: stubs, visible checks, the text, and this grader."""
    from grader import handout as made  # noqa: PLC0415 - only here
    from grader import release  # noqa: PLC0415

    started = clock.now()
    with Screen() as screen:
        release.require_ready(assignment, out, allow_later=allow_later)
        entries = made.contents(assignment, screen.watcher())
        size = release.write(entries, out)
        screen.say(
            f"Wrote {out}: {len(entries)} files, {size / 1e3:.0f} kB, "
            f"in {clock.now() - started:.1f} s."
        )


# --- bundle -------------------------------------------------------------------


@click.command()
@day_argument
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The zip file to write."
)
@click.option("--offline", is_flag=True, help="Put the wheels of all requirements in.")
@click.option(
    "--preview",
    "submission",
    type=click.Path(path_type=Path),
    help="Try it on these files, in a simulated Gradescope, and show what a student would see.",
)
@allow_later_option
def bundle(
    assignment: Assignment,
    out: Path,
    submission: Path | None,
    *,
    offline: bool,
    allow_later: bool,
) -> None:
    """Make the zip file that Gradescope wants as autograder."""
    from grader import bundle as made  # noqa: PLC0415 - only here
    from grader import preview, release  # noqa: PLC0415

    started = clock.now()
    with Screen() as screen:
        release.require_ready(assignment, out, allow_later=allow_later)
        limit_s = assignment.gradescope.timeout_s
        handed_in = preview.submission(submission, timeout_s=limit_s) if submission else None
        entries = made.contents(assignment, offline=offline, watcher=screen.watcher())
        size = release.write(entries, out, executable=made.EXECUTABLE)
        screen.say(
            f"Wrote {out}: {len(entries)} files, {size / 1e6:.1f} MB, "
            f"in {clock.now() - started:.1f} s. Upload it as the autograder on Gradescope."
        )
        if handed_in is not None:
            screen.say("Trying it in a simulated Gradescope, which takes about a minute.")
            for line in preview.lines(out, handed_in):
                screen.say(line)


# --- validate -----------------------------------------------------------------


@click.command()
@click.argument("days", nargs=-1, metavar="[DAY]...")
@click.option("--adopt", is_flag=True, help="First write the minimal traces of wrong versions.")
@click.option("--tier", type=click.Choice([*"ABCD"]), help="Grade in this tier of confinement.")
@as_json_option
def validate(days: tuple[str, ...], *, adopt: bool, tier: str | None, as_json: bool) -> int:
    """Grade the grader: prove all that is claimed of an assignment, or of all of them.

    The exit code is 1 when something does not hold.
    """
    from grader import confine  # noqa: PLC0415 - a usage error needs no engine
    from grader import validate as proving  # noqa: PLC0415 - as above
    from grader.validate.shown import ValidationScreen  # noqa: PLC0415

    assignments = [find_assignment(day) for day in days] or all_assignments(Path.cwd())
    place = confine.tier(tier) if tier else confine.strongest()
    found = []
    with ValidationScreen(quiet=as_json) as screen:
        for assignment in assignments:
            changed = proving.adopt_traces(assignment, place, screen.progress) if adopt else []
            for check_id in changed:
                screen.say(f"{assignment.name}: wrote the adopted traces of {check_id}")
            found.append(proving.validate(assignment, place, screen.progress))
            screen.show(found[-1])
    if as_json:
        print_json({"assignments": [each.to_plain() for each in found]})
    return 0 if all(each.holds for each in found) else FINDING
