"""The commands of those who write an assignment: stubs."""

import click

from grader.cli.options import FINDING, day_argument
from grader.errors import SpecError
from grader.spec import Assignment

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
