"""What several commands share: arguments, options, exit codes, how JSON is written."""

import shlex
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from grader.spec import find_assignment

FINDING = 1
INTERRUPTED = 130


def day_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the assignment that its argument DAY names."""

    @click.argument("day", default=".")
    @wraps(function)
    def command(day: str, **options: Any) -> Any:
        return function(find_assignment(day), **options)

    return command


as_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Write JSON for a program to read."
)


allow_later_option = click.option(
    "--allow-later", is_flag=True, help="Release although items are still to be written."
)


def print_json(value: Any) -> None:
    """Write ``value`` to standard output, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=1).decode())


def repro_line(traces: Path) -> Callable[[str], str]:
    """Return the command that re-runs the counterexample of a check, for a folder of traces."""
    return lambda check_id: f"grader repro {shlex.quote(str(traces / check_id))}.json"
