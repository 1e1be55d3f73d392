"""The report on a terminal: points per check, then the first failure in full."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from grader.render.text import MARKS, verdict_parts
from grader.report import CheckReport, Report

_STYLES = {"passed": "green", "not_implemented": "yellow", "skipped": "dim"}


def render(report: Report) -> RenderableType:
    """Return the table of points and the totals."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("check", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("result", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    for check in report.checks:
        outcome = check.verdict.outcome
        table.add_row(
            check.id,
            Text(check.title),
            Text(MARKS[outcome], style=_STYLES.get(outcome, "red")),
            f"{check.earned:g} / {check.points:g}",
        )
    return Group(table, Text(""), *totals(report))


def totals(report: Report) -> list[Text]:
    """Return the points together, then what else is to be said of the whole report."""
    lines = [Text(f"{report.earned:g} of {report.possible:g} points", style="bold")]
    if report.later:
        lines[0].append(f" ({report.later:g} more for items still to be written)", "not bold")
    if report.more:
        lines.append(Text(report.more))
    lines += [Text(f"{note}.") for note in report.notes]
    lines += [Text(f"{problem}.", style="yellow") for problem in report.problems.values()]
    return lines


def first_failure(report: Report) -> CheckReport | None:
    """Return the check to look at first: a wrong answer before what is not written yet."""
    open_checks = [check for check in report.checks if check.verdict.outcome != "passed"]
    ranks = {"not_implemented": 1, "skipped": 2}
    return min(open_checks, key=lambda check: ranks.get(check.verdict.outcome, 0), default=None)


def further_traces(report: Report, shown: CheckReport) -> list[str]:
    """Return the ids of the checks, but for the one that is shown, with a trace to look at."""
    checks = [check for check in report.checks if check.verdict.counterexample is not None]
    return [check.id for check in checks if check.id != shown.id]


def failure(check: CheckReport, repro: str | None) -> RenderableType:
    """Return one failing check in full, with the line that re-runs it."""
    heading = Text(f"{check.id}  {check.title}", style="bold")
    parts: list[RenderableType] = [heading, *verdict_parts(check.verdict, check.hint)]
    if repro is not None:
        parts += [Text(""), Text("Run just these steps again:"), Text(f"  {repro}", style="cyan")]
    return Group(*parts)
