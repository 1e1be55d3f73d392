"""(check, ending, transcript) to failure: what a submission's answers mean.

Owns the outcomes, the form of a verdict, and the judging of single answers. Never
runs a worker, never assigns points, never prints.

Legend::

    Failure         one trace, the step at which it goes wrong, and the outcome that makes
    Counterexample  the shrunk trace of a failure as a table, with the words for it
    Verdict         the outcome of one check
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from grader import codec
from grader.checks import Check
from grader.corpus import Recorded
from grader.errors import SpecError
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
    """The outcome of one check, and what to tell about it."""

    check: str
    outcome: OutcomeName
    category: str = ""
    sentence: str = ""
    part: str = ""
    error: str = ""
    error_frames: tuple[str, ...] = ()
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class Failure:
    """A trace that goes wrong: at step ``index``, or somewhere with an ``ending``.

    ``words`` say what was expected where the check judges a relation.
    """

    run: Run
    index: int
    outcome: OutcomeName
    words: str = ""
    ending: Ending | None = None

    @property
    def trace(self) -> Trace:
        """The steps up to and including the one that goes wrong."""
        return self.run.trace[: self.index + 1]


def failures(check: Check, recorded: Recorded, answer: Answer) -> Iterator[Failure]:
    """Yield what is wrong with ``answer``, trace by trace, and how it ended too early.

    A transcript with the very bytes of the reference's needs no judge: the check has
    accepted those bytes when they were recorded.
    """
    expected = zip(recorded.traces, recorded.expected, strict=True)
    for text, (trace_text, expected_text) in zip(answer.texts, expected, strict=False):
        if text == expected_text:
            continue
        trace = codec.decode_trusted(trace_text)
        run = Run(trace, Transcript(trace, text), Transcript(trace, expected_text))
        failure = judged(check, run)
        if failure is not None:
            yield failure
    ended_at = len(answer.texts)
    if answer.ending.kind != "finished" and ended_at < len(recorded.traces):
        trace = codec.decode_trusted(recorded.traces[ended_at])
        expected_transcript = Transcript(trace, recorded.expected[ended_at])
        yield _ended(Run(trace, Transcript(trace, b""), expected_transcript), answer.ending)


def judged(check: Check, run: Run) -> Failure | None:
    """Return what ``check`` finds wrong in ``run``, None when it accepts it.

    Raises SpecError when the check itself breaks: a judge must accept any transcript.
    """
    try:
        check.judge(run)
    except Difference as difference:
        return _wrong(run, difference.index, difference.expected)
    except codec.CodecError:
        return _ended(run, Ending("garbled"))
    except AssertionError as error:
        index = first_difference(run.transcript, run.expected)
        if index is not None:
            return _wrong(run, index, "")
        return _wrong(run, len(run.trace) - 1, str(error).partition("\n")[0])
    except Exception as error:
        raise SpecError(
            f"{check.path}: {check.id} cannot judge a transcript: {type(error).__name__}: {error}; "
            "a check must accept any transcript"
        ) from error
    return None


def drawn(check: Check, failure: Failure) -> str:
    """Return the check's picture of ``failure``, "" where there is none.

    Raises SpecError when the picture breaks: it must accept any transcript, too.
    """
    if check.picture is None or failure.ending is not None:
        return ""
    try:
        return check.picture(failure.run, failure.index)
    except Exception as error:
        raise SpecError(
            f"{check.path}: {check.id} cannot draw a transcript: {type(error).__name__}: {error}; "
            "a picture must accept any transcript"
        ) from error


def _wrong(run: Run, index: int, words: str) -> Failure:
    yours, expected = run.transcript[index], run.expected[index]
    outcome: OutcomeName = "failed"
    if yours.result == "raise":
        usual: OutcomeName = "failed" if expected.result == "raise" else "raised"
        outcome = RAISED.get(yours.fields[0], usual)
    return Failure(run, index, outcome, words)


def _ended(run: Run, ending: Ending) -> Failure:
    return Failure(run, len(run.trace) - 1, ENDED[ending.kind], ending=ending)
