"""What a grading leaves behind: each file whole or not at all."""

import errno
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tiny import OFF_BY_ONE, make

from grader import outputs
from grader.errors import GraderFault, SpecError, SubmissionError
from grader.outputs import TraceFile, read_trace
from grader.verdict import Counterexample, Row

KEPT = TraceFile(
    format=1,
    assignment="tiny",
    submission="/submissions/ann",
    check="T.1",
    counterexample=Counterexample(
        modules=("counter",),
        trace=[["new", "c", "Counter", {"limit": 8}], ["call", "c", "add", [8]]],
        expected=[["ok", None], ["ok", 8]],
        rows=(Row(1, "c = Counter(limit=8)", "ok", "ok"),),
        is_minimal=True,
        is_stable=True,
    ),
)


# --- writing ------------------------------------------------------------------


def test_a_folder_is_made_with_a_result_that_has_no_points(tmp_path: Path) -> None:
    outputs.prepare(tmp_path / "new" / "out")

    result = json.loads((tmp_path / "new" / "out" / "results.json").read_bytes())
    assert result["score"] == 0
    assert "not your fault" in result["output"]


def test_a_refused_submission_is_told_why_and_other_errors_are_not_its_business(
    tmp_path: Path,
) -> None:
    outputs.prepare(tmp_path)
    before = (tmp_path / "results.json").read_bytes()

    outputs.write_refusal(SpecError("the salt is canary"), tmp_path)
    outputs.write_refusal(GraderFault("canary"), tmp_path)
    assert (tmp_path / "results.json").read_bytes() == before

    outputs.write_refusal(SubmissionError("300 files"), tmp_path)
    result = json.loads((tmp_path / "results.json").read_bytes())
    assert result["output"] == "Nothing could be graded: 300 files"


def test_all_outputs_are_there_and_old_traces_are_gone(tmp_path: Path) -> None:
    day = make(tmp_path)
    wrong, right = day.submission(OFF_BY_ONE), day.submission(name="bob")
    out = tmp_path / "out"

    outputs.write_all(day.grade(wrong, shown_only=True), out, wrong)
    first = sorted(str(path.relative_to(out)) for path in out.rglob("*.*"))
    outputs.write_all(day.grade(right, shown_only=True), out, right)

    assert first == [
        "junit.xml",
        "report.json",
        "results.json",
        "summary.md",
        "traces/T.1.json",
    ]
    assert list((out / "traces").iterdir()) == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    outputs.write(path, b"old")

    outputs.write(path, b"new")

    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    path = tmp_path / "a.json"
    outputs.write(path, b"old")

    def refuse(_self: Path, _target: Path) -> Path:
        raise OSError(code, "refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(GraderFault, match=r"a\.json: cannot be written \(refused\)"):
        outputs.write(path, b"new")

    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("name", ["out", "out/below"])
def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")

    with pytest.raises(SpecError, match=r"--out .*/out.* cannot be made \(.*\); name a folder"):
        outputs.prepare(tmp_path / name)


# --- reading a trace ----------------------------------------------------------


def changed(**fields: object) -> bytes:
    content = msgspec.to_builtins(KEPT)
    for name, value in fields.items():
        place = content if name in content else content["counterexample"]
        place[name] = value
    return json.dumps(content).encode()


def nested(levels: int) -> Any:
    value: Any = 8
    for _ in range(levels):
        value = [value]
    return value


def test_a_trace_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "T.1.json").write_bytes(changed())

    assert read_trace(tmp_path / "T.1.json") == KEPT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        changed()[:-3],
        changed(format=2),
        changed(format="1"),
        changed(trace=5),
        changed(trace=[5]),
        changed(trace=[[]]),
        changed(trace=[["call"]]),
        changed(trace=[["call", "c"], ["call", "c"]]),
        changed(trace=[["new", "c", "Counter", 5], ["call", "c", "add", [8]]]),
        changed(trace=[["dance", "c", "add", [1]], ["call", "c", "add", [8]]]),
        changed(trace=[["call", "c", "add", [{"hex": "zz"}]], ["call", "c", "add", [8]]]),
        changed(trace=[["new", "c", "Counter", {"n": nested(110)}], ["call", "c", "add", [8]]]),
        changed(expected=[["ok", None], ["ok", [{"fill": [0, 9_999_999]}] * 2]]),
        changed()[:-3] + b"[" * 100_000,
        changed().replace(b"[8]", b"[" * 5000 + b"8" + b"]" * 5000),
        changed(expected=[]),
        changed(expected=[["ok", 1]]),
        changed(expected=[["won"], ["won"]]),
        changed(modules=[]),
    ],
    ids=range(24),
)
def test_a_file_that_is_not_a_trace_is_refused_with_a_next_step(
    tmp_path: Path, content: Any
) -> None:
    path = tmp_path / "T.1.json"
    path.write_bytes(content)

    with pytest.raises(SpecError) as refused:
        read_trace(path)

    assert str(refused.value).startswith(f"{path}: is not a trace to re-run (")
    assert str(refused.value).endswith("); run the check again")


def test_a_missing_trace_is_refused_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"cannot be read \(No such file.*\); run the check again"):
        read_trace(tmp_path / "T.1.json")
