"""(check, ending, transcript) to failure: what a submission's answers mean.

Owns the outcomes, the form of a verdict, and the judging of single answers. Never
runs a worker, never assigns points, never prints.

Legend::

    Failure         one trace, the step at which it goes wrong, and the outcome that makes
    Counterexample  the shrunk trace of a failure as a table, with the words for it
    Verdict         the outcome of one check
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import msgspec

from grader import codec
from grader.checks import Check
from grader.corpus_file import Recorded
from grader.replay import Answer, Ending
from grader.trace import Trace
from grader.transcript import Difference, Run, Transcript, first_difference

OutcomeName = Literal[
    "passed",
    "failed",
    "raised",
    "not_implemented",
    "timeout",
    "out_of_memory",
    "crashed",
    "skipped",
    "uncertain",
]
OUTCOMES: tuple[OutcomeName, ...] = get_args(OutcomeName)
ENDED: Mapping[str, OutcomeName] = {
    "timeout": "timeout",
    "exited": "crashed",
    "signalled": "crashed",
    "garbled": "crashed",
}
RAISED: Mapping[str, OutcomeName] = {
    "NotImplementedError": "not_implemented",
    "MemoryError": "out_of_memory",
}
_LONGEST_CAUSE = 300
ENOUGH_BYTES = 4 << 20


class Row(msgspec.Struct, frozen=True):
    """One step of a counterexample."""

    step: int
    call: str
    yours: str
    expected: str


class Counterexample(msgspec.Struct, frozen=True):
    """The smallest trace found that shows a submission wrong, ready to show and to re-run.

    ``is_minimal`` is False where shrinking stopped early, ``is_stable`` where a second
    run answered otherwise. ``picture`` is the author's drawing of it, plain text.
    """

    modules: tuple[str, ...]
    trace: list[Any]
    expected: list[Any]
    rows: tuple[Row, ...]
    is_minimal: bool
    is_stable: bool
    picture: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of one check, and what to tell about it.

    ``defect`` is for the instructor: what broke in the check itself, "" as a rule.
    """

    check: str
    outcome: OutcomeName
    category: str = ""
    sentence: str = ""
    part: str = ""
    error: str = ""
    error_frames: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    defect: str = ""


@dataclass(frozen=True)
class Failure:
    """A trace that goes wrong: at step ``index``, or somewhere with an ``ending``.

    ``words`` say what was expected where the check judges a relation. ``defect`` says
    how the check broke over the answer, "" where it judged.
    """

    run: Run
    index: int
    outcome: OutcomeName
    words: str = ""
    ending: Ending | None = None
    defect: str = ""

    @property
    def trace(self) -> Trace:
        """The steps up to and including the one that goes wrong."""
        return self.run.trace[: self.index + 1]


def failures(check: Check, recorded: Recorded, answer: Answer) -> Iterator[Failure]:
    """Yield what is wrong with ``answer``, trace by trace, and how it ended too early.

    A transcript with the very bytes of the reference's needs no judge: the check has
    accepted those bytes when they were recorded. After wrong ones of ENOUGH_BYTES together
    no other is looked at: reading takes our time, and a program may say what it likes.
    """
    read_bytes = 0
    expected = zip(recorded.traces, recorded.expected, strict=True)
    for text, (trace_text, expected_text) in zip(answer.texts, expected, strict=False):
        if text == expected_text:
            continue
        trace = codec.decode_trusted(trace_text)
        run = Run(trace, Transcript(trace, text), Transcript(trace, expected_text))
        failure = judged(check, run)
        if failure is not None:
            yield failure
            read_bytes += len(text)
            if read_bytes > ENOUGH_BYTES:
                return
    ended_at = len(answer.texts)
    if answer.ending.kind != "finished" and ended_at < len(recorded.traces):
        trace = codec.decode_trusted(recorded.traces[ended_at])
        expected_transcript = Transcript(trace, recorded.expected[ended_at])
        yield _ended(Run(trace, Transcript(trace, b""), expected_transcript), answer.ending)


def judged(check: Check, run: Run) -> Failure | None:
    """Return what ``check`` finds wrong in ``run``, None when it accepts it.

    A judge must accept any transcript. One that breaks has judged the reference's
    answer before, so the submission's is too strange for it: that is a failure at the
    first step with another answer, and a defect of the check. It stops no grading.
    """
    try:
        run.transcript.outcomes  # noqa: B018 - whether it is a transcript is no judge's business
    except codec.CodecError:
        return _ended(run, Ending("garbled"))
    _, said = asked(check.judge, run)
    if said is None:
        return None
    if isinstance(said, Difference):
        if not _is_step(run, said.index):
            return _unreadable(check, run, said)
        return _wrong(run, said.index, said.expected)
    if not isinstance(said, AssertionError):
        return _unreadable(check, run, said)
    index = first_difference(run.transcript, run.expected)
    if index is not None:
        return _wrong(run, index, "")
    return _wrong(run, len(run.trace) - 1, str(said).partition("\n")[0])


def asked(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Exception | None]:
    """Return what a function of a check's author answers, and what it raised.

    The one place where such an exception ends: his code looks at what a stranger's
    program said, and whatever happens to it stops no grading.
    """
    try:
        return function(*arguments), None
    except Exception as error:  # noqa: BLE001 - as the docstring says
        return None, error


def accepts_expected(check: Check, run: Run) -> bool:
    """Whether ``check`` accepts the answer that is expected in ``run``.

    It does for every recorded trace, but perhaps not for every part of one.
    """
    _, said = asked(check.judge, Run(run.trace, run.expected, run.expected))
    return said is None


def drawn(check: Check, failure: Failure) -> tuple[str, str]:
    """Return the check's picture of ``failure``, "" where there is none, and its defect.

    A picture must accept any transcript, too. One that breaks is left out.
    """
    if check.picture is None or failure.ending is not None:
        return "", ""
    picture, error = asked(check.picture, failure.run, failure.index)
    return (picture, "") if type(picture) is str else ("", _defect(check, "draw", error or picture))


def _is_step(run: Run, index: object) -> bool:
    return type(index) is int and 0 <= index < len(run.trace)


def _unreadable(check: Check, run: Run, error: Exception) -> Failure | None:
    """Return the failure over which the judge broke; what equals the reference's is none."""
    index = first_difference(run.transcript, run.expected)
    if index is None:
        return None
    return replace(_wrong(run, index, ""), defect=_defect(check, "judge", error))


def _defect(check: Check, verb: str, what: object) -> str:
    """Say what is wrong with a check, where, and what to do."""
    what = f"{type(what).__name__}: {what}"[:_LONGEST_CAUSE]
    return (
        f"{check.path}: {check.id} cannot {verb} this submission's answers ({what}); "
        f"let it {verb} any transcript, and grade again"
    )


def _wrong(run: Run, index: int, words: str) -> Failure:
    yours, expected = run.transcript[index], run.expected[index]
    outcome: OutcomeName = "failed"
    if yours.result == "raise":
        usual: OutcomeName = "failed" if expected.result == "raise" else "raised"
        outcome = RAISED.get(yours.fields[0], usual)
    return Failure(run, index, outcome, words)


def _ended(run: Run, ending: Ending) -> Failure:
    return Failure(run, len(run.trace) - 1, ENDED[ending.kind], ending=ending)
