"""One check about one submission: replay, judge, make the failure small, explain it.

Owns the way from a check's corpus to its verdict. The only module that runs
workers for the sake of an explanation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader import clock, codec, explain
from grader.checks import Check, Part
from grader.confine import Limits
from grader.corpus import REFERENCE_LIMITS
from grader.corpus_file import CheckCorpus, Recorded
from grader.replay import Answer, Bench, Ending, Job
from grader.shrink import shrink
from grader.trace import Trace, call_text
from grader.transcript import Outcome, Run, Transcript, differs, first_entries, outcomes
from grader.verdict import (
    ENDED,
    RAISED,
    Counterexample,
    Failure,
    Row,
    Verdict,
    accepts_expected,
    asked,
    drawn,
    failures,
)

SHRINK_S = 2.0
ALSO_RIGHT = "(yours is right)"
_HANG: Mapping[str, Any] = {"cpu_s": 1, "wall_s": 0.5}
_WORKERS_PER_HANG = 50
_CATEGORIES = {"timeout": "timed out", "crashed": "crashed"}


@dataclass(frozen=True)
class Effort:
    """How much may be done to make a failure smaller.

    It is counted in workers, so that every machine, busy or not, stops at the same place;
    the seconds only keep a slow program from taking all of a grading.
    """

    workers: int = 200
    seconds: float = 4 * SHRINK_S


class _Budget:
    """What is left of an effort."""

    def __init__(self, effort: Effort) -> None:
        self._workers = effort.workers
        self._deadline = clock.now() + effort.seconds

    def spend(self, answer: Answer) -> None:
        """Count one worker, or for one that hung as many as run in its time."""
        self._workers -= _WORKERS_PER_HANG if answer.ending.kind == "timeout" else 1

    def is_left(self) -> bool:
        """Whether another worker may be started."""
        return self._workers > 0 and clock.now() < self._deadline


class Examiner:
    """Finds the verdict of one check about one submission.

    ``limits`` are those of each part. ``reference`` is None on a student's machine;
    then the shortest recorded trace that fails is shown, cut at its first difference,
    instead of a shrunk one. ``problems`` are the intake's sentences about files.
    """

    def __init__(
        self,
        check: Check,
        limits: Sequence[Limits],
        submission: Bench,
        reference: Bench | None,
        problems: Mapping[str, str],
        effort: Effort = Effort(),
    ) -> None:
        self._check = check
        self._limits = limits
        self._submission = submission
        self._reference = reference
        self._problems = problems
        self._effort = effort

    def verdict(self, corpus: CheckCorpus, each: Callable[[int], None] = lambda _: None) -> Verdict:
        """Return the verdict: passed, or a part that is not, explained.

        With a reference the first part that fails is shrunk; without one, all parts are
        looked through for the shortest failure. ``each`` is called with the number of
        traces answered so far.
        """
        done = 0
        found: list[tuple[Part, Limits, Failure]] = []
        for part, recorded, limits in zip(
            self._check.parts, corpus.parts, self._limits, strict=True
        ):
            answer = self._submission.run(
                Job(part.modules, recorded.traces, limits), _shifted(each, done)
            )
            if answer.ending.kind == "import_failed":
                return self._import_failed(part, answer.ending)
            if not answer.imported:
                return self._import_ended(part, answer.ending)
            here = min(failures(self._check, recorded, answer), key=_teaching_order, default=None)
            if here is not None:
                found.append((part, limits, here))
                if self._reference is not None:
                    break
            done += len(recorded.traces)
        if not found:
            return Verdict(self._check.id, "passed")
        return self._made_plain(*min(found, key=lambda one: _teaching_order(one[2])))

    def _made_plain(self, part: Part, limits: Limits, failure: Failure) -> Verdict:
        """Return the verdict of a failing part; every retry of a hang costs its whole limit."""
        if failure.outcome == "not_implemented":
            return self._not_implemented(part, failure)
        if failure.outcome == "timeout":
            limits = replace(limits, **_HANG)
        failure, is_minimal = self._shrunk(part, limits, failure)
        return self._explained(part, limits, failure, is_minimal=is_minimal)

    # --- making a failure small ---

    def _shrunk(self, part: Part, limits: Limits, failure: Failure) -> tuple[Failure, bool]:
        """Return a smaller failure of the same outcome, and whether nothing smaller was left.

        Every candidate that hangs costs its whole limit, so their limit is small.
        """
        if self._reference is None:
            return failure, False
        limits = replace(
            limits, cpu_s=min(limits.cpu_s, int(SHRINK_S)), wall_s=min(limits.wall_s, SHRINK_S)
        )
        budget = _Budget(self._effort)
        found = failure

        def attempt(candidates: Sequence[Trace]) -> Trace | None:
            nonlocal found
            smaller = self._first_failing(part, limits, candidates, failure, budget)
            found = smaller or found
            return smaller.trace if smaller else None

        trace, is_minimal = shrink(failure.trace, attempt, budget.is_left)
        if attempt([trace]) is None:
            return failure, False
        return found, is_minimal

    def _first_failing(
        self,
        part: Part,
        limits: Limits,
        candidates: Sequence[Trace],
        like: Failure,
        budget: _Budget,
    ) -> Failure | None:
        """Return the failure of the first candidate that fails with the same outcome.

        Without a ``budget`` no further worker is started for what the last one left over.
        """
        assert self._reference is not None
        drawn = [codec.encode(trace) for trace in candidates if trace]
        answers = self._reference.run(Job(part.modules, drawn, REFERENCE_LIMITS)).texts
        pairs = [pair for pair in zip(drawn, answers, strict=False) if _is_fair(part, *pair)]
        waiting, expected = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        while waiting:
            answer = self._submission.run(Job(part.modules, waiting, limits))
            budget.spend(answer)
            if answer.ending.kind == "import_failed":
                return None
            for failure in failures(
                self._check, Recorded(tuple(waiting), tuple(expected), 0.0), answer
            ):
                if _is_like(self._check, failure, like):
                    return failure
            done = len(answer.texts) + 1
            waiting, expected = waiting[done:], expected[done:]
            if not budget.is_left():
                return None
        return None

    # --- explaining it ---

    def _explained(
        self, part: Part, limits: Limits, failure: Failure, *, is_minimal: bool
    ) -> Verdict:
        """Run the trace once more, step by step, and put the failure into words."""
        job = Job(part.modules, [codec.encode(failure.trace)], limits, explain=True)
        played, errors = told(failure.trace, self._submission.run(job))
        if failure.ending is None:
            index = failure.index
            yours = failure.run.transcript.outcomes[: index + 1]
            is_stable = len(played) == len(yours) and not any(map(differs, yours, played))
            category = explain.category(
                failure.run.trace[index], yours[index], failure.run.expected[index]
            )
            text = explain.sentence(failure.run, index, failure.words)
            if failure.defect:
                text = explain.unreadable_sentence(text)
        else:
            index = min(len(played), failure.index)
            yours = played[:index]
            is_stable = len(played) <= failure.index
            category = _CATEGORIES[failure.outcome]
            text = explain.ending_sentence(failure.trace[index], failure.ending)
        if not is_stable:
            text += " A second run of the same steps answered differently."
        error = errors[index] if is_stable and index < len(errors) else None
        picture, undrawn = drawn(self._check, failure)
        return Verdict(
            check=self._check.id,
            outcome=failure.outcome,
            category=category,
            sentence=text,
            part=part.name,
            error=explain.error_line(error) if error else "",
            error_frames=tuple(explain.frame_lines(error)) if error else (),
            counterexample=Counterexample(
                modules=part.modules,
                trace=failure.run.trace[: index + 1],
                expected=first_entries(codec.decode_trusted(failure.run.expected.text), index + 1),
                rows=_rows(failure, yours),
                is_minimal=is_minimal,
                is_stable=is_stable,
                picture=explain.picture_text(picture),
            ),
            defect=failure.defect or undrawn,
        )

    def _not_implemented(self, part: Part, failure: Failure) -> Verdict:
        """There is nothing to explain, so nothing to make small."""
        return Verdict(
            check=self._check.id,
            outcome="not_implemented",
            category="not implemented yet",
            sentence=explain.unwritten_sentence(failure.trace[failure.index]),
            part=part.name,
        )

    def _import_ended(self, part: Part, ending: Ending) -> Verdict:
        """No trace has anything to do with it."""
        outcome = ENDED[ending.kind]
        return Verdict(
            check=self._check.id,
            outcome=outcome,
            category=_CATEGORIES[outcome],
            sentence=explain.import_ended_sentence(part.modules, ending),
            part=part.name,
        )

    def _import_failed(self, part: Part, ending: Ending) -> Verdict:
        error = ending.detail.get("error")
        error = error if isinstance(error, dict) else {}
        missing = f"{ending.detail.get('module')}.py" in self._problems
        return Verdict(
            check=self._check.id,
            outcome="not_implemented" if missing else RAISED.get(str(error.get("type")), "raised"),
            category="cannot be imported",
            sentence=explain.import_sentence(ending.detail, self._problems),
            part=part.name,
            error_frames=tuple(explain.frame_lines(error)),
        )


def _is_fair(part: Part, trace_text: bytes, expected_text: bytes) -> bool:
    """Whether a shrunk trace may be put to a submission; not where nobody can say."""
    trace = codec.decode_trusted(trace_text)
    expected = Transcript(trace, expected_text)
    is_fair, _ = asked(part.is_fair, Run(trace, expected, expected))
    return bool(is_fair)


def _is_like(check: Check, failure: Failure, like: Failure) -> bool:
    """Whether a smaller failure is of the same kind, and not one that a shrunk trace brings."""
    if (failure.outcome, bool(failure.defect)) != (like.outcome, bool(like.defect)):
        return False
    return not failure.defect or accepts_expected(check, failure.run)


def _teaching_order(failure: Failure) -> tuple[bool, bool, int]:
    """Order failures by what teaches most: a short wrong answer first, an early end last."""
    return failure.ending is not None, failure.outcome == "not_implemented", failure.index


def _shifted(each: Callable[[int], None], done: int) -> Callable[[int], None]:
    return lambda count: each(done + count)


def _rows(failure: Failure, yours: Sequence[Outcome]) -> tuple[Row, ...]:
    """Return one row per step that was played, and one for the step that ended the worker."""
    steps = list(zip(failure.run.trace, failure.run.expected, strict=True))
    rows = []
    for number, ((step, wanted), outcome) in enumerate(zip(steps, yours, strict=False)):
        # Other calls on stand-ins may be right as well; they matter where they are the difference.
        both = outcome, wanted
        if number < failure.index:
            both = replace(outcome, calls=()), replace(wanted, calls=())
            if step[0] == "snap" and not differs(*both):
                continue  # a state that is as expected says nothing that the calls do not
        one, other = explain.cells(step, *both)
        if number < failure.index and failure.ending is None and differs(*both):
            other = ALSO_RIGHT
        rows.append(Row(number + 1, call_text(step), one, other))
    if failure.words:
        last = rows.pop()
        rows.append(Row(last.step, last.call, last.yours, explain.clipped(failure.words)))
    if failure.ending is not None and len(yours) < len(steps):
        step, wanted = steps[len(yours)]
        ended = explain.ending_text(failure.ending)
        rows.append(Row(len(yours) + 1, call_text(step), ended, explain.result_text(wanted)))
    return tuple(rows)


def told(trace: Trace, answer: Answer) -> tuple[list[Outcome], list[dict[str, Any] | None]]:
    """Return the outcomes that an explaining worker told before it ended, and the errors."""
    entries: list[Any] = []
    errors: list[dict[str, Any] | None] = []
    try:
        for text in answer.texts[: len(trace)]:
            told = codec.decode(text)
            entries += told["entries"]
            errors.append(told["error"] if isinstance(told["error"], dict) else None)
        return outcomes(trace[: len(errors)], entries), errors
    except (codec.CodecError, LookupError, TypeError):
        return [], []
