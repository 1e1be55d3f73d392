"""Grading the grader: every claim about an assignment, proved or answered with what is wrong.

Owns the order of the proofs. Each is a module here that turns reports into findings.

Floors, each explained by those below it::

    adopting                 the minimal traces, made
    leaks      repetition    adoption    situations    timing
    programs                 what each known program must get
    planting                 canaries into sources and checks
    setting                  checks, inputs, several gradings at a time
    findings                 what a proof says
"""

from collections.abc import Callable, Iterator, Sequence

from grader import clock, confine
from grader.corpus import corpus_folder
from grader.errors import SpecError
from grader.score import number
from grader.spec import Assignment
from grader.validate.adopting import adopt
from grader.validate.adoption import adopted_traces_are_complete
from grader.validate.findings import Proof, Validation, proof
from grader.validate.leaks import nothing_leaks
from grader.validate.programs import (
    failures_are_told_well,
    graded_programs,
    reference_earns_all,
    samples_lose_what_they_declare,
    stub_earns_nothing,
    wrongs_lose_what_they_declare,
)
from grader.validate.repetition import gradings_are_equal, inputs_are_reproducible, recorded_anew
from grader.validate.setting import Progress, Setting, prepare
from grader.validate.situations import situations_are_reached
from grader.validate.timing import time_fits

__all__ = ["Proof", "Validation", "adopt_traces", "validate"]


def validate(
    assignment: Assignment,
    tier: confine.Tier,
    progress: Progress = lambda _what, _done, _total: None,
) -> Validation:
    """Prove all that is claimed of ``assignment``.

    What makes the assignment unusable is a finding, too; then there may be no further
    proofs. Raises GraderFault where the grader itself fails, which proves nothing.
    """
    started = clock.now()
    proofs: list[Proof] = []
    try:
        _require_reference(assignment)
        for each in _proofs(prepare(assignment, tier, progress), progress):
            proofs.append(each)  # noqa: PERF402 - what was proved before an error stays
    except SpecError as error:
        proofs.append(proof("assignment", "the assignment can be graded", "no", [str(error)]))
    return Validation(assignment.name, tier.letter, tuple(proofs), round(clock.now() - started, 1))


def adopt_traces(assignment: Assignment, tier: confine.Tier, progress: Progress) -> list[str]:
    """Write the adopted traces that are missing; return the ids of the checks that changed."""
    _require_reference(assignment)
    return adopt(prepare(assignment, tier, progress), progress)


def _require_reference(assignment: Assignment) -> None:
    if assignment.reference is None:
        raise SpecError(f"{assignment.name} has no reference here; validate where reference/ lies")


def _proofs(setting: Setting, progress: Progress) -> Iterator[Proof]:
    assignment = setting.assignment
    with recorded_anew(setting) as recording:
        graded = graded_programs(setting, progress)
        yield reference_earns_all(graded.reference)
        yield stub_earns_nothing(assignment, graded.stub)
        yield wrongs_lose_what_they_declare(assignment, graded.wrongs)
        yield samples_lose_what_they_declare(graded.samples)
        yield failures_are_told_well(setting.checks, graded)
        yield gradings_are_equal(graded)
        yield _proved("secrets", lambda: nothing_leaks(setting, graded, progress))
        yield inputs_are_reproducible(
            setting.corpora, recording.digests(), corpus_folder(assignment)
        )
    yield situations_are_reached(setting)
    yield adopted_traces_are_complete(setting, graded.wrongs)
    yield time_fits(setting, graded.reference)
    yield _later(assignment)


def _proved(name: str, prove: Callable[[], Proof]) -> Proof:
    """Return the proof, or what about the assignment kept it from being made."""
    try:
        return prove()
    except SpecError as error:
        return proof(name, f"{name} can be looked into", "no", [str(error)])


def _later(assignment: Assignment) -> Proof:
    """List the items that are still to be written; that is no failure before a release."""
    points = number(assignment.later_points)
    notes: Sequence[str] = []
    if assignment.later:
        notes = [f"{points} points still to be written: {', '.join(assignment.later)}"]
    result = f"{points} points to come" if assignment.later else "all are written"
    return proof(
        "items", "what is missing is listed", result, [], notes=notes, figures={"later": points}
    )
