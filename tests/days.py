"""What every day's checks are tested with, whatever they check.

Day("day2")              the assignment, its checks and their recorded inputs
day.graded(files)        the verdict of every check about a submission
day.verdict_on(wrong, check)   of one check about one wrong version, by its number
day.picture_of(check, trace, yours)   what a student sees of a failure
part                     what is left of a trace after steps were deleted and numbers made smaller
garbage                  transcripts that no program would send
"""

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from grader import codec, pipeline
from grader.checks import Check
from grader.corpus import REFERENCE_LIMITS, load_or_record
from grader.corpus_file import CheckCorpus, Recorded
from grader.intake import Submission
from grader.replay import Bench, Job, read_folder
from grader.spec import read_assignment
from grader.trace import Trace
from grader.transcript import Outcome, Run, Transcript
from grader.verdict import Failure, Verdict, judged
from grader.wrongs import files_of, wrong_versions

ROOT = Path(__file__).resolve().parent.parent
PARTS_PER_CHECK = 60
GARBLED_PER_PART = 80

Files = Mapping[str, bytes]
Verdicts = dict[str, Verdict]


class Day:
    """One day of the course: an assignment, its reference and what is known of programs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.assignment = read_assignment(ROOT / "assignments" / name)
        self.reference = ROOT / "reference" / name
        self.checks = {check.id: check for check in pipeline.checks_of(self.assignment)}
        self.wrongs = wrong_versions(self.assignment)
        variants = ROOT / "tests" / "variants" / name
        self.variants = sorted(path for path in variants.iterdir() if path.is_dir())

    @cached_property
    def corpora(self) -> Mapping[str, CheckCorpus]:
        """The recorded inputs of every check."""
        with self.bench(self.reference) as reference:
            return load_or_record(self.assignment, list(self.checks.values()), lambda: reference)

    def bench(self, folder: Path) -> Bench:
        """Return a place to run the files of a trusted folder."""
        return Bench(read_folder(folder), self.assignment.machine)

    def graded(self, files: Files, *check_ids: str) -> Verdicts:
        """Return the verdict of some checks or all about a submission, shrunk and explained."""
        return self._judged(files, check_ids, at_home=False)

    def graded_at_home(self, files: Files, *check_ids: str) -> Verdicts:
        """Return what a student is told, on a machine without the reference."""
        return self._judged(files, check_ids, at_home=True)

    def _judged(self, files: Files, check_ids: Sequence[str], *, at_home: bool) -> Verdicts:
        submission = Submission("tested", files, {})
        checks = [self.checks[check_id] for check_id in check_ids or self.checks]
        with pipeline.benches(self.assignment, submission) as places:
            used = replace(places, reference=None) if at_home else places
            found, _ = pipeline.examine(self.assignment, checks, self.corpora, used, {})
        return {check.id: verdict for check, verdict in found}

    def verdict_on(self, wrong_number: int, check_id: str) -> Verdict:
        """Return the verdict of a check about a wrong version, by its number."""
        wrong = next(wrong for wrong in self.wrongs if wrong.number == wrong_number)
        return self.graded(files_of(self.reference, wrong), check_id)[check_id]

    def module(self, name: str) -> ModuleType:
        """Return a module of the checks, such as ``visible.traces``, as the checks see it."""
        judge = next(iter(self.checks.values())).judge
        package = judge.__module__.rsplit(".", 2)[0]
        return importlib.import_module(f"{package}.{name}")

    def recorded_parts(self) -> Iterator[tuple[Check, int, Recorded]]:
        """Yield every part of every check: the check, the part's number, what is recorded."""
        for check in self.checks.values():
            for number, recorded in enumerate(self.corpora[check.id].parts):
                yield check, number, recorded

    def blamed_in_parts(self, folder: Path) -> list[tuple[str, Trace, str]]:
        """Judge parts of recorded traces as shrinking does; return what is blamed."""
        blamed = []
        with self.bench(folder) as bench, self.bench(self.reference) as reference:
            for check, number, recorded in self.recorded_parts():
                rng = Random(f"{check.id} {number}")
                traces = [part_of(rng, trace) for trace in _some(rng, recorded)]
                part = check.parts[number]
                for run in runs(part.modules, traces, bench, reference):
                    failure = judged(check, run)
                    if failure is not None and part.is_fair(run):
                        blamed.append((check.id, failure.trace, failure.words))
        return blamed

    def picture_of(self, check_id: str, trace: Trace, yours: Mapping[int, list[Any]]) -> str:
        """Draw the last step of ``trace``, with other entries than the reference's at ``yours``."""
        check = self.checks[check_id]
        with self.bench(self.reference) as reference:
            (run,) = runs(check.parts[-1].modules, [trace], reference, reference)
        entries = [
            yours.get(index, entry_of(outcome)) for index, outcome in enumerate(run.expected)
        ]
        told = Transcript(trace, codec.encode(entries))
        assert check.picture is not None
        return check.picture(Run(trace, told, run.expected), len(trace) - 1)

    def judge_garbage(self, check: Check, odd_entries: Sequence[list[Any]]) -> list[Failure]:
        """Judge transcripts of which a part is ``odd_entries``; return what is blamed."""
        rng = Random(check.id)
        blamed = []
        for recorded in self.corpora[check.id].parts:
            for run in islice(recorded.runs(), GARBLED_PER_PART):
                share = rng.choice((0.05, 0.3, 1.0))
                entries = [
                    rng.choice(odd_entries) if rng.random() < share else entry_of(outcome)
                    for outcome in run.expected
                ]
                garbled = Transcript(run.trace, codec.encode(entries))
                failure = judged(check, replace(run, transcript=garbled))
                assert failure is None or not failure.defect, failure.defect
                blamed += [failure] if failure else []
        return blamed

    def passed_by_constant(self, answer: list[Any], makers: Collection[str] = ()) -> list[str]:
        """Return the checks that a program passes that makes its objects and then repeats.

        ``makers`` are functions that make objects, too.
        """
        return [
            check.id
            for check in self.checks.values()
            if not any(map(_blames_always(check, answer, makers), self.corpora[check.id].parts))
        ]


def lost(verdicts: Verdicts) -> list[str]:
    """Return the checks that are not passed."""
    return [check for check, verdict in verdicts.items() if verdict.outcome != "passed"]


def name_of(value: object) -> str:
    """Return how a parameter is called in a test's name."""
    return value.stem if isinstance(value, Path) else str(value)


def part_of(rng: Random, trace: Trace) -> Trace:
    """Return what is left of ``trace`` after deleting steps and making numbers smaller."""
    kept = rng.choice((0.5, 0.8, 0.95, 1.0))
    share = rng.choice((0.0, 0.05, 0.3))
    return [
        trace[0],
        *(_smaller(rng, share, step) for step in trace[1:] if rng.random() < kept),
    ]


def _smaller(rng: Random, share: float, part: Any) -> Any:
    if type(part) is int and part > 0 and rng.random() < share:
        return rng.choice((0, 1, part // 2, part - 1))
    if type(part) is list:
        return [_smaller(rng, share, item) for item in part]
    if type(part) is dict:
        return {key: _smaller(rng, share, item) for key, item in part.items()}
    return part


def runs(
    modules: tuple[str, ...], traces: Sequence[Trace], bench: Bench, reference: Bench
) -> Iterator[Run]:
    """Play traces on a submission and on the reference."""
    job = Job(modules, [codec.encode(trace) for trace in traces], REFERENCE_LIMITS)
    yours, expected = bench.run(job).texts, reference.run(job).texts
    for trace, one, other in zip(traces, yours, expected, strict=True):
        yield Run(trace, Transcript(trace, one), Transcript(trace, other))


def _some(rng: Random, recorded: Recorded) -> list[Trace]:
    texts = [rng.choice(recorded.traces) for _ in range(PARTS_PER_CHECK)]
    return [codec.decode_trusted(text) for text in texts]


def entry_of(outcome: Outcome) -> list[Any]:
    """Return an outcome as it stands in a transcript, without the calls during it."""
    return [outcome.result, *map(_wire_of, outcome.fields)]


def _wire_of(value: Any) -> Any:
    if type(value) is codec.LongBytes:
        return {"crc32": [value.length, value.crc32]}
    return {"handle": value.name} if type(value) is codec.Handle else codec.to_wire(value)


def _blames_always(
    check: Check, answer: list[Any], makers: Collection[str]
) -> Callable[[Recorded], bool]:
    """Return whether ``check`` finds a program wrong that makes its objects and then repeats."""

    def blames(recorded: Recorded) -> bool:
        for run in recorded.runs():
            entries = [
                entry_of(outcome) if step[0] in ("given", "new") or step[1] in makers else answer
                for step, outcome in zip(run.trace, run.expected, strict=True)
            ]
            if judged(check, replace(run, transcript=Transcript(run.trace, codec.encode(entries)))):
                return True
        return False

    return blames
