"""A platform's folder with the bundle of the tiny assignment in it.

site = make_site(tmp_path)           the bundle of `tiny`, unpacked, with rules of a course
site.hand_in(COUNTER, METADATA)      what the platform puts there for one submission
site.serve()                         `grader gradescope`, in this process
site.left()                          the results.json that it left
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiny import COUNTER, Tiny, make

from grader import bundle, gradescope
from grader.report import Report

RULES = """\
gradescope:
  submissions_per_day: 2
  lateness:
    - {until_h: -24, percent: 5}
    - {until_h: 0, percent: 0}
    - {until_h: 24, percent: -10}
    - {percent: -100}
"""
# On time by an hour.
METADATA: dict[str, Any] = {
    "created_at": "2026-09-10T17:00:00.000000-07:00",
    "assignment": {"due_date": "2026-09-10T18:00:00.000000-07:00", "late_due_date": None},
    "users": [{"email": "ann@example.org", "name": "Ann Example", "assignment": {}}],
    "previous_submissions": [],
}


def course(tmp_path: Path) -> Tiny:
    """Return the tiny course with rules for the platform."""
    day = make(tmp_path)
    spec = day.folder / "assignment.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    return day


@dataclass(frozen=True)
class PlatformSite:
    """One /autograder."""

    root: Path
    said: list[str] = field(default_factory=list)

    def hand_in(self, counter: str | None = COUNTER, metadata: object = METADATA) -> None:
        """Put a submission there, and its metadata: plain data, a text, or None for none."""
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        (self.root / "submission").mkdir()
        if counter is not None:
            (self.root / "submission" / "counter.py").write_text(counter, encoding="utf-8")
        path = self.root / "submission_metadata.json"
        path.unlink(missing_ok=True)
        if metadata is not None:
            text = metadata if isinstance(metadata, str) else json.dumps(metadata)
            path.write_text(text, encoding="utf-8")

    def serve(self, **environment: str) -> Report | None:
        """Grade what lies there."""
        return gradescope.serve(self.root, environment, self.said.append)

    def left(self) -> dict[str, Any]:
        """Return results.json."""
        found: dict[str, Any] = json.loads((self.root / "results" / "results.json").read_bytes())
        return found


def make_site(tmp_path: Path) -> PlatformSite:
    """Return a platform's folder with the bundle of `tiny` unpacked in it."""
    root = tmp_path / "autograder"
    for name, content in bundle.contents(course(tmp_path).assignment).items():
        path = root / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return PlatformSite(root)


def earlier(time: str, score: object = "40.0", **more: Any) -> dict[str, Any]:
    """Return an earlier submission of that time, on the day of METADATA."""
    made = f"2026-09-10T{time}:00.000000-07:00"
    return {"submission_time": made, "score": score, "autograder_error": False, **more}
