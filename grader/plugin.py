"""The pytest plugin: checks are collected and run by pytest.

``pytest assignments/day1/checks --submission FOLDER`` is for a person who debugs a
check; the table of steps is what a failing item shows. The work is the pipeline's.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.checks import Check
    from grader.corpus_file import CheckCorpus
    from grader.intake import Submission
    from grader.pipeline import Benches
    from grader.spec import Assignment
    from grader.verdict import Verdict


@dataclass(frozen=True)
class Day:
    """One assignment, set up to examine one submission for the rest of a session."""

    assignment: "Assignment"
    submission: "Submission"
    places: "Benches"

    def verdict(self, check: "Check") -> "Verdict":
        """Return the verdict of one check."""
        from grader import corpus, pipeline  # noqa: PLC0415 - costs nothing where no check runs

        recorded: Mapping[str, CheckCorpus] = corpus.load_or_record(
            self.assignment, [check], self.places.trusted
        )
        judged, _ = pipeline.examine(
            self.assignment, [check], recorded, self.places, self.submission.problems
        )
        return judged[0][1]


_DAYS = pytest.StashKey[dict[Path, Day]]()
_STACK = pytest.StashKey[ExitStack]()


class CheckFailed(Exception):  # noqa: N818 - how an item tells pytest that its check did not pass
    """A check that did not pass; carries its verdict."""

    def __init__(self, check: "Check", verdict: "Verdict") -> None:
        super().__init__(verdict.sentence)
        self.check = check
        self.verdict = verdict


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--submission``."""
    group = parser.getgroup("grader")
    group.addoption("--submission", type=Path, help="the folder that the checks examine")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what is set up for each assignment until the session ends."""
    config.stash[_DAYS] = {}
    config.stash[_STACK] = ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End every process that was started."""
    config.stash[_STACK].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "CheckFile | None":
    """Collect ``check_*.py`` below a folder ``checks`` of an assignment."""
    from grader.spec import SPEC_FILE  # noqa: PLC0415 - costs nothing where no check is collected

    is_check = file_path.name.startswith("check_") and file_path.suffix == ".py"
    if not is_check or not any((day / SPEC_FILE).is_file() for day in file_path.parents[2:3]):
        return None
    return CheckFile.from_parent(parent, path=file_path)


class CheckFile(pytest.File):
    """One file of checks."""

    def collect(self) -> Iterator["CheckItem"]:
        """Yield an item per check."""
        from grader.checks import load_check_file  # noqa: PLC0415

        for check in load_check_file(self.path):
            yield CheckItem.from_parent(
                self, name=f"{check.id} {check.judge.__name__}", check=check
            )


class CheckItem(pytest.Item):
    """One check about the submission of this session."""

    def __init__(self, *, check: "Check", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.check = check

    def runtest(self) -> None:
        """Examine the submission; raise CheckFailed unless the check passes."""
        verdict = _day_of(self.config, self.check).verdict(self.check)
        if verdict.outcome != "passed":
            raise CheckFailed(self.check, verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the table of steps for a check, a sentence for what we refuse, else pytest's."""
        from grader.errors import GraderError  # noqa: PLC0415

        failed = excinfo.value
        if isinstance(failed, GraderError):
            return str(failed)
        if not isinstance(failed, CheckFailed):
            return super().repr_failure(excinfo, style)
        from grader.render.text import MARKS, plain, verdict_parts  # noqa: PLC0415

        text = plain(*verdict_parts(failed.verdict, failed.check.hint))
        return "\n".join([MARKS[failed.verdict.outcome], text, failed.verdict.defect]).rstrip()

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the check stands and what a student reads."""
        line = self.check.judge.__code__.co_firstlineno - 1
        return self.path, line, f"{self.check.id} {self.check.title}"


def _day_of(config: pytest.Config, check: "Check") -> Day:
    from grader import intake, pipeline, spec  # noqa: PLC0415

    folder = check.path.parents[2].resolve()
    days = config.stash[_DAYS]
    if folder not in days:
        chosen = config.getoption("submission")
        assignment = spec.read_assignment(folder)
        submission = intake.read_submission(chosen or assignment.own_files, assignment.stubs)
        places = config.stash[_STACK].enter_context(pipeline.benches(assignment, submission))
        days[folder] = Day(assignment, submission, places)
    return days[folder]
