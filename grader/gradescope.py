"""What runs on Gradescope for every submission: the order of events under /autograder.

A results.json stands there from the first moment on and is only ever replaced by a better
one, because whatever stands at the end counts, even if this process is killed. Where we
fail to grade, and where a rule of the course says that this one is not graded, the score
of the earlier submission stands: nobody loses points that were there. Never judges.

Legend::

    Site     the folders of one platform, below /autograder
    faults   times of today's submissions that we failed to grade, kept in `extra_data`,
             because the platform does not know of them and they must not count
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader import clock, confine, metadata, outputs, pipeline, rules
from grader.checks import Visibility
from grader.deadline import Deadline
from grader.errors import GraderFault, SpecError, SubmissionError
from grader.metadata import Metadata
from grader.render import gradescope as results
from grader.report import Report
from grader.score import number
from grader.spec import SPEC_FILE, Assignment, read_assignment

MARGIN_S = 30
ENOUGH = "AB"  # the tiers in which a submission may run beside the reference
_TIMEOUTS_S = range(60, 86_401)


@dataclass(frozen=True)
class Site:
    """The folders of the platform."""

    root: Path

    @property
    def results(self) -> Path:
        """The file that the platform reads at the end."""
        return self.root / "results" / "results.json"

    @property
    def submission(self) -> Path:
        """The student's files."""
        return self.root / "submission"

    @property
    def metadata(self) -> Path:
        """What the platform says about the submission."""
        return self.root / "submission_metadata.json"

    def assignment(self) -> Assignment:
        """Return the one assignment of the bundle; raises SpecError."""
        found = sorted(self.root.glob(f"source/assignments/*/{SPEC_FILE}"))
        if len(found) != 1:
            raise SpecError(
                f"{self.root / 'source' / 'assignments'}: holds {len(found)} assignments; "
                "upload a zip file that `grader bundle` has made"
            )
        return read_assignment(found[0].parent)

    def close_to_others(self) -> None:
        """Let nobody but this user into the folders: one holds the reference, one the results.

        The workers run as other users. Where the kernel has no Landlock and the container no
        namespaces, this is what keeps them out.
        """
        (self.root / "results").mkdir(parents=True, exist_ok=True)
        for folder in (self.root, *(self.root / name for name in _CLOSED)):
            if folder.is_dir():
                folder.chmod(0o700)


_CLOSED = ("source", "results", "submission")


# --- one submission -----------------------------------------------------------


def serve(root: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> Report | None:
    """Grade the submission that lies under ``root`` and leave results.json.

    ``say`` tells the staff what was strange. Returns None where a rule of the course says
    that it is not graded. Raises GraderError, with a results.json that says so, too.
    """
    begun_s = clock.now()
    site = Site(root)
    outputs.write(site.results, results.pessimistic(outputs.UNFINISHED))
    known = metadata.read(site.metadata)
    faults = _faults(known)
    for note in known.notes:
        say(f"note: {note}")
    outputs.write(site.results, _fault(known, faults))
    try:
        site.close_to_others()
        return _serve(site, known, faults, begun_s, environment)
    except SubmissionError as error:
        outputs.write(site.results, _refusal(error, faults))
        raise
    except OSError as error:
        raise GraderFault(f"{site.root}: {error}; see `grader doctor`") from error


def _serve(
    site: Site,
    known: Metadata,
    faults: list[datetime],
    begun_s: float,
    environment: Mapping[str, str],
) -> Report | None:
    assignment = site.assignment()
    terms = assignment.gradescope
    refused = rules.too_many(terms.submissions_per_day, known, faults)
    if refused is not None:
        outputs.write(site.results, _standing(refused.sentence(), known, faults))
        return None
    require_tier()
    report = pipeline.grade(
        assignment,
        site.submission,
        results=[site.results],
        deadline=Deadline(begun_s + _usable_s(terms.timeout_s, environment)),
    )
    outputs.write(site.results, _graded(report, assignment, known, faults))
    return report


def require_tier() -> None:
    """Raise GraderFault where submissions cannot be held well enough beside a reference."""
    found = confine.strongest()
    if found.letter not in ENOUGH:
        confine.tier("B")  # says which layer is missing and what to do
        raise GraderFault(f"this place allows confinement tier {found.letter} only; B is needed")


def _usable_s(timeout_s: int, environment: Mapping[str, str]) -> float:
    """Return the seconds after which we end by ourselves, from the platform's time-out.

    The platform states it in TIMEOUT_SECONDS, though it does not document that; without
    it, it is what assignment.yaml says.
    """
    stated = environment.get("TIMEOUT_SECONDS", "")
    if stated.isascii() and stated.isdecimal() and int(stated[:9]) in _TIMEOUTS_S:
        timeout_s = int(stated)
    return timeout_s - max(MARGIN_S, timeout_s / 10)


# --- what is left behind ------------------------------------------------------


def _graded(
    report: Report, assignment: Assignment, known: Metadata, faults: list[datetime]
) -> bytes:
    """Return results.json of a grading under the rules of the course."""
    found = rules.lateness(assignment.gradescope.lateness, known)
    if found is None:
        return results.render(report, extra=_extra(faults))
    earned = Fraction(repr(report.earned))
    everything_shows = all(check.visibility == "visible" for check in report.checks)
    return results.render(
        report,
        score=number(found.points(earned)),
        remarks=[found.sentence(earned if everything_shows else None)],
        extra=_extra(faults) | {"late_h": float(found.hours), "percent": float(found.percent)},
    )


def _fault(known: Metadata, faults: list[datetime]) -> bytes:
    """Return what stands unless we get further, which is our fault then."""
    today = [known.created] if known.created is not None else []
    return _standing(outputs.UNFINISHED, known, [*faults, *today])


def _refusal(error: SubmissionError, faults: list[datetime]) -> bytes:
    """Return results.json of an upload that holds nothing to grade."""
    return results.pessimistic(f"Nothing could be graded: {error}", extra=_extra(faults))


def _standing(sentence: str, known: Metadata, faults: list[datetime]) -> bytes:
    """Return results.json with ``sentence`` and the score that an earlier submission has."""
    earlier = rules.standing(known)
    if earlier is None or earlier.score is None:
        return results.pessimistic(sentence, extra=_extra(faults))
    return results.pessimistic(
        f"{sentence}\nThe score of your submission of {earlier.created:%Y-%m-%d %H:%M} stands.",
        score=number(earlier.score),
        tests=_tests(earlier.results),
        extra=_extra(faults),
    )


class _Test(msgspec.Struct):
    """One test of an earlier results.json, of which only what we write ourselves is kept."""

    number: str
    name: str
    score: float
    max_score: float
    status: Literal["passed", "failed"]
    output: str
    output_format: Literal["text"]
    visibility: Visibility


def _tests(earlier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tests of an earlier results.json as ours are; [] where they are not."""
    try:
        found = msgspec.convert(earlier.get("tests"), list[_Test])
    except msgspec.ValidationError:
        return []
    return [msgspec.to_builtins(test) for test in found]


def _extra(faults: list[datetime]) -> dict[str, Any]:
    return {"faults": [each.isoformat() for each in faults]} if faults else {}


def _faults(known: Metadata) -> list[datetime]:
    """Return which of today's earlier submissions we failed to grade, as the latest one says."""
    latest = known.earlier[-1] if known.earlier else None
    extra = latest.results.get("extra_data") if latest else None
    try:
        found = msgspec.convert(extra, _Kept).faults
    except msgspec.ValidationError:
        return []
    earlier = {each.created for each in known.earlier}
    return [each for each in found if each in earlier][-100:]


class _Kept(msgspec.Struct):
    """What a results.json of ours tells the next grading."""

    faults: list[datetime] = []


# --- when the image is built --------------------------------------------------


def self_test(root: Path) -> Report:
    """Grade the reference as a submission is graded; raises GraderError unless all is well."""
    site = Site(root)
    site.close_to_others()
    assignment = site.assignment()
    require_tier()
    if assignment.reference is None:
        raise SpecError(f"{root}: holds no reference; upload what `grader bundle` has made")
    report = pipeline.grade(assignment, assignment.reference, results=[site.results])
    lost = [check.id for check in report.checks if check.verdict.outcome != "passed"]
    if lost:
        raise GraderFault(
            f"the reference of {assignment.name} does not pass {', '.join(lost)} here; "
            "run `grader validate` where the bundle was made, and look at the image's Python"
        )
    return report
