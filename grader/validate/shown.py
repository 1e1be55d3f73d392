"""How a validation looks: progress while it runs, then a line per claim, then what is wrong."""

from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from grader.validate.findings import Validation


class ValidationScreen:
    """What an instructor sees; with ``quiet`` nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(quiet=quiet, highlight=False, emoji=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", visible=False)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def progress(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` things are finished."""
        self._bar.update(self._task, description=what, completed=done, total=total, visible=True)

    def say(self, text: str) -> None:
        """Print one line."""
        self._console.print(Text(text), soft_wrap=True)

    def show(self, validation: Validation) -> None:
        """Print the table of claims, then every finding and note."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for heading in ("", validation.assignment, "result"):
            table.add_column(heading, no_wrap=heading == "")
        for proof in validation.proofs:
            mark = Text("ok", "green") if proof.holds else Text("NO", "bold red")
            table.add_row(mark, Text(proof.claim), Text(proof.result))
        self._console.print()
        self._console.print(table)
        for proof in validation.proofs:
            for finding in proof.findings:
                self._console.print(Text(f"{proof.name}: {finding}", style="red"), soft_wrap=True)
            for note in proof.notes:
                self._console.print(Text(f"{proof.name}: {note}", style="dim"), soft_wrap=True)
        word = "everything holds" if validation.holds else "not everything holds"
        self.say(
            f"{validation.assignment}: {word} (tier {validation.tier}, {validation.seconds:.0f} s)."
        )
