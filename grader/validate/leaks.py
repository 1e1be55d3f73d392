"""No secret is in anything that a student can see: proved with canaries in every secret.

A copy of the assignment gets canaries in its reference, wrong versions, samples, hidden
checks, their inputs and words, and in its specification. Then the handout is made of it,
and programs are graded by it that lose every hidden check. Titles, points and hints of
hidden checks are for students; a canary in anything they see is a leak.
"""

import io
import json
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from grader import handout, pipeline
from grader.adopted import FOLDER as ADOPTED
from grader.checks import Check
from grader.corpus import corpus_folder, record
from grader.corpus_file import CheckCorpus, save
from grader.errors import SpecError
from grader.intake import Submission, read_submission
from grader.pipeline import Watcher
from grader.render import as_json, gradescope, junit, terminal
from grader.render.text import plain
from grader.report import Report, for_student
from grader.spec import SPEC_FILE, Assignment, read_assignment
from grader.strict_yaml import load_yaml
from grader.validate.findings import Proof, listed, proof
from grader.validate.planting import Canaries, planted_check, planted_source
from grader.validate.programs import SAMPLE_FILE, Graded, stub_files, wrong_submission
from grader.validate.setting import Progress, Setting, at_once

_IGNORED = shutil.ignore_patterns("__pycache__", ".*")


def nothing_leaks(setting: Setting, graded: Graded, progress: Progress) -> Proof:
    """Prove that neither the handout nor what is told of a grading holds a canary."""
    canaries = Canaries(f"{setting.assignment.course} {setting.assignment.name}")
    canaries.known[setting.assignment.salt.encode()] = "the salt, from which hidden inputs follow"
    chosen, unseen = _losing_every_hidden_check(setting, graded)
    with TemporaryDirectory(prefix="canaries-") as name:
        copy = _planted_copy(setting, Path(name).resolve(), canaries)
        files = handout.contents(copy.assignment)
        stub = Submission("stub", stub_files(setting.assignment), {})
        jobs = [
            partial(_shown, copy, submission, ids) for submission, ids in [(stub, None), *chosen]
        ]
        outputs = at_once(jobs, "looking for leaks", progress)
    findings = list(
        _leaks({f"the handout's {name}": content for name, content in files.items()}, canaries)
    )
    for output in outputs:
        findings += _leaks(output, canaries)
    notes = [f"no program loses {listed(unseen)}, so nothing is told of it"] if unseen else []
    figures = {
        "canaries": len(canaries.planted),
        "files_of_the_handout": len(files),
        "programs": len(outputs),
    }
    result = f"{len(canaries.planted)} canaries, {len(files)} files, {len(outputs)} programs"
    return proof(
        "secrets", "no secret reaches a student", result, findings, notes=notes, figures=figures
    )


# --- the copy -----------------------------------------------------------------


def _planted_copy(setting: Setting, root: Path, canaries: Canaries) -> Setting:
    """Return the same assignment below ``root``, with canaries in all that is secret."""
    assignment = _copied(setting.assignment, root)
    _plant_files(assignment, canaries)
    assignment = read_assignment(assignment.path)
    kept = setting.corpora
    checks = [
        # No input of a visible check is secret, and a new recording gives the same.
        check if check.is_shown else planted_check(check, kept[check.id], canaries)
        for check in pipeline.checks_of(assignment)
    ]
    with pipeline.benches(assignment, Submission("nobody", {}, {}), setting.tier) as places:
        corpora = {
            check.id: kept[check.id] if check.is_shown else _recorded(assignment, check, places)
            for check in checks
        }
    for check_id, corpus in corpora.items():
        save(corpus, corpus_folder(assignment) / f"{check_id}.corpus")
    return Setting(assignment, tuple(checks), corpora, setting.tier)


def _recorded(assignment: Assignment, check: Check, places: pipeline.Benches) -> CheckCorpus:
    try:
        return record(assignment, check, places.trusted())
    except SpecError as error:
        raise SpecError(
            f"{check.id} cannot judge its own inputs once their names are others; let it read "
            f"names from the trace, not know them: {error}"
        ) from error


def _copied(assignment: Assignment, root: Path) -> Assignment:
    assert assignment.reference is not None
    folder = root / "assignments" / assignment.name
    shutil.copytree(assignment.path, folder, ignore=_IGNORED)
    shutil.copytree(assignment.reference, root / "reference" / assignment.name, ignore=_IGNORED)
    given = assignment.machine_if_given
    if given is not None and given != assignment.path:
        shutil.copytree(given / "machine", root / "assignments" / "machine", ignore=_IGNORED)
    return read_assignment(folder)


def _plant_files(assignment: Assignment, canaries: Canaries) -> None:
    assert assignment.reference is not None
    for path in sorted(assignment.reference.glob("*.py")):
        shown = assignment.provided.get(path.name, ())
        _plant_source(path, f"{path.name} of the reference", canaries, shown)
    hidden = assignment.checks / "hidden"
    for path in sorted(hidden.glob("*.py")):
        _plant_source(path, f"{path.name} of the hidden checks", canaries, ())
    for path in sorted(assignment.reference.glob("wrong/*.py")):
        _append(path, canaries.word(f"wrong/{path.name}"))
    for path in sorted(assignment.path.glob(f"samples/*/{SAMPLE_FILE}")):
        _append(path, canaries.word(f"the sample {path.parent.name}"))
    for path in sorted(hidden.glob(f"{ADOPTED}/*.json")):
        _plant_sources(path, canaries.word(f"the adopted traces of {path.stem}"))
    _plant_spec(assignment.path / SPEC_FILE, canaries)


def _plant_source(path: Path, name: str, canaries: Canaries, shown: Iterable[str]) -> None:
    text = planted_source(path.read_text(encoding="utf-8"), name, canaries, [*shown])
    path.write_text(text, encoding="utf-8")


def _append(path: Path, word: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n# {word}\n")


def _plant_sources(path: Path, word: str) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    for part in found["parts"]:
        for kept in part["traces"]:
            kept["from"].append(word)
    path.write_text(json.dumps(found), encoding="utf-8")


def _plant_spec(path: Path, canaries: Canaries) -> None:
    said = load_yaml(path.read_text(encoding="utf-8"), str(path))
    said["salt"] = canaries.word("the salt")
    comment = canaries.word(f"a comment in {SPEC_FILE}")
    text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
    path.write_text(f"# {comment}\n{text}", encoding="utf-8")


# --- what a student sees ------------------------------------------------------


def _losing_every_hidden_check(
    setting: Setting, graded: Graded
) -> tuple[list[tuple[Submission, list[str] | None]], list[str]]:
    """Return a few programs that together lose every hidden check, and which none loses.

    With each stand the ids of the checks to grade it by; the first sample that loses
    anything is graded by all.
    """
    missing = {check.id for check in setting.checks if not check.is_shown}
    chosen: list[tuple[Submission, list[str] | None]] = []
    programs: list[tuple[Submission, Report]] = [
        (read_submission(sample.folder, setting.assignment.stubs), report)
        for sample, report in graded.samples
    ]
    programs += [
        (wrong_submission(setting.reference, wrong), found) for wrong, found in graded.wrongs
    ]
    for submission, report in programs:
        lost = {check.id for check in report.checks if check.verdict.counterexample is not None}
        if lost and not chosen:
            chosen.append((submission, None))
        elif lost & missing:
            chosen.append((submission, sorted(lost & missing)))
        missing -= lost
    return chosen, sorted(missing)


def _shown(
    copy: Setting, submission: Submission, ids: list[str] | None, watcher: Watcher
) -> Mapping[str, bytes]:
    """Grade ``submission`` and return every file and text that its author may see."""
    checks = [check for check in copy.checks if ids is None or check.id in ids]
    report = copy.graded(submission, watcher, checks)
    seen = for_student(report)
    failing = [check for check in seen.checks if check.verdict.outcome != "passed"]
    told = plain(terminal.render(seen), *(terminal.failure(check, None) for check in failing))
    texts = {
        "results.json": gradescope.render(report),
        "report": as_json.render(seen),
        "junit.xml": junit.render(seen),
        "terminal": told.encode(),
    }
    return {f"the {name} of {submission.name}": content for name, content in texts.items()}


# --- looking ------------------------------------------------------------------


def _leaks(contents: Mapping[str, bytes], canaries: Canaries) -> Iterator[str]:
    for where, content in contents.items():
        for inner, opened in _opened(where, content):
            for place in canaries.found(inner.encode() + b"\n" + opened):
                yield f"{inner} holds {place}"


def _opened(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``content`` and, where it is an archive or compressed, what is inside."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _opened(f"{name}: {member}", archive.read(member))
        return
    try:
        yield f"{name}, decompressed", zlib.decompress(content)
    except zlib.error:
        return
