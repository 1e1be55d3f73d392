"""The terminal while a command runs: progress where work takes time, then the report.

Colour only on a terminal.
"""

from collections.abc import Callable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from grader.checks import Check
from grader.doctor import Finding
from grader.live import Live
from grader.outputs import TraceFile
from grader.pipeline import Watcher
from grader.render import terminal
from grader.render.text import MARKS
from grader.report import Report
from grader.repro import Replay
from grader.verdict import Verdict


class Screen(Live):
    """What a person sees; with ``quiet`` nothing but what is asked for at the end."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(quiet=quiet)
        self._task = self.bar.add_task("", visible=False)

    def watcher(self) -> Watcher:
        """Return what shows a grading as it goes: a bar, and a line per verdict."""
        return Watcher(self._recording, self._begins, self._advances, self._ends)

    def show_report(self, report: Report, repro: Callable[[str], str]) -> None:
        """Print the table of points, then the first failure in full."""
        self.console.print()
        self.console.print(terminal.render(report))
        first = terminal.first_failure(report)
        if first is not None:
            line = repro(first.id) if first.verdict.counterexample else None
            self.console.print()
            self.console.print(terminal.failure(first, line))
            others = terminal.further_traces(report, first)
            if others:
                self.say(f"Likewise for {', '.join(others)}: {repro(others[0])}")

    def show_defects(self, report: Report) -> None:
        """Print what the author of the checks has to mend; no business of a student's."""
        for check in report.checks:
            if check.verdict.defect:
                self.console.print()
                self.console.print(Text(check.verdict.defect, style="yellow"))

    def show_replay(self, kept: TraceFile, found: Replay) -> None:
        """Print the steps of a counterexample as they went this time."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in ("step", "call", "yours", "expected", ""):
            table.add_column(name, overflow="fold", justify="right" if name == "step" else "left")
        for row in found.rows:
            mark = Text("<-- wrong", style="bold red") if row.step in found.wrong else Text("")
            cells = [Text(cell) for cell in (row.call, row.yours, row.expected)]
            table.add_row(str(row.step), *cells, mark)
        self.console.print(Text(f"{kept.check} on the files in {found.folder}", style="bold"))
        self.console.print()
        self.console.print(table)
        for line in found.notes:
            self.console.print(Text(line))
        if not found.differs:
            self.console.print(Text("Nothing is wrong any more.", style="green"))

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Print what the doctor found, one line each."""
        table = Table.grid(padding=(0, 2))
        for finding in findings:
            mark = Text("ok", style="green") if finding.fine else Text("missing", style="red")
            remedy = "" if finding.fine else f" -> {finding.remedy}"
            table.add_row(mark, Text(finding.what), Text(finding.found + remedy))
        self.console.print(table)

    # --- a grading as it goes ---

    def _recording(self, check: Check) -> None:
        self._show_task(f"recording the inputs of {check.id}", None)

    def _begins(self, check: Check, total: int) -> None:
        self._show_task(f"{check.id} {check.title[:36]}", total)

    def _show_task(self, text: str, total: int | None) -> None:
        self.bar.remove_task(self._task)
        self._task = self.bar.add_task(text, total=total)

    def _advances(self, done: int) -> None:
        self.bar.update(self._task, completed=done)

    def _ends(self, check: Check, verdict: Verdict) -> None:
        style = "green" if verdict.outcome == "passed" else "red"
        line = Text(f"{check.id:<6} ")
        line.append(MARKS[verdict.outcome], style)
        self.console.print(line)
