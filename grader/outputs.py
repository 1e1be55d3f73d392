"""What a grading leaves in a folder: each file whole or not at all."""

from pathlib import Path

import msgspec

from grader import codec, files
from grader.errors import GraderError, GraderFault, SpecError, SubmissionError
from grader.render import as_json, gradescope, junit, summary
from grader.report import Report
from grader.trace import VERBS, call_text
from grader.transcript import outcomes
from grader.verdict import Counterexample

TRACE_FORMAT = 1
UNFINISHED = "The grader did not finish. This is not your fault; please tell the staff."


class TraceFile(msgspec.Struct, frozen=True):
    """One counterexample to re-run: what ``grader repro`` reads."""

    format: int
    assignment: str
    submission: str
    check: str
    counterexample: Counterexample


def prepare(out: Path) -> None:
    """Make the folder and leave results.json without points, should we not get further.

    It is closed to other users, as whom workers run; one that is there stays as it is, but
    for the traces of an earlier grading.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SpecError(f"--out {out}: cannot be made ({error.strerror}); name a folder") from error
    for stale in (out / "traces").glob("*.json"):
        stale.unlink(missing_ok=True)
    write(out / "results.json", gradescope.pessimistic(UNFINISHED))


def write_refusal(error: GraderError, out: Path) -> None:
    """Leave a results.json that says why there is no grade, as far as the student's part goes."""
    if isinstance(error, SubmissionError):
        write(out / "results.json", gradescope.pessimistic(f"Nothing could be graded: {error}"))


def write_all(report: Report, out: Path, submission: Path) -> None:
    """Write results.json, report.json, junit.xml, summary.md and the traces to re-run."""
    write(out / "report.json", as_json.render(report))
    write(out / "summary.md", summary.render(report))
    write(out / "junit.xml", junit.render(report))
    write_traces(report, out / "traces", submission)
    write(out / "results.json", gradescope.render(report))


def write_traces(report: Report, folder: Path, submission: Path) -> None:
    """Write one file per check with a counterexample; remove that of a check without one."""
    for check in report.checks:
        path = folder / f"{check.id}.json"
        found = check.verdict.counterexample
        if found is None:
            path.unlink(missing_ok=True)
        else:
            content = TraceFile(TRACE_FORMAT, report.assignment, str(submission), check.id, found)
            write(path, msgspec.json.encode(content))


def read_trace(path: Path) -> TraceFile:
    """Return the counterexample in ``path``; raises SpecError where it is not one."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=TraceFile)
        _require_steps(kept)
    except OSError as error:
        raise SpecError(
            f"{path}: cannot be read ({error.strerror}); run the check again"
        ) from error
    except (msgspec.DecodeError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise SpecError(
            f"{path}: is not a trace to re-run ({error}); run the check again"
        ) from error
    return kept


def _require_steps(kept: TraceFile) -> None:
    """Raise one of five errors unless ``kept`` holds steps and an outcome for each."""
    found = kept.counterexample
    if kept.format != TRACE_FORMAT or not found.modules:
        raise ValueError(f"format {kept.format}, modules {found.modules}")
    codec.decode(codec.encode([found.trace, found.expected]))  # no larger than a frame may be
    for step in found.trace:
        if step[0] not in VERBS:
            raise ValueError(f"no such step: {step[0]}")
        call_text(step)
    outcomes(found.trace, found.expected)


def write(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` in one step; raises GraderFault when the disk refuses."""
    try:
        files.replace(path, content)
    except OSError as error:
        raise GraderFault(
            f"{path}: cannot be written ({error.strerror}); make room, or write elsewhere"
        ) from error
