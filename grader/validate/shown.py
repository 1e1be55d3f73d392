"""How a validation looks: progress while it runs, then a line per claim, then what is wrong."""

from rich import box
from rich.progress import TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from grader.live import Live
from grader.validate.findings import Validation


class ValidationScreen(Live):
    """What an instructor sees; with ``quiet`` nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(TimeElapsedColumn(), quiet=quiet)
        self._task = self.bar.add_task("", visible=False)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` things are finished."""
        self.bar.update(self._task, description=what, completed=done, total=total, visible=True)

    def show(self, validation: Validation) -> None:
        """Print the table of claims, then every finding and note."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for heading in ("", validation.assignment, "result"):
            table.add_column(heading, no_wrap=heading == "")
        for proof in validation.proofs:
            mark = Text("ok", "green") if proof.holds else Text("NO", "bold red")
            table.add_row(mark, Text(proof.claim), Text(proof.result))
        self.console.print()
        self.console.print(table)
        for proof in validation.proofs:
            for finding in proof.findings:
                self.console.print(Text(f"{proof.name}: {finding}", style="red"), soft_wrap=True)
            for note in proof.notes:
                self.console.print(Text(f"{proof.name}: {note}", style="dim"), soft_wrap=True)
        word = "everything holds" if validation.holds else "not everything holds"
        self.say(
            f"{validation.assignment}: {word} (tier {validation.tier}, {validation.seconds:.0f} s)."
        )
