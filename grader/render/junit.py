"""``junit.xml``: what CI systems show; one test case per check."""

from xml.etree import ElementTree as ET

from grader.printable import printable_lines
from grader.render.text import MARKS, verdict_text
from grader.report import Report


def render(report: Report) -> bytes:
    """Return the report as JUnit XML: wrong answers are failures, everything else errors."""
    outcomes = [check.verdict.outcome for check in report.checks]
    suite = ET.Element(
        "testsuite",
        name=report.assignment,
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failed")),
        skipped=str(outcomes.count("skipped")),
        errors=str(sum(each not in ("passed", "failed", "skipped") for each in outcomes)),
        time=f"{report.times.wall_s:.3f}",
    )
    for check in report.checks:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"{report.assignment}.{check.task}",
            name=printable_lines(f"{check.id} {check.title}"),
            time=f"{report.times.checks_wall_s.get(check.id, 0.0):.3f}",
        )
        outcome = check.verdict.outcome
        if outcome == "passed":
            continue
        kind = {"failed": "failure", "skipped": "skipped"}.get(outcome, "error")
        found = ET.SubElement(
            case, kind, message=printable_lines(check.verdict.sentence or MARKS[outcome])
        )
        if kind != "skipped":
            found.set("type", outcome)
            found.text = printable_lines(verdict_text(check))
    ET.indent(suite)
    text: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
