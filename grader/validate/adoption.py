"""Whether visible checks hold the minimal trace of every wrong version that they find.

A student's machine has no reference to shrink a failure with. So the visible checks hold,
before all that is drawn, the smallest trace that shows each known wrong program wrong.
``adopting`` makes them.

Legend::

    Killed   one wrong version and one visible check that it loses
    Found    (1, [["new", ...], ...]): the part, from 0, and the trace that stands for it
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader import adopted, codec, pipeline
from grader.adopted import PerPart
from grader.checks import Check
from grader.corpus import REFERENCE_LIMITS
from grader.replay import Job
from grader.report import Report
from grader.trace import Trace, operations
from grader.transcript import Run, Transcript
from grader.validate.findings import Proof, proof
from grader.validate.programs import wrong_submission
from grader.validate.setting import Setting
from grader.verdict import judged
from grader.wrongs import WrongVersion

_REMEDY = "run `grader validate {} --adopt` and commit what it writes"

Found = tuple[int, Trace]


@dataclass(frozen=True)
class Killed:
    """A wrong version and a visible check that finds it."""

    check: Check
    wrong: WrongVersion

    @property
    def name(self) -> str:
        """How findings call it."""
        return f"{self.check.id}, {self.wrong.name}"


def killed_by(checks: Iterable[Check], wrongs: Iterable[WrongVersion]) -> list[Killed]:
    """Return every pair of a wrong version and a visible check that it declares to lose."""
    visible = [check for check in checks if check.is_shown]
    return [
        Killed(check, wrong) for check in visible for wrong in wrongs if check.id in wrong.loses
    ]


def standing(kept: PerPart, source: str) -> Found | None:
    """Return the trace that is adopted for ``source``."""
    for number, part in enumerate(kept):
        for each in part:
            if source in each.sources:
                return number, each.trace
    return None


def adopted_traces_are_complete(
    setting: Setting, graded: Sequence[tuple[WrongVersion, Report]]
) -> Proof:
    """Prove that visible checks hold the minimal trace of every wrong version they find."""
    killed = killed_by(setting.checks, [wrong for wrong, _ in graded])
    kept = {check.id: adopted.read(check) for check in setting.checks}
    reports = {wrong.name: report for wrong, report in graded}
    remedy = _REMEDY.format(setting.assignment.name)
    findings = [
        f"{each.name}: {why}; {remedy}"
        for each in killed
        for why in _incomplete(setting, each, kept[each.check.id], reports[each.wrong.name])
    ]
    losing = {(check, wrong.name) for wrong, _ in graded for check in wrong.loses}
    findings += _strays(setting, losing)
    there = sum(len(adopted.traces_of(part)) for per_part in kept.values() for part in per_part)
    figures = {"adopted": there, "needed_for": len(killed)}
    result = f"{there} traces for {len(killed)} failures"
    return proof(
        "adopted traces", "adopted traces answer wrong versions", result, findings, figures=figures
    )


def _incomplete(setting: Setting, killed: Killed, kept: PerPart, report: Report) -> list[str]:
    """Return what is wrong with the trace that stands for ``killed``, if one does."""
    found = standing(kept, killed.wrong.name)
    if found is None:
        return ["its minimal trace is not adopted"]
    if not _fails(setting, killed, found):
        return ["the trace adopted for it does not show it wrong"]
    verdict = next(check.verdict for check in report.checks if check.id == killed.check.id)
    shorter = verdict.counterexample
    if shorter is not None and operations(shorter.trace) < operations(found[1]):
        return ["the trace adopted for it is longer than it need be"]
    return []


def _strays(setting: Setting, known: set[tuple[str, str]]) -> list[str]:
    """Return a sentence for each adopted file, or wrong version in one, that is not there."""
    files = {adopted.path_of(check) for check in setting.checks}
    folder = setting.assignment.checks
    found = [
        f"{path}: belongs to no check; delete it, or rename it to the check's id"
        for path in sorted(folder.glob(f"*/{adopted.FOLDER}/*"))
        if path not in files
    ]
    for check in setting.checks:
        path = adopted.path_of(check)
        found += [
            f"{path}: names {source}, which {check.id} does not find; "
            "correct the name, or remove the trace"
            for source in sorted(_sources(adopted.read(check)))
            if source.startswith("wrong ") and (check.id, source) not in known
        ]
    return found


def _sources(per_part: PerPart) -> set[str]:
    return {name for part in per_part for each in part for name in each.sources}


def _fails(setting: Setting, killed: Killed, found: Found) -> bool:
    """Whether the wrong version goes wrong in the last step of the trace, and not before."""
    number, trace = found
    check, wrong = killed.check, killed.wrong
    job = Job(check.parts[number].modules, [codec.encode(trace)], REFERENCE_LIMITS)
    with pipeline.benches(
        setting.assignment, wrong_submission(setting.reference, wrong), setting.tier
    ) as places:
        yours, expected = places.submission.run(job), places.trusted().run(job)
    if len(yours.texts) != 1 or len(expected.texts) != 1:
        return False
    run = Run(trace, Transcript(trace, yours.texts[0]), Transcript(trace, expected.texts[0]))
    failure = judged(check, run)
    return failure is not None and failure.index == len(trace) - 1
