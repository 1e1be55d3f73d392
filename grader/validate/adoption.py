"""The minimal trace of every wrong version that a visible check finds, adopted by that check.

A student's machine has no reference to shrink a failure with. So the visible checks hold,
before all that is drawn, the smallest trace that shows each known wrong program wrong.

Legend::

    Killed   one wrong version and one visible check that it loses
    found    {Killed: (1, [["new", ...], ...])}: the part, from 0, and the minimal trace
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from grader import adopted, codec, pipeline
from grader.adopted import AdoptedTrace, PerPart
from grader.checks import Check, id_order
from grader.corpus import REFERENCE_LIMITS, CheckCorpus, Recorded
from grader.errors import SpecError
from grader.examine import Effort, Examiner
from grader.intake import Submission
from grader.pipeline import Watcher
from grader.plan import limits
from grader.replay import Bench, Job
from grader.report import Report
from grader.trace import Trace, operations
from grader.transcript import Run, Transcript
from grader.validate.findings import Proof, proof
from grader.validate.programs import wrong_submission
from grader.validate.setting import Progress, Setting, at_once
from grader.verdict import judged
from grader.wrongs import WrongVersion, wrong_versions

THOROUGH = Effort(seconds=60.0, batches=5_000)
_ROUNDS = 20
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


# --- proof --------------------------------------------------------------------


def adopted_traces_are_complete(
    setting: Setting, graded: Sequence[tuple[WrongVersion, Report]]
) -> Proof:
    """Prove that visible checks hold the minimal trace of every wrong version they find."""
    killed = _killed(setting.checks, [wrong for wrong, _ in graded])
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
    found = _standing(kept, killed.wrong.name)
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


# --- adopting -----------------------------------------------------------------


def adopt(setting: Setting, progress: Progress) -> list[str]:
    """Write the minimal traces that are missing; return the ids of the checks that changed.

    A trace that stands already stays, unless a smaller one is found. A further call
    changes nothing. Raises SpecError where a file cannot be read or written.
    """
    wrongs = wrong_versions(setting.assignment)
    kept = {check.id: adopted.read(check) for check in setting.checks}
    killed = _killed(setting.checks, wrongs)
    best = {each: _standing(kept[each.check.id], each.wrong.name) for each in killed}
    corpora = setting.corpora
    for number in range(1, _ROUNDS + 1):
        jobs = [partial(_minimal, setting, corpora, each) for each in killed]
        found = at_once(jobs, f"making failures small, round {number}", progress)
        better = {
            each: new
            for each, new in zip(killed, found, strict=True)
            if new is not None and _is_better(new, best[each])
        }
        if not better:
            break
        best |= better
        kept = _with(kept, setting.checks, best)
        corpora = _recorded(setting, kept)
    return [check.id for check in setting.checks if adopted.write(check, kept[check.id])]


def _is_better(new: Found, old: Found | None) -> bool:
    return old is None or _size(new) < _size(old)


def _size(found: Found) -> tuple[int, int, int]:
    """Order traces by what a reader has to read: operations, then steps, then characters."""
    return operations(found[1]), len(found[1]), len(codec.encode(found[1]))


def _minimal(
    setting: Setting, corpora: Mapping[str, CheckCorpus], killed: Killed, watcher: Watcher
) -> Found | None:
    """Return the smallest failure of a wrong version in any part of a check, fully shrunk."""
    check = killed.check
    submission = wrong_submission(setting.reference, killed.wrong)
    found: list[Found] = []
    with pipeline.benches(setting.assignment, submission, setting.tier) as places:
        for number, recorded in enumerate(corpora[check.id].parts):
            watcher.begins(check, number)
            trace = _shrunk(setting, check, number, recorded, places) if recorded.traces else None
            if trace is not None:
                found.append((number, trace))
    return min(found, key=_size, default=None)


def _shrunk(
    setting: Setting, check: Check, number: int, recorded: Recorded, places: pipeline.Benches
) -> Trace | None:
    """Return the minimal failing trace of one part: shrunk again until it stays as it is."""
    alone = replace(check, parts=(check.parts[number],))
    trace: Trace | None = None
    while True:
        corpus = CheckCorpus((recorded,), "")
        allowed = limits(setting.assignment, corpus, cut=False)
        examiner = Examiner(
            alone, allowed, places.submission, places.trusted(), {}, effort=THOROUGH
        )
        shown = examiner.verdict(corpus).counterexample
        if shown is None or shown.trace == trace:
            return trace
        trace = shown.trace
        recorded = _played(check, number, [trace], places.trusted())


def _played(check: Check, number: int, traces: Sequence[Trace], reference: Bench) -> Recorded:
    texts = tuple(map(codec.encode, traces))
    answer = reference.run(Job(check.parts[number].modules, texts, REFERENCE_LIMITS))
    if len(answer.texts) != len(texts):
        raise SpecError(f"the reference does not answer the adopted traces of {check.id}")
    return Recorded(texts, answer.texts, answer.cpu_s)


def _recorded(setting: Setting, kept: Mapping[str, PerPart]) -> dict[str, CheckCorpus]:
    """Return corpora of the adopted traces alone: what is drawn holds no shorter failure."""
    nobody = Submission("nobody", {}, {})
    with pipeline.benches(setting.assignment, nobody, setting.tier) as places:
        return {
            check.id: CheckCorpus(
                tuple(
                    _played(check, number, adopted.traces_of(part), places.trusted())
                    for number, part in enumerate(kept[check.id])
                ),
                "",
            )
            for check in setting.checks
        }


# --- which trace stands for which wrong version -------------------------------


def _killed(checks: Iterable[Check], wrongs: Iterable[WrongVersion]) -> list[Killed]:
    visible = [check for check in checks if check.is_shown]
    return [
        Killed(check, wrong) for check in visible for wrong in wrongs if check.id in wrong.loses
    ]


def _standing(kept: PerPart, source: str) -> Found | None:
    """Return the trace that is adopted for ``source``."""
    for number, part in enumerate(kept):
        for each in part:
            if source in each.sources:
                return number, each.trace
    return None


def _with(
    kept: Mapping[str, PerPart], checks: Iterable[Check], best: Mapping[Killed, Found | None]
) -> dict[str, PerPart]:
    """Return ``kept`` with each of ``best`` in the place of what stood for it."""
    changed = {}
    for check in checks:
        chosen = {
            each.wrong.name: found for each, found in best.items() if found and each.check is check
        }
        changed[check.id] = tuple(
            _part_with(
                part,
                {name: found[1] for name, found in chosen.items() if found[0] == number},
                chosen,
            )
            for number, part in enumerate(kept[check.id])
        )
    return changed


def _part_with(
    part: tuple[AdoptedTrace, ...], here: Mapping[str, Trace], anywhere: Iterable[str]
) -> tuple[AdoptedTrace, ...]:
    """Return one part's traces, equal ones once, smallest first, each with all its sources."""
    traces: dict[bytes, Trace] = {}
    sources: dict[bytes, list[str]] = {}
    replaced = {*anywhere}
    others = [(name, each.trace) for each in part for name in each.sources if name not in replaced]
    for name, trace in (*others, *here.items()):
        text = codec.encode(trace)
        traces[text] = trace
        sources.setdefault(text, []).append(name)
    ordered = sorted(traces, key=lambda text: (_size((0, traces[text])), text))
    return tuple(
        AdoptedTrace(tuple(sorted(sources[text], key=id_order)), traces[text]) for text in ordered
    )
