"""Programs whose result is known: the reference, the stub, wrong versions, samples.

Owns what each must get. A proof here is a function of reports; `graded_programs` makes them.
"""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.checks import Check
from grader.errors import SpecError
from grader.intake import Submission, read_submission
from grader.replay import read_folder
from grader.report import CheckReport, Report
from grader.spec import Assignment
from grader.strict_yaml import load_yaml
from grader.stubs import stale_stubs, stub_text
from grader.trace import operations
from grader.validate.findings import Proof, listed, proof
from grader.validate.setting import Progress, Setting, at_once
from grader.wrongs import WrongVersion, files_of, wrong_versions

SAMPLE_FILE = "sample.yaml"
MOST_OPERATIONS = 6
"""Operations of a counterexample in the median over all that are shown."""


class _Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    loses: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """A submission that looks like a student's, and the checks that it loses."""

    folder: Path
    loses: tuple[str, ...]


@dataclass(frozen=True)
class Graded:
    """The reports on all programs whose result is known; ``again`` repeats two of them."""

    reference: Report
    stub: Report
    wrongs: tuple[tuple[WrongVersion, Report], ...]
    samples: tuple[tuple[Sample, Report], ...]
    again: tuple[tuple[Report, Report], ...]


def graded_programs(setting: Setting, progress: Progress) -> Graded:
    """Grade everything once, the reference and one losing sample twice."""
    assignment = setting.assignment
    samples, wrongs = samples_of(assignment), wrong_versions(assignment)
    right = reference_submission(setting)
    losing = [sample for sample in samples if sample.loses][:1]
    twice = [right, *(_sample_submission(assignment, sample) for sample in losing)]
    submissions = [
        *twice,
        Submission("stub", stub_files(assignment), {}),
        *(wrong_submission(setting.reference, wrong) for wrong in wrongs),
        *(_sample_submission(assignment, sample) for sample in samples),
    ]
    reference = setting.graded(right)  # alone, because its time is measured
    jobs = [
        lambda watcher, each=submission: setting.graded(each, watcher) for submission in submissions
    ]
    reports = iter(at_once(jobs, "grading programs", progress))
    repeated = [next(reports) for _ in twice]
    stub = next(reports)
    of_wrongs = tuple((wrong, next(reports)) for wrong in wrongs)
    of_samples = tuple((sample, next(reports)) for sample in samples)
    first = [reference, *(report for sample, report in of_samples if sample in losing)]
    again = tuple(zip(first, repeated, strict=True))
    return Graded(reference, stub, of_wrongs, of_samples, again)


def reference_submission(setting: Setting) -> Submission:
    """Return the hidden solution as if it were handed in."""
    return Submission("reference", read_folder(setting.reference), {})


def stub_files(assignment: Assignment) -> dict[str, bytes]:
    """Return the stubs as they follow from the reference, by file name."""
    assert assignment.reference is not None
    found = {}
    for name in assignment.stubs:
        path = assignment.reference / name
        provided = frozenset(assignment.provided.get(name, ()))
        try:
            source = path.read_text(encoding="utf-8")
        except OSError as error:
            raise SpecError(f"{path}: cannot be read ({error.strerror}); write it") from error
        found[name] = stub_text(source, str(path), provided).encode()
    return found


def wrong_submission(reference: Path, wrong: WrongVersion) -> Submission:
    """Return a wrong version as if it were handed in."""
    return Submission(wrong.path.stem, files_of(reference, wrong), {})


def samples_of(assignment: Assignment) -> list[Sample]:
    """Return the samples of an assignment; raises SpecError for one that declares nothing."""
    folders = sorted(path for path in assignment.path.glob("samples/*") if path.is_dir())
    return [_sample(folder) for folder in folders]


def _sample(folder: Path) -> Sample:
    path = folder / SAMPLE_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(
            f"{path}: cannot be read ({error.strerror}); each sample has one"
        ) from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    try:
        declared = msgspec.convert(load_yaml(text, str(path)), _Declared)
    except msgspec.ValidationError as error:
        raise SpecError(
            f"{path}: {error}; say 'about: what it is' and 'loses: [D1.1, D1.2]'"
        ) from error
    return Sample(folder, declared.loses)


def _sample_submission(assignment: Assignment, sample: Sample) -> Submission:
    return read_submission(sample.folder, assignment.stubs)


# --- proofs -------------------------------------------------------------------


def reference_earns_all(report: Report) -> Proof:
    """Prove that the reference scores every possible point."""
    findings = [
        f"the reference loses {check.id} ({check.verdict.outcome}): {check.verdict.sentence}"
        for check in _lost(report)
    ]
    points = f"{report.earned:g} of {report.possible:g} points"
    figures = {"earned": report.earned, "possible": report.possible, "later": report.later}
    return proof("reference", "the reference earns every point", points, findings, figures=figures)


def stub_earns_nothing(assignment: Assignment, report: Report) -> Proof:
    """Prove that the stub is the generated one, and scores 0: nothing is implemented."""
    assert assignment.reference is not None
    findings = stale_stubs(
        assignment.reference, assignment.path / "stub", assignment.stubs, assignment.provided
    )
    findings += [
        f"the stub gets '{check.verdict.outcome}' in {check.id}; expected 'not_implemented', "
        "or 'skipped' because a check before it is"
        for check in report.checks
        if check.verdict.outcome != "not_implemented"
        and not (check.verdict.outcome == "skipped" and assignment.prerequisites.get(check.id))
    ]
    result = f"{report.earned:g} points in {len(report.checks)} checks"
    return proof(
        "stub", "the stub earns nothing", result, findings, figures={"earned": report.earned}
    )


def wrongs_lose_what_they_declare(
    assignment: Assignment, graded: Sequence[tuple[WrongVersion, Report]]
) -> Proof:
    """Prove that a bug costs the items that are about it, and no others."""
    findings = []
    for wrong, report in graded:
        unusable = {
            check.verdict.sentence
            for check in report.checks
            if check.verdict.category == "cannot be imported"
        }
        findings += [f"{wrong.path.name} is not wrong but broken: {why}" for why in unusable]
        findings += _mismatches(f"{wrong.path.name}:1", wrong.loses, report)
        findings += [
            f"{wrong.path.name}: ends {check.id} as '{check.verdict.outcome}', which "
            f"$.wrong.outcomes does not list: {check.verdict.sentence}"
            for check in _lost(report)
            if check.verdict.outcome not in (*assignment.wrong.outcomes, "skipped")
        ]
    if not graded:
        findings.append(
            f"{assignment.reference}/wrong holds no wrong version, so no check has been seen to "
            "fail; write one, beginning with '# wrong 1 of MODULE: what it does; loses CHECK'"
        )
    figures = {wrong.path.stem: [check.id for check in _lost(report)] for wrong, report in graded}
    claim, result = "wrong versions lose what they declare", f"{len(graded)} wrong versions"
    return proof("wrong versions", claim, result, findings, figures={"lost": figures})


def samples_lose_what_they_declare(graded: Sequence[tuple[Sample, Report]]) -> Proof:
    """Prove that programs like students' get what their sample.yaml says."""
    findings = []
    for sample, report in graded:
        where = f"samples/{sample.folder.name}/{SAMPLE_FILE}"
        findings += _mismatches(where, sample.loses, report)
    figures = {sample.folder.name: report.earned for sample, report in graded}
    claim, result = "samples get what they declare", f"{len(graded)} samples"
    return proof("samples", claim, result, findings, figures={"earned": figures})


def failures_are_told_well(checks: Iterable[Check], graded: Graded) -> Proof:
    """Prove that what a student is shown is small, stable, and has a sentence."""
    wrongs = [(wrong.path.stem, report) for wrong, report in graded.wrongs]
    samples = [(sample.folder.name, report) for sample, report in graded.samples]
    programs = wrongs + samples
    findings = [
        f"{name}, {found}"
        for name, report in programs
        for check in _lost(report)
        for found in _untold(check)
    ]
    medians = {
        "wrong versions": _median_operations(report for _, report in wrongs),
        "samples": _median_operations(report for _, report in samples),
    }
    findings += [
        f"the median counterexample of {name} has {median:g} operations; at most "
        f"{MOST_OPERATIONS} are wanted, so let generators draw simpler traces"
        for name, median in medians.items()
        if median > MOST_OPERATIONS
    ]
    killed = {check.id for _, report in programs for check in _lost(report)}
    unseen = [check.id for check in checks if check.id not in killed]
    silent = [check.id for check in checks if not check.is_shown and not check.hint]
    notes = [f"no wrong version and no sample loses {listed(unseen)}"] if unseen else []
    notes += [f"{listed(silent)}: hidden without @hint('...')"] if silent else []
    figures = {"median_operations": medians, "unseen": unseen}
    result = f"median of {max(medians.values()):g} operations"
    claim = "failures are small, stable and told"
    return proof("failures", claim, result, findings, notes=notes, figures=figures)


def _median_operations(reports: Iterable[Report]) -> float:
    """Return the median length of the counterexamples of some programs, 0 without any."""
    shown = (check.verdict.counterexample for report in reports for check in report.checks)
    sizes = [operations(example.trace) for example in shown if example is not None]
    return statistics.median(sizes) if sizes else 0


def _untold(check: CheckReport) -> Iterator[str]:
    verdict = check.verdict
    if not verdict.sentence:
        yield f"{check.id}: has no sentence for the student"
    if verdict.defect:
        yield f"{check.id}: {verdict.defect}"
    if verdict.counterexample is not None and not verdict.counterexample.is_stable:
        yield f"{check.id}: a second run of the counterexample answers differently"


def _mismatches(where: str, declared: Sequence[str], report: Report) -> list[str]:
    """Return a sentence for each difference between what is declared and what is lost."""
    there = {check.id for check in report.checks}
    lost = {check.id: check for check in _lost(report)}
    found = [f"{where}: {unknown} is no check" for unknown in declared if unknown not in there]
    found += [
        f"{where}: loses {check.id}, too ({check.verdict.outcome}: {check.verdict.sentence})"
        for check in lost.values()
        if check.id not in declared
    ]
    passed = [check for check in declared if check in there and check not in lost]
    return found + [f"{where}: does not lose {check}" for check in passed]


def _lost(report: Report) -> list[CheckReport]:
    return [check for check in report.checks if check.verdict.outcome != "passed"]
