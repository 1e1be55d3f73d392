"""Day 1's checks, all of them, against everything whose result is known.

right     the reference and two other styles: no check may find anything
stub      every check must say that something is not implemented
wrong     each of the twenty must lose what its first line declares, and nothing else
part      what is left of a trace after steps were deleted and numbers made smaller
garbage   transcripts that no program would send: judges must bear them
"""

import statistics
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from wrongs import declaration_of, materialise, parse_declaration, wrong_paths

from grader import codec, pipeline
from grader.checks import Check
from grader.corpus import REFERENCE_LIMITS, CheckCorpus, Recorded, load_or_record
from grader.intake import Submission
from grader.replay import Bench, Job, read_folder
from grader.spec import read_assignment
from grader.trace import Trace, Traces, operations
from grader.transcript import Run, Transcript
from grader.verdict import Verdict, judged

ROOT = Path(__file__).resolve().parent.parent.parent
DAY1 = read_assignment(ROOT / "assignments" / "day1")
REFERENCE = ROOT / "reference" / "day1"
CHECKS = {check.id: check for check in pipeline.checks_of(DAY1)}
VARIANTS = sorted(path for path in (ROOT / "tests/variants/day1").iterdir() if path.is_dir())
WRONGS = wrong_paths("day1")
PARTS_PER_CHECK = 60
WORKERS = 2

Files = Mapping[str, bytes]
Verdicts = dict[str, Verdict]


def _name(value: object) -> str:
    return value.stem if isinstance(value, Path) else str(value)


@cache
def _corpora() -> Mapping[str, CheckCorpus]:
    with Bench(read_folder(REFERENCE), DAY1.machine) as reference:
        return load_or_record(DAY1, list(CHECKS.values()), lambda: reference)


def _graded(files: Files) -> Verdicts:
    """Return the verdict of every check about a submission, shrunk and explained."""
    submission = Submission("tested", files, {})
    checks = list(CHECKS.values())
    with pipeline.benches(DAY1, submission) as places:
        found, _ = pipeline.examine(
            DAY1, checks, _corpora(), places, submission, pipeline.Watcher()
        )
    return {check.id: verdict for check, verdict in found}


@pytest.fixture(scope="session")
def verdicts_of_wrongs() -> dict[Path, Verdicts]:
    """Grade all wrong versions once, two at a time; return the verdicts by file."""
    _corpora()
    submissions = [materialise("day1", path) for path in WRONGS]
    with ThreadPoolExecutor(WORKERS) as pool:
        return dict(zip(WRONGS, pool.map(_graded, submissions), strict=True))


def _lost(verdicts: Verdicts) -> list[str]:
    return [check for check, verdict in verdicts.items() if verdict.outcome != "passed"]


# --- right programs -----------------------------------------------------------


@pytest.mark.parametrize("folder", [REFERENCE, *VARIANTS], ids=_name)
def test_a_right_program_loses_nothing(folder: Path) -> None:
    """Neither the reference nor a right program in another style loses a point."""
    verdicts = _graded(read_folder(folder))

    assert {check: verdicts[check].sentence for check in _lost(verdicts)} == {}


@pytest.mark.parametrize("folder", VARIANTS, ids=_name)
def test_no_part_of_a_trace_blames_a_right_program(folder: Path) -> None:
    """Shrinking judges any part of a trace; a right program is not to blame in any of them."""
    blamed = []

    with (
        Bench(read_folder(folder), DAY1.machine) as bench,
        Bench(read_folder(REFERENCE), DAY1.machine) as reference,
    ):
        for check, number, recorded in _recorded_parts():
            rng = Random(f"{check.id} {number}")
            modules, is_fair = check.parts[number].modules, check.parts[number].is_fair
            traces = [_part_of(rng, trace) for trace in _some(rng, recorded)]
            runs = _runs(modules, traces, reference, reference)
            traces = [run.trace for run in runs if is_fair(run)]
            for run in _runs(modules, traces, bench, reference):
                failure = judged(check, run)
                if failure is not None:
                    blamed.append((check.id, failure.trace, failure.words))

    assert blamed == []


def _recorded_parts() -> Iterator[tuple[Check, int, Recorded]]:
    for check in CHECKS.values():
        for number, recorded in enumerate(_corpora()[check.id].parts):
            yield check, number, recorded


def _some(rng: Random, recorded: Recorded) -> list[Trace]:
    texts = [rng.choice(recorded.traces) for _ in range(PARTS_PER_CHECK)]
    return [codec.decode_trusted(text) for text in texts]


def _part_of(rng: Random, trace: Trace) -> Trace:
    """Return what is left of ``trace`` after deleting steps and making numbers smaller."""
    kept = rng.choice((0.5, 0.8, 0.95, 1.0))
    smaller = rng.choice((0.0, 0.05, 0.3))
    return [
        trace[0],
        *(_smaller(rng, smaller, step) for step in trace[1:] if rng.random() < kept),
    ]


def _smaller(rng: Random, share: float, part: Any) -> Any:
    if type(part) is int and part > 0 and rng.random() < share:
        return rng.choice((0, 1, part // 2, part - 1))
    if type(part) is list:
        return [_smaller(rng, share, item) for item in part]
    if type(part) is dict:
        return {key: _smaller(rng, share, item) for key, item in part.items()}
    return part


def _runs(
    modules: tuple[str, ...], traces: list[Trace], bench: Bench, reference: Bench
) -> Iterator[Run]:
    job = Job(modules, [codec.encode(trace) for trace in traces], REFERENCE_LIMITS)
    yours, expected = bench.run(job).texts, reference.run(job).texts
    for trace, one, other in zip(traces, yours, expected, strict=True):
        yield Run(trace, Transcript(trace, one), Transcript(trace, other))


# --- the stub -----------------------------------------------------------------


def test_the_stub_has_not_implemented_anything() -> None:
    """Every check about the stub says so, and none says more."""
    verdicts = _graded(read_folder(DAY1.path / "stub"))

    assert {verdict.outcome for verdict in verdicts.values()} == {"not_implemented"}


# --- wrong programs -----------------------------------------------------------


def test_there_are_twenty_wrong_versions() -> None:
    """Every wrong implementation of the curriculum is there, numbered from 1 to 20."""
    assert [declaration_of(path).number for path in WRONGS] == list(range(1, 21))


@pytest.mark.parametrize("path", WRONGS, ids=_name)
def test_a_wrong_version_loses_what_it_declares(
    path: Path, verdicts_of_wrongs: dict[Path, Verdicts]
) -> None:
    """A bug costs the items that are about it, and no others."""
    verdicts = verdicts_of_wrongs[path]

    assert _lost(verdicts) == list(declaration_of(path).loses)
    assert {verdicts[check].outcome for check in _lost(verdicts)} <= {*DAY1.wrong.outcomes}


def test_counterexamples_are_small(verdicts_of_wrongs: dict[Path, Verdicts]) -> None:
    """In the median, what a student is shown has at most six operations."""
    shown = chain.from_iterable(verdicts.values() for verdicts in verdicts_of_wrongs.values())
    found = [verdict.counterexample for verdict in shown if verdict.counterexample]

    assert all(counterexample.is_stable for counterexample in found)
    assert statistics.median(operations(example.trace) for example in found) <= 6


def test_a_declaration_that_cannot_be_read_says_how_it_should_be() -> None:
    """The first line of a wrong version has one form."""
    with pytest.raises(ValueError, match="expected '# wrong 4 of holes"):
        parse_declaration("# wrong of holes")


# One rule of the heap broken at a time: (check that must see it, its words, method, body).
BROKEN_RULES = {
    "alignment": ("D1.15", "a multiple of 16", "malloc(self, n)", "return super().malloc(n) + 8"),
    "room for a header": ("D1.15", "8 bytes between", "_need(self, n)", "return roundup(n, 16)"),
    "own bytes": ("D1.15", "bytes of its own", "_need(self, n)", "return 16"),
    "an address": ("D1.15", "an address", "malloc(self, n)", "return float(super().malloc(n))"),
    "contents": (
        "D1.15",
        " to be ",
        "free(self, p)",
        "self._mem.store(self._mem.base, bytes(1)); super().free(p)",
    ),
    "memory": (
        "D1.15",
        "no trap",
        "malloc(self, n)",
        "p = super().malloc(n); self._mem.sbrk(-1); return p",
    ),
    "too little is usable": ("D1.15", "at least the requested", "usable_size(self, p)", "return 0"),
    "too much is usable": (
        "D1.15",
        "the next payload",
        "usable_size(self, p)",
        "return super().usable_size(p) + 64",
    ),
    "free bytes": ("D1.15", "brk - base is", "free_bytes(self)", "return super().free_bytes() + 8"),
    "live blocks": ("D1.15", "{'live': [[", "snapshot(self)", "return {'live': []}"),
    "zeros": ("D1.16", " to be ", "_clear(self, p, size)", "pass"),
    "reuse": ("D1.17", "had room at once", "free(self, p)", "del self._live[p]"),
    "the break stays": (
        "D1.17",
        "nothing was allocated or freed",
        "malloc(self, n)",
        "self._mem.sbrk(16 if n > 4096 else 0); return super().malloc(n)",
    ),
    "no such error": (
        "D1.17",
        "the error ENOMEM",
        "malloc(self, n)",
        "return super().malloc(n % 97)",
    ),
    "a stale address": (
        "D1.17",
        "the error EINVAL",
        "free(self, p)",
        "return super().free(p) if p in self._live else None",
    ),
}


@pytest.mark.parametrize("rule", BROKEN_RULES.values(), ids=BROKEN_RULES)
def test_each_rule_of_the_heap_is_judged(rule: tuple[str, str, str, str]) -> None:
    """A heap that breaks one rule is told so, in words about that rule."""
    check, words, method, body = rule
    right = read_folder(REFERENCE)
    files = {
        **right,
        **{f"right/{name}": content for name, content in right.items()},
        "right/__init__.py": b"",
        "heap.py": BROKEN_HEAP.format(method=method, body=body).encode(),
    }

    with (
        Bench(files, DAY1.machine) as bench,
        Bench(right, DAY1.machine) as reference,
    ):
        found = [
            failure.words
            for each, number, recorded in _recorded_parts()
            if each.id == check and each.parts[number].modules == ("heap",)
            for run in _runs(("heap",), _decoded(recorded), bench, reference)
            if (failure := judged(each, run))
        ]

    assert [told for told in found if words in told]


BROKEN_HEAP = """\
from machine import roundup
from right.heap import Heap as Right


class Heap(Right):
    def {method}:
        {body}
"""


def _decoded(recorded: Recorded) -> list[Trace]:
    return [codec.decode_trusted(text) for text in recorded.traces]


# --- transcripts that no program would send -----------------------------------

ODD_VALUES = (
    None, True, 0, -1, 16, 65536, 10**300, 1.5, "x", [], [[]], [0, 1], {}, {"live": 1},
    {"holes": [[0, 4]], "live": [[0, 1, "n"]], "rover": None}, {"dict": [[0, 0]]}, {"hex": "00"},
    {"holes": [], "live": [[65536, 8]], "rover": 0}, {"crc32": [600, 1]}, {"handle": "step 2"},
)  # fmt: skip
ODD_ENTRIES: tuple[list[Any], ...] = (
    ["err", "EINVAL"],
    ["err", "ENOMEM"],
    ["err", "-5"],
    ["raise", "KeyError"],
    ["trap", "SegFault", None, [], "?"],
    ["odd", "set"],
    ["skip"],
    *(["ok", value] for value in ODD_VALUES),
)


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.id)
def test_a_judge_bears_any_transcript(check: Check) -> None:
    """Whatever a worker sends is accepted or blamed; it never breaks the judge."""
    rng = Random(check.id)
    for recorded in _corpora()[check.id].parts:
        for text, expected_text in zip(recorded.traces[:80], recorded.expected, strict=False):
            trace = codec.decode_trusted(text)
            expected = Transcript(trace, expected_text)
            share = rng.choice((0.05, 0.3, 1.0))
            entries = [
                rng.choice(ODD_ENTRIES) if rng.random() < share else _entry(outcome)
                for outcome in expected
            ]
            judged(check, Run(trace, Transcript(trace, codec.encode(entries)), expected))


def _entry(outcome: Any) -> list[Any]:
    return [outcome.result, *map(codec.to_wire, outcome.fields)]


@pytest.mark.parametrize("answer", [e for e in ODD_ENTRIES if e != ["skip"]], ids=str)
def test_a_constant_answer_passes_no_check(answer: list[Any]) -> None:
    """A program that always does the same fails every check."""
    passed = [
        check.id
        for check in CHECKS.values()
        if not any(map(_blames_always(check, answer), _corpora()[check.id].parts))
    ]

    assert passed == []


def _blames_always(check: Check, answer: list[Any]) -> Callable[[Recorded], bool]:
    """Return whether ``check`` finds a program wrong that makes its objects and then repeats."""

    def blames(recorded: Recorded) -> bool:
        for text, expected_text in zip(recorded.traces, recorded.expected, strict=True):
            trace = codec.decode_trusted(text)
            entries = [["ok", None] if step[0] in ("given", "new") else answer for step in trace]
            yours = Transcript(trace, codec.encode(entries))
            if judged(check, Run(trace, yours, Transcript(trace, expected_text))):
                return True
        return False

    return blames


# --- the traces ---------------------------------------------------------------


def test_every_situation_occurs() -> None:
    """Each situation that a family of traces names occurs in at least 5 % of its traces."""
    shares = {}
    for check, number, recorded in _recorded_parts():
        family = check.parts[number].source()
        if isinstance(family, Traces):
            runs = list(_expected_runs(recorded))
            for situation, occurs in family.reaches.items():
                name = f"{check.id} {check.parts[number].name}: {situation}"
                shares[name] = sum(map(occurs, runs)) / len(runs)

    assert shares
    assert {name: share for name, share in shares.items() if share < 0.05} == {}


def _expected_runs(recorded: Recorded) -> Iterator[Run]:
    for text, expected_text in zip(recorded.traces, recorded.expected, strict=True):
        trace = codec.decode_trusted(text)
        expected = Transcript(trace, expected_text)
        yield Run(trace, expected, expected)


def test_points_and_visibility_are_the_curriculums() -> None:
    """The table of points of day 1, without what is still to be written."""
    visible = {check.id for check in CHECKS.values() if check.is_shown}
    points = {check.id: int(check.points) for check in CHECKS.values()}

    assert points == {
        "D1.1": 5, "D1.2": 5, "D1.3": 5, "D1.4": 3, "D1.5": 2, "D1.8": 5, "D1.9": 5, "D1.10": 3,
        "D1.12": 5, "D1.13": 5, "D1.15": 5, "D1.16": 5, "D1.17": 4, "D1.20": 4, "D1.21": 4,
        "D1.22": 4,
    }  # fmt: skip
    assert visible == {"D1.1", "D1.3", "D1.5", "D1.8", "D1.12", "D1.15", "D1.20", "D1.21"}
