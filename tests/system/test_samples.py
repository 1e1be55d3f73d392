"""Sample submissions, graded as an instructor grades: what each loses, and how it is told.

The samples look like students' work; ``sample.yaml`` says which checks each must lose.
"""

import statistics
from functools import cache
from pathlib import Path

import pytest
import yaml

from grader import pipeline
from grader.report import Report
from grader.spec import read_assignment
from grader.trace import operations

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted(path.parent for path in ROOT.glob("assignments/*/samples/*/sample.yaml"))
MOST_OPERATIONS = 6


@cache
def _report(sample: Path) -> Report:
    return pipeline.grade(read_assignment(sample.parents[1]), sample)


def _name(sample: Path) -> str:
    return f"{sample.parents[1].name}-{sample.name}"


@pytest.mark.parametrize("sample", SAMPLES, ids=_name)
def test_a_sample_loses_exactly_what_it_declares(sample: Path) -> None:
    """Not a check more, not a check less."""
    declared = yaml.safe_load((sample / "sample.yaml").read_text(encoding="utf-8"))["loses"]

    lost = [check.id for check in _report(sample).checks if check.verdict.outcome != "passed"]

    assert lost == (declared or [])


@pytest.mark.parametrize("sample", SAMPLES, ids=_name)
def test_every_lost_check_has_a_sentence(sample: Path) -> None:
    """Nobody is left with a bare 'failed'."""
    silent = [
        check.id
        for check in _report(sample).checks
        if check.verdict.outcome != "passed" and not check.verdict.sentence
    ]

    assert silent == []


def test_the_median_counterexample_of_samples_is_short() -> None:
    """A failing check shows at most six operations in the median."""
    sizes = [
        operations(check.verdict.counterexample.trace)
        for sample in SAMPLES
        for check in _report(sample).checks
        if check.verdict.counterexample is not None
    ]

    assert statistics.median(sizes) <= MOST_OPERATIONS
