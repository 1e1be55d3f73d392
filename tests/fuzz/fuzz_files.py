"""Files that a student may have edited: `python tests/fuzz/fuzz_files.py`.

For a person, not for the gate. A trace file (`grader repro FILE`) and a corpus file (of a
handout) are changed as bytes and as plain data, and read: whatever is not one is a
SpecError. What is read as a trace can be shown, sent and compared. A corpus is also
changed inside, with a digest that fits: a hand that knows the format has made it.
"""

import argparse
import resource
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz import oracles
from fuzz.edited_files import Kept

MEMORY_BYTES = 1 << 30


def main() -> int:
    """Read as many files of both kinds as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    counts: Counter[str] = Counter()
    broken: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(Path(folder) / "file")
        for number in range(asked.first, asked.first + asked.files):
            for one in (kept.trace_file, kept.corpus_file):
                try:
                    counts[f"{one.__name__}: {one(oracles.seeded(asked.seed, number))}"] += 1
                except Exception as error:  # noqa: BLE001 - it is what we look for
                    counts[f"{one.__name__}: BROKEN"] += 1
                    place = traceback.extract_tb(error.__traceback__)[-1]
                    what = f"{type(error).__name__} in {place.filename}:{place.lineno}"
                    broken.setdefault(what, f"--first {number}\n{traceback.format_exc(limit=-5)}")
    for name, count in sorted(counts.items()):
        print(f"{count:>9}  {name}")
    for what, told in broken.items():
        print(f"\n{what}\n{told}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(broken)} kinds of break, peak {peak:.0f} MB")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
