"""Adopted traces: a committed file that is read strictly, and comes before what is drawn."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tiny import Tiny

from grader import adopted, codec, corpus, pipeline
from grader.adopted import AdoptedTrace
from grader.checks import Check
from grader.corpus import corpus_folder
from grader.corpus_file import CheckCorpus
from grader.errors import SpecError
from grader.intake import Submission
from grader.trace import Trace

MAKE = ["new", "counter", "Counter", {"limit": 3}]
TWICE: Trace = [MAKE, ["call", "counter", "add", [2], "-> a"], ["call", "counter", "add", ["$a"]]]


def check_of(day: Tiny, check_id: str = "T.1") -> Check:
    return next(check for check in pipeline.checks_of(day.assignment) if check.id == check_id)


def put(day: Tiny, content: Any, check_id: str = "T.1") -> Path:
    """Write a file of adopted traces as somebody would by hand."""
    path = adopted.path_of(check_of(day, check_id))
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def file_with(trace: Any = TWICE, **changed: Any) -> dict[str, Any]:
    part = {"part": 1, "name": "", "traces": [{"from": ["wrong 1 of counter"], "trace": trace}]}
    return {"format": 1, "check": "T.1", "parts": [part]} | changed


def record(day: Tiny, check_id: str = "T.1") -> CheckCorpus:
    with pipeline.benches(day.assignment, Submission("nobody", {}, {})) as places:
        return corpus.record(day.assignment, check_of(day, check_id), places.trusted())


# --- in the corpus ------------------------------------------------------------


def test_adopted_traces_come_first_with_the_references_answers(day: Tiny) -> None:
    before = record(day)
    put(day, file_with())

    (part,) = record(day).parts

    assert part.traces == (codec.encode(TWICE), *before.parts[0].traces)
    assert codec.decode(part.expected[0]) == [["ok", None], ["ok", 2], ["err", "ENOSPC"]]


def test_equal_traces_stand_there_once(day: Tiny) -> None:
    before = record(day)
    drawn = codec.decode_trusted(before.parts[0].traces[7])
    kept = [{"from": [name], "trace": trace} for name, trace in (("a", drawn), ("b", drawn))]
    put(day, file_with(parts=[{"part": 1, "name": "", "traces": kept}]))

    (part,) = record(day).parts

    assert part.traces[0] == before.parts[0].traces[7]
    assert sorted(part.traces) == sorted(before.parts[0].traces)


def test_what_is_adopted_decides_digest_and_state(day: Tiny) -> None:
    before = record(day).digest, corpus_folder(day.assignment)
    put(day, file_with())

    after = record(day).digest, corpus_folder(day.assignment)

    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_student_is_shown_the_adopted_trace(day: Tiny) -> None:
    """Among failures of equal length it comes first."""
    short = [["new", "counter", "Counter", {"limit": 8}], ["call", "counter", "add", [8]]]
    put(day, file_with(short))
    wrong = day.submission(
        "from machine import err\nclass Counter:\n    def __init__(self, limit): pass\n"
        "    def add(self, n): return 9\n    def snapshot(self): return {}\n"
    )

    shown = day.verdicts(wrong, "T.1")["T.1"].counterexample

    assert shown is not None
    assert shown.trace == short


# --- what is written is read --------------------------------------------------


def test_a_trace_is_a_line_and_the_file_is_read_as_it_was_written(day: Tiny) -> None:
    check = check_of(day)
    kept = ((AdoptedTrace(("wrong 1 of counter", "wrong 2"), TWICE), AdoptedTrace(("x",), [MAKE])),)

    assert adopted.write(check, kept)
    assert not adopted.write(check, kept)
    assert adopted.read(check) == kept
    assert adopted.path_of(check).read_text("utf-8").splitlines() == [
        '{"format": 1, "check": "T.1", "parts": [',
        ' {"part": 1, "name": "", "traces": [',
        f'  {{"from": ["wrong 1 of counter", "wrong 2"], "trace": {json.dumps(TWICE)}}},',
        '  {"from": ["x"], "trace": [["new", "counter", "Counter", {"limit": 3}]]}',
        " ]}",
        "]}",
    ]


def test_without_traces_no_file_is_made(day: Tiny) -> None:
    check = check_of(day)

    assert not adopted.write(check, ((),))
    assert not adopted.path_of(check).exists()
    adopted.write(check, ((AdoptedTrace(("x",), [MAKE]),),))
    assert adopted.write(check, ((),))
    assert not adopted.path_of(check).exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is not a file of adopted traces"),
        ("[1]", "is not a file of adopted traces"),
        (file_with(extra=1), "is not a file of adopted traces"),
        (file_with(format=2), "says format 2 of T.1, but format 1 of T.1 belongs here"),
        (file_with(check="T.2"), "says format 1 of T.2, but format 1 of T.1 belongs here"),
        (file_with(trace=[]), "is not a file of adopted traces"),
        (file_with(trace=[["fn"]]), "is not a file of adopted traces"),
        (file_with(trace=[["jump", "f", []]]), "the trace of wrong 1 of counter cannot be read"),
        (file_with(trace=[["call", "f"]]), "the trace of wrong 1 of counter cannot be read"),
        (
            file_with(parts=[{"part": 2, "name": "", "traces": []}]),
            "is stale: T.1 has no part 2 ''; it has 1 ''",
        ),
        (
            file_with(parts=[{"part": 1, "name": "old", "traces": []}]),
            "is stale: T.1 has no part 1 'old'; it has 1 ''",
        ),
    ],
    ids=str,
)
def test_a_bad_or_stale_file_is_refused(day: Tiny, content: Any, why: str) -> None:
    path = put(day, content)

    with pytest.raises(SpecError) as refused:
        record(day)

    assert str(refused.value).startswith(f"{path}: {why}")
    assert str(refused.value).endswith("or delete it and run `grader validate --adopt`")


def test_an_unfair_trace_is_refused(day: Tiny) -> None:
    checks = day.folder / "checks" / "visible" / "check_counter.py"
    text = checks.read_text("utf-8").replace(
        "@replays(counting, examples=60)",
        "@replays(counting, examples=60, is_fair=lambda run: len(run.trace) > 3)",
        1,
    )
    checks.write_text(text, "utf-8")
    path = put(day, file_with())

    with pytest.raises(
        SpecError, match=re.escape(f"{path}: a right program may answer this trace otherwise")
    ):
        record(day)
