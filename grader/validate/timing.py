"""The time that grading takes fits the platform that grades.

A platform's time-out throws every result away, so the bound is half of it. Gradescope's
default container has half a CPU, which makes a computation twice as long there.
"""

from grader.checks import Check
from grader.examine import SHRINK_S
from grader.plan import TIMEOUTS_BEFORE_CUT, limits
from grader.report import Report
from grader.validate.findings import Proof, proof
from grader.validate.setting import Setting

HALF_A_CPU = 2
EXPLAIN_S = 1.0
"""What a check that timed out costs beyond its limit and shrinking: telling what happened."""


def time_fits(setting: Setting, reference: Report) -> Proof:
    """Prove that grading, at its best and worst, stays below half of the time-out."""
    allowed_s = setting.assignment.gradescope.timeout_s / 2
    right_s = HALF_A_CPU * reference.times.wall_s
    worst_s = worst_case_s(setting, reference)
    findings = [
        f"grading {what} takes up to {seconds:.0f} s with half a CPU; at most {allowed_s:.0f} s, "
        "half of $.gradescope.timeout_s, may be used: draw fewer examples or state $.limits"
        for what, seconds in (("the reference", right_s), ("a program that hangs", worst_s))
        if seconds >= allowed_s
    ]
    figures = {
        "reference_s": reference.times.wall_s,
        "reference_half_cpu_s": round(right_s, 1),
        "worst_half_cpu_s": round(worst_s, 1),
        "allowed_s": allowed_s,
    }
    result = f"{right_s:.0f} s, at worst {worst_s:.0f} s of {allowed_s:.0f} s"
    return proof("time", "the time fits the platform", result, findings, figures=figures)


def worst_case_s(setting: Setting, reference: Report) -> float:
    """Return the seconds for a program that hangs in every check, with half a CPU.

    It ends each check at the latest possible moment: in the part with the largest limit,
    having answered all other inputs as fast as the reference. After two time-outs in a
    task the limits of its other checks are cut.
    """
    timeouts: dict[str, int] = {}
    total_s = HALF_A_CPU * reference.times.wall_s
    for check in setting.checks:
        cut = timeouts.get(check.task, 0) >= TIMEOUTS_BEFORE_CUT
        timeouts[check.task] = timeouts.get(check.task, 0) + 1
        total_s += _hang_s(setting, check, cut=cut) + SHRINK_S + EXPLAIN_S
    return total_s


def _hang_s(setting: Setting, check: Check, *, cut: bool) -> float:
    """Return the largest wall limit of the parts: a hang ends there, busy or asleep."""
    corpus = setting.corpora[check.id]
    return max(each.wall_s for each in limits(setting.assignment, corpus, cut=cut))
