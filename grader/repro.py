"""One counterexample again: the same steps on the files as they are now."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader import codec, confine, explain, relay
from grader.checks import Check, load_checks
from grader.examine import told
from grader.intake import read_submission
from grader.outputs import TraceFile
from grader.replay import Answer, Bench, Job
from grader.spec import Assignment
from grader.trace import Trace, call_text
from grader.transcript import Outcome, Run, Transcript, differs, outcomes
from grader.verdict import Row, judged

LIMITS = confine.Limits(cpu_s=10, wall_s=60.0, memory_bytes=1 << 30, processes=32)


class Replay(msgspec.Struct, frozen=True):
    """How the steps went this time; ``wrong`` holds the numbers of those that are wrong.

    Where a check judges a relation, ``expected`` shows one right answer; an answer that
    differs from it and is as right is not among the wrong ones.
    """

    folder: str
    rows: tuple[Row, ...] = ()
    wrong: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether any step differs or the program ended early."""
        return bool(self.wrong or self.notes)


def replay(kept: TraceFile, assignment: Assignment, folder: Path) -> Replay:
    """Play the steps of ``kept`` on the files in ``folder``, prints and all."""
    found = kept.counterexample
    submission = read_submission(folder, assignment.stubs)
    job = Job(found.modules, [codec.encode(found.trace)], LIMITS, explain=True)
    machine = assignment.machine_if_given

    def title(index: int) -> str:
        return f"step {index + 1}, {call_text(found.trace[index])}, prints:"

    with relay.shown(title) as screen, Bench(submission.files, machine, echo=screen) as bench:
        answer = bench.run(job)
    if answer.ending.kind == "import_failed":
        said = explain.import_sentence(answer.ending.detail, submission.problems)
        return Replay(str(folder), notes=(said,))
    if not answer.imported:
        said = explain.import_ended_sentence(found.modules, answer.ending)
        return Replay(str(folder), notes=(said,))
    played, errors = told(found.trace, answer)
    expected = outcomes(found.trace, found.expected)
    judge = _check(assignment, kept.check) if len(played) == len(found.trace) else None
    wrong = (
        _differing(played, expected)
        if judge is None
        else _judged_wrong(judge, found.trace, answer, found.expected)
    )
    rows, notes = [], []
    for index, (yours, wanted) in enumerate(zip(played, expected, strict=False)):
        rows.append(
            Row(
                index + 1,
                call_text(found.trace[index]),
                *explain.cells(found.trace[index], yours, wanted),
            )
        )
        error = errors[index] if index + 1 in wrong else None
        notes += [explain.error_line(error), *explain.frame_lines(error)] if error else []
    if len(played) < len(found.trace):
        step = found.trace[len(played)]
        notes.append(explain.ending_sentence(step, answer.ending))
    return Replay(str(folder), tuple(rows), wrong, tuple(notes))


def _check(assignment: Assignment, check_id: str) -> Check | None:
    """Return the check that a trace was recorded for; None where it is not here."""
    return next((each for each in load_checks(assignment.checks) if each.id == check_id), None)


def _differing(played: Sequence[Outcome], expected: Sequence[Outcome]) -> tuple[int, ...]:
    pairs = enumerate(zip(played, expected, strict=False), start=1)
    return tuple(number for number, pair in pairs if differs(*pair))


def _judged_wrong(
    check: Check, trace: Trace, answer: Answer, expected: Sequence[Any]
) -> tuple[int, ...]:
    """Return the number of the step that ``check`` finds wrong: it knows what is as right."""
    entries = [entry for text in answer.texts for entry in codec.decode(text)["entries"]]
    texts = (codec.encode(entries), codec.encode(expected))
    failure = judged(check, Run(trace, *(Transcript(trace, text) for text in texts)))
    return () if failure is None else (failure.index + 1,)
