"""A whole assignment in miniature, so that tests of the engine need no day of the course.

    day = make(tmp_path)                 a repository: assignments/tiny, reference/tiny, corpus
    day.submission(COUNTER)              a folder with the file counter.py in it
    day.grade(folder)                    the report of grading that folder
    day.grader("check", "tiny")          the command, in a process of its own
    in_process(day.root, ...)            the command, in this process
    play(SOURCE, [["fn", "f", []]])      the transcript of one trace on one file

The course has one class, a `Counter` up to a limit, and four checks of 100 points:

    T.1  40  visible           values and snapshots
    T.2  10  visible           the errors
    T.3  30  after_due_date    values with secret inputs; needs T.1
    T.4  20  hidden            a relation: the value never exceeds the limit
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from grader import cli, codec, pipeline
from grader.confine import Limits
from grader.corpus import corpus_folder, load_or_record
from grader.intake import Submission, read_submission
from grader.replay import Answer, Bench, Job
from grader.report import Report
from grader.spec import Assignment, read_assignment
from grader.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
MACHINE = ROOT / "assignments"
LIMITS = Limits(cpu_s=2, wall_s=20.0, memory_bytes=512 << 20, processes=32)
# What must never reach a student: each stands in one secret place only.
CANARIES = ("canary-of-the-salt", "canary_of_the_reference", "canary_of_a_hidden_check")

SPEC = """\
title: Counting
course: Testing the grader
points: 100
stubs: [counter.py]
salt: canary-of-the-salt
limits:
  cpu_s: 1
  wall_s: 5
prerequisites:
  T.3: [T.1]
"""

HANDOUT = """\
# Counting

Write `counter.py`.
"""

COUNTER = '''\
"""Counts up to a limit."""

import errno

from machine import err


class Counter:
    """A number between 0 and ``limit``. ValueError: limit < 1."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("limit")
        self._limit = limit
        self._value = 0

    def add(self, n: int) -> int:
        """Add ``n`` and return the value. EINVAL: n < 0. ENOSPC: it would exceed the limit."""
        if n < 0:
            raise err(errno.EINVAL)
        if self._value + n > self._limit:
            raise err(errno.ENOSPC)
        self._value += n
        return self._value

    def snapshot(self) -> dict[str, int]:
        """Return {"limit", "value"}."""
        return {"limit": self._limit, "value": self._value}
'''

STUB = '''\
"""Counts up to a limit."""


class Counter:
    """A number between 0 and ``limit``. ValueError: limit < 1."""

    def __init__(self, limit: int) -> None:
        raise NotImplementedError

    def add(self, n: int) -> int:
        """Add ``n`` and return the value. EINVAL: n < 0. ENOSPC: it would exceed the limit."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, int]:
        """Return {"limit", "value"}."""
        raise NotImplementedError
'''

# Wrong from the value 8 on: the shortest trace that shows it is one step after the first.
OFF_BY_ONE = COUNTER.replace("return self._value\n", "return self._value + (self._value > 7)\n")

_TRACES = """\
from grader import traces


@traces(full=lambda run: any(o.fields == ("ENOSPC",) for o in run.expected))
def counting(t):
    limit = t.rng.randrange(1, 40)
    counter = t.new("Counter", limit=limit)
    while t.more():
        counter.add(t.rng.randrange(limit))
        counter.snapshot()


@traces()
def refusals(t):
    counter = t.new("Counter", limit=t.rng.randrange(4))
    while t.more():
        counter.add(t.rng.randrange(-2, 3))
"""

_VISIBLE = '''\
from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import replays

from .traces import counting, refusals


@weight(40)
@number("T.1")
@visibility("visible")
@replays(counting, examples=60)
def check_values(run):
    """Adding returns the sum. More words."""
    assert run.transcript == run.expected


@weight(10)
@number("T.2")
@visibility("visible")
@replays(refusals, examples=60)
def check_refusals(run):
    """What cannot be added is refused."""
    assert run.transcript == run.expected
'''

_HIDDEN = '''\
from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import hint, replays

from ..visible.traces import counting

SECRET = "canary_of_a_hidden_check"


@weight(30)
@number("T.3")
@visibility("after_due_date")
@hint("Look at the limit.")
@replays(counting, examples=60)
def check_secret_values(run):
    """Adding returns the sum, for other inputs too."""
    assert run.transcript == run.expected


@weight(20)
@number("T.4")
@visibility("hidden")
@replays(counting, examples=60)
def check_limit(run):
    """The value never exceeds the limit."""
    for index, step, outcome, expected in run.steps():
        if step[0] == "snap" and outcome.result == "ok" and expected.result == "ok":
            if outcome.value["value"] > outcome.value["limit"]:
                run.differ(index, "a value of at most the limit")
        elif outcome.result not in ("ok", "err", "skip"):
            run.differ(index, "a value or an error")
'''

_FILES = {
    "assignments/tiny/assignment.yaml": SPEC,
    "assignments/tiny/handout.md": HANDOUT,
    "assignments/tiny/stub/counter.py": STUB,
    "assignments/tiny/checks/visible/__init__.py": "",
    "assignments/tiny/checks/visible/traces.py": _TRACES,
    "assignments/tiny/checks/visible/check_counter.py": _VISIBLE,
    "assignments/tiny/checks/hidden/__init__.py": "",
    "assignments/tiny/checks/hidden/check_counter.py": _HIDDEN,
    "reference/tiny/counter.py": f"{COUNTER}\n\n_SECRET = 'canary_of_the_reference'\n",
}

Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Tiny:
    """One repository with one assignment."""

    root: Path

    @property
    def folder(self) -> Path:
        """The assignment."""
        return self.root / "assignments" / "tiny"

    @property
    def reference(self) -> Path:
        """The hidden solution."""
        return self.root / "reference" / "tiny"

    @property
    def assignment(self) -> Assignment:
        """The assignment as it now stands on disk."""
        return read_assignment(self.folder)

    def submission(
        self, counter: str | bytes | None = COUNTER, name: str = "ann", **others: str
    ) -> Path:
        """Make a submission with ``counter.py`` and others by module name; return its folder."""
        folder = self.root / "submissions" / name
        folder.mkdir(parents=True)
        for module, source in {"counter": counter, **others}.items():
            if source is not None:
                content = source.encode() if isinstance(source, str) else source
                (folder / f"{module}.py").write_bytes(content)
        return folder

    def as_handout(self) -> None:
        """Take the reference away and put the corpus where a handout has it."""
        corpus_folder(self.assignment).rename(self.folder / "corpus")
        self.reference.rename(self.root / "away")

    def grade(self, folder: Path, **options: Any) -> Report:
        """Grade in this process."""
        return pipeline.grade(self.assignment, folder, **options)

    def verdicts(self, folder: Path, *check_ids: str) -> dict[str, Verdict]:
        """Return the verdicts about ``folder`` as they are before anything is shrunk."""
        assignment = self.assignment
        checks = [
            check
            for check in pipeline.checks_of(assignment)
            if check.id in check_ids or not check_ids
        ]
        submission = read_submission(folder, assignment.stubs)
        with pipeline.benches(assignment, submission) as places:
            corpora = load_or_record(assignment, checks, places.trusted)
            alone = replace(places, reference=None)
            judged, _ = pipeline.examine(assignment, checks, corpora, alone, submission.problems)
        return {check.id: verdict for check, verdict in judged}

    def outcomes(self, folder: Path, **options: Any) -> dict[str, str]:
        """Return the outcome of each check."""
        return {check.id: check.verdict.outcome for check in self.grade(folder, **options).checks}

    def grader(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the command in the repository, by default, and wait for it."""
        options = {"cwd": self.root, "timeout": 60, "env": environment()} | options
        return subprocess.run(
            command(*arguments), **options, capture_output=True, text=True, check=False
        )


def make(folder: Path) -> Tiny:
    """Build the repository in ``folder`` / "course", with its corpus already recorded."""
    root = folder / "course"
    shutil.copytree(_template(), root, symlinks=True)
    return Tiny(root)


@cache
def _template() -> Path:
    root = Path(tempfile.mkdtemp(prefix="tiny-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(MACHINE / "machine", root / "assignments" / "machine", ignore=ignored)
    assignment = read_assignment(root / "assignments" / "tiny")
    with pipeline.benches(assignment, Submission("nobody", {}, {})) as places:
        load_or_record(assignment, pipeline.checks_of(assignment), places.trusted)
    return root


def in_process(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Return a ``Tiny.grader`` that starts no interpreter of its own: as right, and faster."""

    def grader(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        words = ["grader", *map(str, arguments)]
        at_term = signal.getsignal(signal.SIGTERM)
        capfd.readouterr()
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", words)
            patched.chdir(cwd or root)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        signal.signal(signal.SIGTERM, at_term)
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(words, int(ended.value.code or 0), out, err)

    return grader


def command(*arguments: object) -> list[str]:
    """Return the argument vector of ``grader ARGUMENTS``."""
    return [str(Path(sys.executable).with_name("grader")), *map(str, arguments)]


def environment(**changed: str) -> dict[str, str]:
    """Return an environment in which nothing asks for colour or claims a terminal."""
    dropped = ("FORCE_COLOR", "TERM", "COLUMNS", "PYTEST_CURRENT_TEST")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | changed


# --- a worker alone -----------------------------------------------------------


@contextmanager
def bench(files: str | Mapping[str, str | bytes]) -> Iterator[Bench]:
    """Run ``files``; one source text is the file ``mod.py``."""
    named = {"mod.py": files} if isinstance(files, str) else files
    content = {
        name: text.encode() if isinstance(text, str) else text for name, text in named.items()
    }
    with Bench(content, MACHINE) as place:
        yield place


def job(
    *traces: Sequence[Any],
    modules: Sequence[str] = ("mod",),
    limits: Limits = LIMITS,
    explain: bool = False,
) -> Job:
    """Return the job of playing ``traces`` on ``modules``."""
    return Job(tuple(modules), [codec.encode(list(trace)) for trace in traces], limits, explain)


def answer(
    files: str | Mapping[str, str | bytes], *traces: Sequence[Any], **options: Any
) -> Answer:
    """Play ``traces`` in one fresh worker and return its answer."""
    with bench(files) as place:
        return place.run(job(*traces, **options))


def play(files: str | Mapping[str, str | bytes], *steps: Any, **options: Any) -> list[Any]:
    """Play one trace and return the entries of its transcript."""
    found = answer(files, steps, **options)
    assert found.ending.kind == "finished", found.ending
    return list(json.loads(found.texts[0]))
