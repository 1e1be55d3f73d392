"""A verdict as plain text: the table of its steps and the words around it."""

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from grader.report import CheckReport
from grader.verdict import Counterexample, Verdict

WIDTH = 80
SHORT = 3
"""Steps of a trace that nobody would wish shorter."""

MARKS = {
    "passed": "passed",
    "failed": "wrong",
    "raised": "exception",
    "not_implemented": "not implemented yet",
    "timeout": "timed out",
    "out_of_memory": "out of memory",
    "crashed": "crashed",
    "skipped": "skipped",
    "uncertain": "uncertain",
}


def plain(*parts: RenderableType, width: int = WIDTH) -> str:
    """Return what ``parts`` look like without colour, without trailing spaces."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, highlight=False, emoji=False)
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def steps_table(counterexample: Counterexample) -> Table:
    """Return the steps up to the first difference, ``yours`` beside ``expected``."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("step", justify="right", style="dim", width=4)
    columns = {
        "call": [row.call for row in counterexample.rows],
        "yours": [row.yours for row in counterexample.rows],
        "expected": [row.expected for row in counterexample.rows],
    }
    texts = [[name, *cells] for name, cells in columns.items()]
    for name, width in zip(columns, shared_widths(texts, WIDTH - 13), strict=True):
        table.add_column(name, overflow="fold", width=width)
    last = counterexample.rows[-1].step if counterexample.rows else 0
    for row in counterexample.rows:
        wrong = row.step == last
        table.add_row(
            str(row.step),
            Text(row.call),
            Text(row.yours, style="bold red" if wrong else ""),
            Text(row.expected, style="bold green" if wrong else ""),
        )
    return table


def shared_widths(columns: Sequence[Sequence[str]], total: int) -> list[int]:
    """Return a width per column: its longest cell, or where ``total`` is short a fair share.

    A column keeps its longest word whole while that is at most half of ``total``.
    """
    widths = [max(map(len, cells)) for cells in columns]
    words = [max(len(word) for cell in cells for word in cell.split() or [""]) for cells in columns]
    whole = [word if word <= total // 2 else 0 for word in words]
    while sum(widths) > total:
        spare = [width - least for width, least in zip(widths, whole, strict=True)]
        if max(spare) <= 0:
            whole = [0] * len(whole)
            continue
        widest = max(range(len(widths)), key=lambda n: (spare[n] > 0, widths[n]))
        widths[widest] -= 1
    return widths


def verdict_parts(verdict: Verdict, hint: str) -> list[RenderableType]:
    """Return what to show about a check that did not pass, in reading order."""
    parts: list[RenderableType] = []
    if verdict.part:
        parts.append(Text(f"In the part: {verdict.part}"))
    if verdict.sentence:
        parts.append(Text(verdict.sentence))
    elif verdict.category:
        parts.append(Text(f"First difference: {verdict.category}."))
    if verdict.counterexample is not None:
        parts += [Text(""), steps_table(verdict.counterexample)]
        if verdict.counterexample.picture:
            parts += [Text(""), Text(verdict.counterexample.picture), Text("")]
        parts += _notes(verdict)
    if verdict.error:
        parts.append(Text(verdict.error))
    parts += [Text(f"  {line}") for line in verdict.error_frames]
    if hint:
        parts.append(Text(f"Hint: {hint}"))
    return parts


def _notes(verdict: Verdict) -> list[RenderableType]:
    found = verdict.counterexample
    if found is None or found.is_minimal or len(found.rows) <= SHORT:
        return []
    return [Text("(The shortest trace that was tried; there may be a shorter one.)", style="dim")]


def verdict_text(check: CheckReport, width: int = WIDTH) -> str:
    """Return the whole message about a check that did not pass."""
    return plain(*verdict_parts(check.verdict, check.hint), width=width)
