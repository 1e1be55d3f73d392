"""Inputs are drawn once, kept whole or not at all, and the same for everybody."""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import Tiny, environment

from grader import codec, corpus, corpus_file, pipeline
from grader.checks import Part
from grader.corpus import corpus_folder, digest_of, draw, load_or_record, seed_of
from grader.corpus_file import CheckCorpus, Recorded, digest_of_parts, load, save
from grader.errors import GraderFault, SpecError
from grader.intake import Submission
from grader.trace import TraceRecorder, operations, traces

WHOLE = CheckCorpus(
    (Recorded((b'[["fn","f",[]]]',), (b'[["ok",1]]',), 0.25), Recorded((b"[]",), (b"[]",), 0.0)),
    "3ecb27da2ea8a83b4e4f7e1ee0cf2bfbb92f93d8e1ed33cb4f9b6b7d2b2a7a5d",
)


def recorded(day: Tiny, *ids: str) -> dict[str, CheckCorpus]:
    """Load or record the corpora of a repository."""
    assignment = day.assignment
    checks = [check for check in pipeline.checks_of(assignment) if not ids or check.id in ids]
    with pipeline.benches(assignment, Submission("nobody", {}, {})) as places:
        return dict(load_or_record(assignment, checks, places.trusted))


@pytest.mark.parametrize(
    ("right", "mistake", "said"),
    [
        (
            "limit = t.rng.randrange(1, 40)",
            "limit = 1 / 0",
            r"traces\.py:\d+: T\.1: drawing the traces of part 1 ends with ZeroDivisionError: ",
        ),
        (
            "counter.add(t.rng.randrange(limit))",
            "counter.ad(1)",
            r"T\.1: the reference knows no such thing as `counter\.ad\(1\)`; correct the name",
        ),
    ],
)
def test_a_mistake_in_a_family_of_traces_is_named(
    day: Tiny, right: str, mistake: str, said: str
) -> None:
    path = day.folder / "checks" / "visible" / "traces.py"
    text = path.read_text("utf-8")
    assert right in text
    path.write_text(text.replace(right, mistake), "utf-8")

    with pytest.raises(SpecError, match=said):
        recorded(day, "T.1")


def kept(day: Tiny, check_id: str = "T.1") -> Path:
    return corpus_folder(day.assignment) / f"{check_id}.corpus"


# --- drawing ------------------------------------------------------------------


@traces()
def numbers(t: TraceRecorder) -> None:
    while t.more():
        t.fn("f", t.rng.randrange(10**9))


def test_the_first_fifty_traces_are_small_and_the_others_long() -> None:
    drawn = draw(Part(numbers, 60, ("mod",), ""), seed=1)

    assert max(map(operations, drawn[:50])) == 6
    assert max(map(operations, drawn[50:])) == 50


def test_as_many_traces_are_drawn_as_asked_for() -> None:
    assert len(draw(Part(numbers, 7, ("mod",), ""), seed=1)) == 7
    assert len(draw(Part(numbers, 200, ("mod",), ""), seed=1)) == 200


def test_a_seed_draws_the_same_again_and_another_one_others() -> None:
    part = Part(numbers, 20, ("mod",), "")

    assert draw(part, seed=1) == draw(part, seed=1)
    assert draw(part, seed=1) != draw(part, seed=2)


def test_a_list_of_traces_is_taken_as_it_is() -> None:
    listed = [[["fn", "f", []]], [["fn", "g", []]]]

    assert draw(Part(lambda: listed, 200, ("mod",), ""), seed=1) == listed


def test_a_hypothesis_strategy_may_be_given_too() -> None:
    def strategy() -> None:
        from hypothesis import strategies as st  # noqa: PLC0415 - as a check would

        return st.integers(0, 9).map(lambda n: [["fn", "f", [n]]])

    drawn = draw(Part(strategy, 5, ("mod",), ""), seed=1)

    assert 1 <= len(drawn) <= 5


def test_only_hidden_checks_depend_on_the_salt(day: Tiny) -> None:
    checks = {check.id: check for check in pipeline.checks_of(day.assignment)}
    before = {name: seed_of(day.assignment, check, 0) for name, check in checks.items()}
    spec = day.folder / "assignment.yaml"
    spec.write_text(
        spec.read_text("utf-8").replace("canary-of-the-salt", "sixteen other letters"), "utf-8"
    )

    after = {name: seed_of(day.assignment, check, 0) for name, check in checks.items()}

    assert [name for name in checks if before[name] != after[name]] == ["T.3", "T.4"]
    assert len({*before.values(), *after.values()}) == 6


@pytest.mark.parametrize(
    ("measured", "steps", "kept"),
    [
        (0.0, 1, 0.05),
        (0.1, 1, 0.05),
        (0.09, 10_000, 0.3),
        (0.6, 10_000, 0.3),
        (0.61, 10_000, 0.8),
        (0.11, 1, 0.2),
        (3.3, 1, 12.8),
    ],
)
def test_times_of_the_reference_are_counted_unless_a_step_costs_far_more_than_usual(
    measured: float, steps: int, kept: float
) -> None:
    """Two recordings then have the same bytes, and their limits are the same."""
    assert corpus.steady(measured, steps) == kept


def test_a_part_keeps_the_steady_time_of_its_reference(day: Tiny) -> None:
    parts = [part for each in recorded(day).values() for part in each.parts]

    counted = [sum(len(codec.decode_trusted(text)) for text in part.traces) for part in parts]
    assert [part.reference_cpu_s for part in parts] == [
        max(0.05, round(steps * 30e-6, 3)) for steps in counted
    ]


# --- keeping ------------------------------------------------------------------


def forged(**changed: object) -> bytes:
    """Return the frames of a corpus with one part, though T.1's own has one as well."""
    texts = (b'[["fn","f",[]]]', b'[["ok",1]]')
    digest = digest_of_parts([Recorded(texts[:1], texts[1:], 0.5)])
    header = {"format": 1, "digest": digest, "parts": [[1, 0.5]]} | changed
    return b"".join(map(codec.frame, [codec.encode(header), *texts]))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    whole = CheckCorpus(WHOLE.parts, digest_of_parts(WHOLE.parts))

    save(whole, tmp_path / "new" / "A.corpus")

    assert load(tmp_path / "new" / "A.corpus") == whole
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["A.corpus"]


def test_a_corpus_with_another_digest_is_refused(tmp_path: Path) -> None:
    save(WHOLE, tmp_path / "A.corpus")

    with pytest.raises(SpecError, match="does not have the digest that it states; delete it"):
        load(tmp_path / "A.corpus")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"not zlib",
        lambda content: content[:-5],
        lambda content: content[: len(content) // 2],
        lambda content: content[:20] + bytes([content[20] ^ 1]) + content[21:],
        lambda _: zlib.compress(b""),
        lambda _: zlib.compress(b"\0\0\0\2[]"),
        lambda _: zlib.compress(codec.frame(b'{"format":1}')),
        lambda _: zlib.compress(codec.frame(b'{"format":2}')),
        lambda _: zlib.compress(codec.frame(b'{"format":1,"digest":"","parts":[5]}')),
        lambda _: zlib.compress(codec.frame(b'{"format":1,"digest":"","parts":{"a":1}}')),
        lambda _: zlib.compress(codec.frame(b'{"format":1,"digest":"","parts":[]}')),
        lambda _: zlib.compress(b"\xff\xff\xff\xff"),
        lambda _: zlib.compress(forged(parts=[[1, "0.5"]])),
        lambda _: zlib.compress(forged(parts=[[1, -0.5]])),
        lambda _: zlib.compress(forged(parts=[[1, 10**399]])),
        lambda _: zlib.compress(forged(parts=[[-1, 0.5]])),
        lambda _: zlib.compress(forged(parts=[[0, 0.5], [1, 0.5]])),
        lambda _: zlib.compress(forged(digest=5)),
        lambda _: zlib.compress(forged() + codec.frame(b"[]")),
        lambda _: zlib.compress(forged(parts=[[1, 0.5], [1, 0.5]]) + 2 * codec.frame(b"[]")),
    ],
    ids=range(21),
)
def test_a_spoiled_file_is_recorded_again_with_a_reference_and_refused_without(
    day: Tiny, spoil: Callable[[bytes], bytes]
) -> None:
    path, before = kept(day), load(kept(day))
    path.write_bytes(spoil(path.read_bytes()))

    again = recorded(day, "T.1")["T.1"]

    assert again.digest == load(path).digest == before.digest
    path.write_bytes(spoil(path.read_bytes()))
    day.as_handout()
    with pytest.raises(SpecError, match=r"T\.1\.corpus"):
        recorded(day, "T.1")


def test_a_corpus_with_another_number_of_parts_is_not_this_checks(day: Tiny) -> None:
    path, right = kept(day), load(kept(day))
    twice = right.parts * 2
    save(CheckCorpus(twice, digest_of_parts(twice)), path)

    assert recorded(day, "T.1")["T.1"].digest == right.digest
    save(CheckCorpus(twice, digest_of_parts(twice)), path)
    day.as_handout()
    with pytest.raises(SpecError, match=r"has 2 parts, T\.1 has 1; unpack again"):
        recorded(day, "T.1")


def test_a_small_file_does_not_become_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_file, "MOST_BYTES", 1000)
    (tmp_path / "A.corpus").write_bytes(zlib.compress(bytes(1 << 20)))

    with pytest.raises(SpecError, match="more than 1000 bytes once unpacked"):
        load(tmp_path / "A.corpus")


def test_a_missing_file_is_recorded_with_a_reference_and_refused_without(day: Tiny) -> None:
    kept(day).unlink()
    assert set(recorded(day, "T.1")) == {"T.1"}

    kept(day).unlink()
    day.as_handout()
    with pytest.raises(SpecError, match=r"the recorded inputs of T\.1 are missing; unpack again"):
        recorded(day, "T.1")


def test_a_recording_that_was_killed_leaves_no_file_that_counts(
    day: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, digest = kept(day).read_bytes(), load(kept(day)).digest
    kept(day).unlink()

    def killed(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            recorded(day, "T.1")
    (kept(day).parent / ".writing-left").write_bytes(content[:100])

    assert not kept(day).exists()
    assert recorded(day, "T.1")["T.1"].digest == load(kept(day)).digest == digest


def test_a_folder_that_cannot_be_written_is_a_fault_with_a_next_step(day: Tiny) -> None:
    folder = kept(day).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file in the way", encoding="utf-8")

    with pytest.raises(GraderFault, match="cannot be written"):
        recorded(day, "T.1")


# --- the same for everybody ---------------------------------------------------

_DIGESTS = """
import json, sys
from pathlib import Path
from grader import pipeline
from grader.corpus import load_or_record
from grader.intake import Submission
from grader.spec import read_assignment
assignment = read_assignment(Path("assignments/tiny").resolve())
with pipeline.benches(assignment, Submission("nobody", {}, {})) as places:
    found = load_or_record(assignment, pipeline.checks_of(assignment), places.trusted)
print(json.dumps({name: each.digest for name, each in found.items()}))
"""


def recording(day: Tiny, hash_seed: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _DIGESTS],
        cwd=day.root,
        env=environment(PYTHONHASHSEED=hash_seed, PYTHONPATH=os.pathsep.join(map(str, sys.path))),
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_that_record_at_once_agree_whatever_their_hash_seed(day: Tiny) -> None:
    before = {name: each.digest for name, each in recorded(day).items()}
    for path in kept(day).parent.iterdir():
        path.unlink()

    both = [recording(day, seed) for seed in ("1", "2")]
    one, other = (json.loads(each.communicate(timeout=60)[0]) for each in both)

    assert one == other == before
    assert {name: each.digest for name, each in recorded(day).items()} == before
    assert not list(kept(day).parent.glob(".writing-*"))


def test_the_inputs_of_this_course_stay_the_same_until_something_that_decides_them_changes(
    day: Tiny,
) -> None:
    before = kept(day)

    (day.folder / "handout.md").write_text("text", encoding="utf-8")
    assert kept(day) == before

    traces_file = day.folder / "checks" / "visible" / "traces.py"
    traces_file.write_text(traces_file.read_text("utf-8") + "\n", encoding="utf-8")
    assert kept(day) != before


def test_the_reference_decides_what_is_expected(day: Tiny) -> None:
    before = kept(day)
    module = day.reference / "counter.py"
    module.write_text(module.read_text("utf-8").replace("self._value += n", "self._value -= n"))

    assert kept(day) != before
    assert recorded(day, "T.1")["T.1"].digest != load(before).digest


def test_the_digest_of_a_grading_covers_every_check(day: Tiny) -> None:
    found = recorded(day)
    without = {name: each for name, each in found.items() if name != "T.4"}

    assert digest_of(found) != digest_of(without)
    assert digest_of(found) == digest_of(dict(reversed(found.items())))
    assert len(digest_of(found)) == 64


# --- a reference that is wrong ------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "self._value += n",
            "import os; os._exit(3)",
            "does not answer T.1: .* \\(exit status 3\\)",
        ),
        ("import errno", "import errno\n1 / 0", "counter.py cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_reference_that_does_not_answer_is_refused(
    day: Tiny, old: str, new: str, said: str
) -> None:
    module = day.reference / "counter.py"
    module.write_text(module.read_text("utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(SpecError, match=said):
        recorded(day, "T.1")


@pytest.mark.parametrize("change", ['"limit": -1', '"limit": None', '"other": 5'])
def test_a_check_that_does_not_accept_the_reference_is_refused(day: Tiny, change: str) -> None:
    module = day.reference / "counter.py"
    text = module.read_text("utf-8").replace('"limit": self._limit', change)
    module.write_text(text, encoding="utf-8")

    with pytest.raises(SpecError, match=r"T\.4 does not accept the reference's own answer"):
        recorded(day, "T.4")


@pytest.mark.parametrize("source", ["list", "lambda: [[]]"])
def test_a_part_that_draws_nothing_is_refused(day: Tiny, source: str) -> None:
    visible = day.folder / "checks" / "visible" / "check_counter.py"
    text = visible.read_text("utf-8").replace(
        "@replays(refusals, examples=60)", f"@replays({source})"
    )
    visible.write_text(text, encoding="utf-8")

    with pytest.raises(SpecError, match=r"part 1 of T\.2 draws no trace"):
        recorded(day, "T.2")
