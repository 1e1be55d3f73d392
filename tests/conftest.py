"""What most tests begin with: a small course of its own, and the command that grades it."""

from pathlib import Path

import pytest
from tiny import Command, Tiny, in_process, make


@pytest.fixture
def day(tmp_path: Path) -> Tiny:
    """Return a repository with a course of one small assignment."""
    return make(tmp_path)


@pytest.fixture
def grader(
    day: Tiny, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in this process, by default in the repository."""
    return in_process(day.root, monkeypatch, capfd)
