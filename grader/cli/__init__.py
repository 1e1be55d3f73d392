"""The command ``grader``: click commands, thin. What they do is elsewhere."""

import signal
import sys
import traceback
from typing import NoReturn

import click

from grader.cli import authoring, grading, options, student
from grader.errors import GraderError, GraderFault
from grader.printable import printable_lines

AUDIENCES = {
    "For students": (student.check, student.repro, student.doctor),
    "For those who grade": (grading.grade, grading.gradescope),
    "For those who write an assignment": (
        *(authoring.new, authoring.stubs, authoring.validate),
        *(authoring.handout, authoring.bundle),
    ),
}


class _ByAudience(click.Group):
    """Lists the commands of each audience together."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of the help."""
        del ctx  # which commands there are does not depend on it
        for audience, commands in AUDIENCES.items():
            with formatter.section(audience):
                width = formatter.width - 6 - max(len(command.name or "") for command in commands)
                formatter.write_dl(
                    [(each.name or "", each.get_short_help_str(width)) for each in commands]
                )


@click.group(cls=_ByAudience, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grader", prog_name="grader")
def cli() -> None:
    """Grade a course of operating-system exercises."""


for _commands in AUDIENCES.values():
    for _command in _commands:
        cli.add_command(_command)


def main() -> NoReturn:
    """Run the command; turn what is raised into one message and an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = cli(prog_name="grader", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GraderError as error:
        click.echo(printable_lines(f"grader: {error}"), err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("grader: interrupted; nothing was lost, run it again", err=True)
        sys.exit(options.INTERRUPTED)
    except Exception:  # noqa: BLE001 - a bug of ours must not exit with 1, which is a finding
        traceback.print_exc()
        click.echo("grader: this is a fault of the grader; please report the lines above", err=True)
        sys.exit(GraderFault.exit_code)
    sys.exit(status if isinstance(status, int) else 0)
