"""One counterexample again: the same steps on the files as they are now."""

from pathlib import Path

import msgspec

from grader import codec, confine, explain, relay
from grader.examine import told
from grader.intake import read_submission
from grader.outputs import TraceFile
from grader.replay import Bench, Job
from grader.spec import Assignment
from grader.trace import call_text
from grader.transcript import differs, outcomes
from grader.verdict import Row

LIMITS = confine.Limits(cpu_s=10, wall_s=60.0, memory_bytes=1 << 30, processes=32)


class Replay(msgspec.Struct, frozen=True):
    """How the steps went this time; ``wrong`` holds the numbers of those that differ.

    Where a check judges a relation, ``expected`` shows one right answer, and another
    one may be right as well.
    """

    rows: tuple[Row, ...]
    wrong: tuple[int, ...]
    notes: tuple[str, ...]

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
    with relay.shown() as screen, Bench(submission.files, machine, echo=screen) as bench:
        answer = bench.run(job)
    if answer.ending.kind == "import_failed":
        return Replay((), (), (explain.import_sentence(answer.ending.detail, submission.problems),))
    if not answer.imported:
        return Replay((), (), (explain.import_ended_sentence(found.modules, answer.ending),))
    played, errors = told(found.trace, answer)
    expected = outcomes(found.trace, found.expected)
    rows, wrong, notes = [], [], []
    for index, (yours, wanted) in enumerate(zip(played, expected, strict=False)):
        rows.append(
            Row(
                index + 1,
                call_text(found.trace[index]),
                *explain.cells(found.trace[index], yours, wanted),
            )
        )
        if differs(yours, wanted):
            wrong.append(index + 1)
            error = errors[index]
            notes += [explain.error_line(error), *explain.frame_lines(error)] if error else []
    if len(played) < len(found.trace):
        step = found.trace[len(played)]
        notes.append(explain.ending_sentence(step, answer.ending))
    return Replay(tuple(rows), tuple(wrong), tuple(notes))
