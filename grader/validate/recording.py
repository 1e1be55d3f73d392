"""A process of its own that records an assignment's inputs and prints their digests as JSON.

python -m grader.validate.recording FOLDER
"""

import json
import sys
from pathlib import Path

from grader import pipeline
from grader.corpus import record
from grader.intake import Submission
from grader.spec import read_assignment


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of each check's inputs and answers, drawn and recorded now."""
    assignment = read_assignment(folder)
    with pipeline.benches(assignment, Submission("nobody", {}, {})) as places:
        reference = places.trusted()
        return {
            check.id: record(assignment, check, reference).digest
            for check in pipeline.checks_of(assignment)
        }


if __name__ == "__main__":
    print(json.dumps(digests(Path(sys.argv[1]))))  # noqa: T201 - what the caller reads
