"""Assignment to plan: which checks run, in which order, under which limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grader.checks import Check
from grader.confine import Limits
from grader.corpus_file import CheckCorpus
from grader.errors import SpecError
from grader.spec import SPEC_FILE, Assignment
from grader.verdict import Verdict

LEAST_CPU_S = 1.0
REFERENCE_FACTOR = 20
WALL_FACTOR = 5
TIMEOUTS_BEFORE_CUT = 2
CUT = 4


@dataclass(frozen=True)
class Step:
    """One check of the plan with what must pass before it."""

    check: Check
    needs: tuple[str, ...]


def plan(assignment: Assignment, checks: Sequence[Check]) -> list[Step]:
    """Return the checks in their order, each after what it needs; raises SpecError on a ring.

    Those that students see come first: no time that a hidden one takes is theirs to miss.
    """
    visible_first = sorted(checks, key=lambda check: not check.is_shown)
    waiting = [Step(check, assignment.prerequisites.get(check.id, ())) for check in visible_first]
    there = {check.id for check in checks}
    ordered: list[Step] = []
    done: set[str] = set()
    while waiting:
        ready = next((step for step in waiting if there.intersection(step.needs) <= done), None)
        if ready is None:
            ring = ", ".join(step.check.id for step in waiting)
            raise SpecError(
                f"{assignment.path / SPEC_FILE} $.prerequisites: {ring} need each other"
            )
        waiting.remove(ready)
        ordered.append(ready)
        done.add(ready.check.id)
    return ordered


def limits(assignment: Assignment, corpus: CheckCorpus, *, cut: bool) -> list[Limits]:
    """Return the limits of each part of a check: what the reference needs, times a factor.

    ``cut`` quarters the times, for a task that has timed out twice already.
    """
    stated = assignment.limits
    found = []
    for part in corpus.parts:
        cpu_s = stated.cpu_s or max(LEAST_CPU_S, REFERENCE_FACTOR * part.reference_cpu_s)
        wall_s = stated.wall_s or WALL_FACTOR * cpu_s
        share = CUT if cut else 1
        found.append(
            Limits(
                cpu_s=max(1, math.ceil(cpu_s / share)),
                wall_s=wall_s / share,
                memory_bytes=stated.memory_mb << 20,
                processes=stated.processes,
            )
        )
    return found


def unmet(step: Step, verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return the verdict ``skipped`` for a check whose prerequisite does not pass."""
    passed = {verdict.check for verdict in verdicts if verdict.outcome == "passed"}
    judged = {verdict.check for verdict in verdicts}
    missing = sorted((judged - passed).intersection(step.needs))
    if not missing:
        return None
    return Verdict(
        step.check.id,
        "skipped",
        category="a check before it does not pass",
        sentence=f"Not run: {', '.join(missing)} must pass first.",
    )
