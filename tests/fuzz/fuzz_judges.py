"""Strange answers before every judge and picture: `python tests/fuzz/fuzz_judges.py day1`.

For a person, not for the gate; tests/system puts a bounded number of strange answers to
each check. An answer is the reference's with a part changed (another value, one more, one
less, a number one off), so most of it stays plausible. Prints each kind of break once,
with the check, the seed and the number that repeat it; exits with 1 if there is any.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from days import Day
from fuzz import inventing, oracles

from grader import codec
from grader.checks import Check
from grader.corpus_file import Recorded
from grader.transcript import Run, Transcript

SLOW_S = 2.0


def main() -> int:
    """Judge as many answers per check as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", nargs="+")
    parser.add_argument("--answers", type=int, default=10_000, help="per check")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    parser.add_argument("--check", default="", help="only the check of this id")
    asked = parser.parse_args()
    found: Counter[str] = Counter()
    for day in map(Day, asked.days):
        for check in day.checks.values():
            if asked.check in ("", check.id):
                numbers = range(asked.first, asked.first + asked.answers)
                parts = day.corpora[check.id].parts
                counts, broken = _fuzzed(check, parts, asked.seed, numbers)
                print(f"{check.id:<6} {dict(counts)}", flush=True)
                for what, told in broken.items():
                    print(f"  BROKEN {what}\n{told}", flush=True)
                found.update(broken.keys())
    print(f"{len(found)} kinds of break")
    return 1 if found else 0


def _fuzzed(
    check: Check, parts: Sequence[Recorded], seed: int, numbers: Sequence[int]
) -> tuple[Counter[str], dict[str, str]]:
    """Return what came of the answers, and the first of each kind of break."""
    counts: Counter[str] = Counter()
    broken: dict[str, str] = {}
    for number in numbers:
        rng = oracles.seeded(seed, number)
        started = time.process_time()
        try:
            counts[oracles.a_judge_accepts_or_blames(check, _run(rng, parts))] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            counts["BROKEN"] += 1
            what = f"--check {check.id} --seed {seed} --first {number} --answers 1"
            broken.setdefault(str(error)[:300], f"{what}\n{traceback.format_exc(limit=-6)}")
        if time.process_time() - started > SLOW_S:
            counts["SLOW"] += 1
    return counts, broken


def _run(rng: Random, parts: Sequence[Recorded]) -> Run:
    recorded = rng.choice(parts)
    at = rng.randrange(len(recorded.traces))
    trace = codec.decode_trusted(recorded.traces[at])
    expected = Transcript(trace, recorded.expected[at])
    entries = inventing.transcript(rng, codec.decode_trusted(recorded.expected[at]))
    return Run(trace, Transcript(trace, codec.encode(entries)), expected)


if __name__ == "__main__":
    sys.exit(main())
