"""A console with a bar while something takes time.

Plain lines where nobody watches; a bar and redrawing only on a terminal.
"""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.text import Text


class Live:
    """A console to print on, and a bar while the context lasts; with ``quiet`` neither."""

    def __init__(self, *further: ProgressColumn, quiet: bool = False) -> None:
        self.console = Console(quiet=quiet, highlight=False, emoji=False)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}"),
            *further,
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def say(self, text: str) -> None:
        """Print one line."""
        self.console.print(Text(text), soft_wrap=True)
