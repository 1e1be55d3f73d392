"""What the tests of confinement share: the tiers of this place, and a call in one of them."""

import sys
from pathlib import Path

import pytest

from grader import codec, confine, replay
from grader.errors import GraderFault

HOME = Path(__file__).resolve().parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux's")
LIMITS = confine.Limits(cpu_s=5, wall_s=20.0, memory_bytes=1 << 30, processes=24)


def _stands(letter: str) -> bool:
    try:
        confine.tier(letter)
    except GraderFault:
        return False
    return True


TIERS = [letter for letter in "ABCD" if _stands(letter)]
CONFINED = [letter for letter in TIERS if letter != "D"]
IN_TIER_A = pytest.mark.skipif("A" not in TIERS, reason="tier A does not stand here")


def given_package(folder: Path) -> Path:
    """Put a `machine` package with nothing in it below ``folder``; return where it lies."""
    package = folder / "assignments" / "machine"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "class Trap(Exception): pass\nclass recorder:\n    take_calls = staticmethod(list)\n"
    )
    return package.parent


def call(machine: Path, tier: confine.Tier, code: str, function: str) -> list[object]:
    """Return the outcome of one call of a program in a worker of ``tier``."""
    with replay.Bench({"program.py": code.encode()}, machine, tier=tier) as bench:
        job = replay.Job(("program",), [codec.encode([["fn", function, []]])], LIMITS)
        answer = bench.run(job)
    assert answer.texts, answer.ending
    outcome: list[object] = codec.decode(answer.texts[0])[0]
    return outcome
