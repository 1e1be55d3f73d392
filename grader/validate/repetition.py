"""The same again: two gradings give equal bytes, and inputs drawn anew are the kept ones.

Inputs are drawn anew in a process of its own with another hash seed, because a draw that
follows the order of a set is stable only within one process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.corpus_file import CheckCorpus
from grader.errors import GraderFault
from grader.render import as_json, gradescope
from grader.report import Report, Times
from grader.validate.findings import Proof, proof
from grader.validate.programs import Graded
from grader.validate.setting import Setting

_SEEDS = ("1", "2")  # of Python's string hashes


def gradings_are_equal(graded: Graded) -> Proof:
    """Prove that two gradings of the same files differ in nothing but times."""
    findings = [
        f"two gradings of {first.submission} differ in {place}"
        for first, second in graded.again
        for place in _differences(first, second)
    ]
    names = " and ".join(first.submission for first, _ in graded.again)
    return proof("repetition", "grading twice gives the same bytes", names, findings)


def _differences(first: Report, second: Report) -> Iterator[str]:
    """Yield the files that differ, and the checks to look at."""
    one, other = _without_times(first), _without_times(second)
    pairs = zip(one.checks, other.checks, strict=True)
    blamed = [check.id for check, again in pairs if check != again]
    for name, render in (("report.json", as_json.render), ("results.json", gradescope.render)):
        if render(one) != render(other):
            yield f"{name} ({' '.join(blamed) or 'outside its checks'})"


def _without_times(report: Report) -> Report:
    """Return ``report`` without its only fields that may differ; every file follows from it."""
    times = Times(0.0, dict.fromkeys(report.times.checks_wall_s, 0.0))
    return msgspec.structs.replace(report, times=times)


@contextmanager
def recorded_anew(setting: Setting) -> Iterator["Recording"]:
    """Begin to draw and record all inputs beside what else is done; ended on leaving."""
    environment = {**os.environ, "PYTHONHASHSEED": _other_hash_seed()}
    recording = subprocess.Popen(
        [sys.executable, "-P", "-m", "grader.validate.recording", setting.assignment.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with recording:
        try:
            yield Recording(recording)
        finally:
            recording.kill()


def _other_hash_seed() -> str:
    """Return a hash seed that is not the one of this process, should it have a fixed one."""
    return next(seed for seed in _SEEDS if seed != os.environ.get("PYTHONHASHSEED"))


class Recording:
    """A process that records the inputs of an assignment and keeps nothing but digests."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def digests(self) -> Mapping[str, str]:
        """Wait for the digest of each check's inputs; raises GraderFault where there is none."""
        out, err = self._process.communicate()
        if self._process.returncode != 0:
            last = (err.strip().splitlines() or ["it said nothing"])[-1]
            raise GraderFault(f"recording the inputs again failed: {last}")
        found: dict[str, str] = json.loads(out)
        return found


def inputs_are_reproducible(
    corpora: Mapping[str, CheckCorpus], anew: Mapping[str, str], kept_in: Path
) -> Proof:
    """Prove that what is recorded anew has the digests of what is kept."""
    different = [check for check, corpus in corpora.items() if corpus.digest != anew.get(check)]
    findings = [
        f"{check}: its inputs or the reference's answers come out otherwise when they are "
        "recorded again; let traces depend on `t.rng` alone, not on time, a set's order or "
        f"what ran before. If the tools were changed meanwhile, delete {kept_in}"
        for check in different
    ]
    result = f"{len(corpora) - len(different)} of {len(corpora)} checks"
    return proof("inputs", "inputs drawn anew are the same", result, findings)
