"""Generators reach the situations that they name.

A family of traces that never brings about what it is named after proves nothing about
it: see ``Traces.reaches``. Adopted traces are left out; the generator has to do it.
"""

from collections.abc import Iterator

from grader import adopted
from grader.checks import Check, authored
from grader.trace import Traces
from grader.validate.findings import Proof, proof
from grader.validate.setting import Setting

LEAST_SHARE = 0.05


def situations_are_reached(setting: Setting) -> Proof:
    """Prove that each named situation occurs in at least 5 % of the traces that are drawn."""
    shares = {name: share for check in setting.checks for name, share in _shares(setting, check)}
    findings = [
        f"{name}: occurs in {share:.1%} of the traces; at least {LEAST_SHARE:.0%} are wanted"
        for name, share in shares.items()
        if share < LEAST_SHARE
    ]
    rarest = f", the rarest in {min(shares.values()):.0%}" if shares else ""
    figures = {"shares": {name: round(share, 4) for name, share in shares.items()}}
    return proof(
        "situations", "named situations occur", f"{len(shares)}{rarest}", findings, figures=figures
    )


def _shares(setting: Setting, check: Check) -> Iterator[tuple[str, float]]:
    corpus = setting.corpora[check.id]
    for part, recorded, kept in zip(check.parts, corpus.parts, adopted.read(check), strict=True):
        family = part.source()
        if isinstance(family, Traces) and family.reaches:
            seen = list(recorded.runs())[len(adopted.traces_of(kept)) :]
            for situation, occurs in family.reaches.items():
                where = f"{check.id} {part.name}".strip()
                with authored(check, f"telling whether {situation} occurs"):
                    count = sum(map(bool, map(occurs, seen)))
                yield f"{where}: {situation}", count / len(seen)
