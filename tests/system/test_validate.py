"""`grader validate`: what holds is proved, and whatever does not is named.

course(folder)    the tiny assignment with two wrong versions, a sample and adopted traces
broken            something in it is changed; a proof must say what
"""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tiny import CANARIES, COUNTER, OFF_BY_ONE, Command, Tiny, command, environment, make

from grader import confine, handout, pipeline, validate
from grader import report as reports
from grader.corpus import corpus_folder
from grader.report import Report
from grader.validate import programs, repetition, situations, timing
from grader.validate.leaks import nothing_leaks
from grader.validate.setting import Setting, prepare
from grader.wrongs import wrong_versions

CLAIMS = [
    "the reference earns every point",
    "the stub earns nothing",
    "wrong versions lose what they declare",
    "samples get what they declare",
    "failures are small, stable and told",
    "grading twice gives the same bytes",
    "no secret reaches a student",
    "inputs drawn anew are the same",
    "named situations occur",
    "adopted traces answer wrong versions",
    "the time fits the platform",
    "what is missing is listed",
]
HIGH = """\
# wrong 1 of counter: one too many from 8 on; loses T.1 T.3
from right.counter import Counter as Right


class Counter(Right):
    def add(self, n):
        value = super().add(n)
        return value + (value > 7)
"""
NO_LIMIT = """\
# wrong 2 of counter: shows one too many when it is full; loses T.1 T.3 T.4
from right.counter import Counter as Right


class Counter(Right):
    def snapshot(self):
        return {"limit": self._limit, "value": self._value + (self._value == self._limit)}
"""


def fill(day: Tiny) -> None:
    """Add what an assignment is validated with."""
    wrong = day.reference / "wrong"
    wrong.mkdir()
    (wrong / "01_high.py").write_text(HIGH, "utf-8")
    (wrong / "02_no_limit.py").write_text(NO_LIMIT, "utf-8")
    sample = day.folder / "samples" / "slip"
    sample.mkdir(parents=True)
    (sample / "counter.py").write_text(OFF_BY_ONE, "utf-8")
    (sample / "sample.yaml").write_text("about: A slip.\nloses: [T.1, T.3]\n", "utf-8")


@cache
def _template() -> Path:
    """Build the course once, adopted traces and inputs and all."""
    folder = TemporaryDirectory(prefix="validated-")
    day = make(Path(folder.name))
    fill(day)
    validate.adopt_traces(day.assignment, confine.strongest(), lambda *_: None)
    _KEPT.append(folder)
    return day.root


_KEPT: list[Any] = []


@pytest.fixture
def day(tmp_path: Path) -> Tiny:
    root = tmp_path / "course"
    shutil.copytree(_template(), root)
    return Tiny(root)


def setting_of(day: Tiny) -> Setting:
    return prepare(day.assignment, confine.strongest(), lambda *_: None)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def findings(found: validate.Validation) -> dict[str, tuple[str, ...]]:
    return {proof.name: proof.findings for proof in found.proofs if proof.findings}


# --- what holds ---------------------------------------------------------------


def test_a_whole_assignment_is_proved(day: Tiny, grader: Command) -> None:
    edit(day.folder / "assignment.yaml", "points: 100", "points: 107\nlater: {T.5: 7}")

    found = grader("validate", "tiny")

    lines = [line.rstrip() for line in found.stdout.splitlines()]
    assert found.returncode == 0, found.stdout
    assert [line[5:].split("   ")[0] for line in lines if line.startswith("ok")] == CLAIMS
    assert max(map(len, lines[:16])) <= 80
    assert "failures: T.4: hidden without @hint('...')" in lines
    assert "items: 7 points still to be written: T.5" in lines
    assert lines[-1].startswith("tiny: everything holds (tier ")


def test_without_a_name_all_assignments_are_validated_and_json_has_every_figure(
    day: Tiny, grader: Command
) -> None:
    shutil.copytree(day.folder, day.root / "assignments" / "aaa")

    found = grader("validate", "--json", cwd=day.folder)

    other, tiny = json.loads(found.stdout)["assignments"]
    figures = {proof["name"]: proof["figures"] for proof in tiny["proofs"]}
    assert found.returncode == 1
    assert (other["assignment"], other["holds"]) == ("aaa", False)
    assert other["proofs"][0]["findings"] == [
        "aaa has no reference here; validate where reference/ lies"
    ]
    assert (tiny["assignment"], tiny["holds"]) == ("tiny", True)
    assert figures["reference"] == {"earned": 100, "possible": 100, "later": 0}
    assert figures["wrong versions"]["lost"] == {
        "01_high": ["T.1", "T.3"],
        "02_no_limit": ["T.1", "T.3", "T.4"],
    }
    assert figures["situations"]["shares"].keys() == {"T.1: full", "T.3: full", "T.4: full"}
    assert figures["adopted traces"] == {"adopted": 2, "needed_for": 2}


def test_adopting_again_changes_nothing(day: Tiny) -> None:
    path = day.folder / "checks" / "visible" / "adopted" / "T.1.json"
    before = path.read_bytes()

    changed = validate.adopt_traces(day.assignment, confine.strongest(), lambda *_: None)

    assert changed == []
    assert path.read_bytes() == before


def test_a_trace_that_is_longer_than_it_need_be_is_named_and_replaced(day: Tiny) -> None:
    path = day.folder / "checks" / "visible" / "adopted" / "T.1.json"
    before = path.read_bytes()
    add = '["call", "counter", "add", [8]]'
    edit(path, add, f'["snap", "counter"], ["call", "counter", "add", [0]], {add}')
    setting = setting_of(day)
    graded = programs.graded_programs(setting, lambda *_: None)

    proof = validate.adopted_traces_are_complete(setting, graded.wrongs)
    changed = validate.adopt_traces(day.assignment, confine.strongest(), lambda *_: None)

    (finding,) = proof.findings
    assert finding.startswith("T.1, wrong 1 of counter: the trace adopted for it is longer than ")
    assert finding.endswith("run `grader validate tiny --adopt` and commit what it writes")
    assert changed == ["T.1"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("arguments", [["nowhere"], ["tiny", "--tier", "E"]], ids=str)
def test_wrong_arguments_are_no_finding(grader: Command, arguments: list[str]) -> None:
    assert grader("validate", *arguments).returncode == 2


# --- what does not ------------------------------------------------------------


def test_everything_that_does_not_hold_is_named(day: Tiny, grader: Command) -> None:
    """Broken in many ways at once, and each is told."""
    wrong = day.reference / "wrong"
    edit(wrong / "01_high.py", "loses T.1 T.3", "loses T.1 T.2 T.9")
    edit(day.folder / "stub" / "counter.py", "Counts up", "Counts down")
    edit(day.folder / "samples" / "slip" / "sample.yaml", "[T.1, T.3]", "[T.1]")
    edit(
        day.folder / "checks" / "visible" / "traces.py",
        "@traces()",
        "@traces(never=lambda run: False)",
    )
    edit(day.folder / "assignment.yaml", "wall_s: 5", "wall_s: 600\nwrong: {outcomes: [raised]}")
    visible = day.folder / "checks" / "visible" / "adopted"
    edit(visible / "T.1.json", "wrong 2 of counter", "wrong 3 of counter")
    (visible / "T.7.json").write_text("{}", "utf-8")

    found = grader("validate", "tiny")

    told = found.stdout
    assert found.returncode == 1
    for words in (
        "counter.py differs from its reference; run `grader stubs`.",
        "wrong versions: 01_high.py:1: T.9 is no check",
        "wrong versions: 01_high.py:1: loses T.3, too (skipped: ",
        "wrong versions: 01_high.py:1: does not lose T.2",
        "wrong versions: 01_high.py: ends T.1 as 'failed', which $.wrong.outcomes does not list",
        "samples: samples/slip/sample.yaml: loses T.3, too (skipped: ",
        "situations: T.2: never: occurs in 0.0% of the traces; at least 5% are wanted",
        "adopted traces: T.1, wrong 2 of counter: its minimal trace is not adopted",
        "T.1.json: names wrong 3 of counter, which T.1 does not find",
        "T.7.json: belongs to no check; delete it",
        "time: grading a program that hangs takes up to ",
        "tiny: not everything holds (tier ",
    ):
        assert words in told


def test_a_reference_that_is_not_always_the_same_is_found(day: Tiny) -> None:
    """It answers by chance, so it does not even repeat what was recorded of itself."""
    edit(
        day.reference / "counter.py",
        'return {"limit": self._limit, "value": self._value}',
        'import random; return {"limit": random.randrange(40, 10**9), "value": self._value}',
    )

    found = findings(validate.validate(day.assignment, confine.strongest()))

    assert found["reference"][0].startswith("the reference loses T.1 (failed): ")
    assert "report.json (T.1)" in found["repetition"][0]
    assert found["inputs"][0].startswith("T.1: its inputs or the reference's answers come out")


def test_traces_that_follow_the_order_of_a_set_are_found(day: Tiny) -> None:
    """Within one process they are always the same."""
    edit(
        day.folder / "checks" / "visible" / "traces.py",
        "counter.add(t.rng.randrange(-2, 3))",
        'counter.add(int("".join(str(len(word)) for word in {"a" * n for n in range(1, 10)})))',
    )
    setting = setting_of(day)

    with repetition.recorded_anew(setting) as recording:
        proof = repetition.inputs_are_reproducible(
            setting.corpora, recording.digests(), corpus_folder(day.assignment)
        )

    assert [finding.partition(":")[0] for finding in proof.findings] in (["T.2"], [])
    assert proof.findings or os.environ.get("PYTHONHASHSEED")


def test_a_reference_that_its_own_check_rejects_is_a_finding(day: Tiny, grader: Command) -> None:
    edit(day.reference / "counter.py", "ENOSPC)", "ENOSPC) if n else ZeroDivisionError()")
    edit(
        day.folder / "checks" / "hidden" / "check_counter.py",
        'if outcome.value["value"] > outcome.value["limit"]',
        'if outcome.value["value"] == 3',
    )

    found = grader("validate", "tiny")

    assert found.returncode == 1
    assert "T.4 does not accept the reference's own answer" in found.stdout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("loses: [T.1]", "Object missing required field `about`"),
        ("about: x\nloses: T.1", "Expected `array`, got `str`"),
        ("about: x\nloses: [T.1]\nloses: []", "the key 'loses' stands here a second time"),
        (None, "cannot be read (No such file or directory); each sample has one"),
    ],
)
def test_a_broken_sample_is_named(day: Tiny, text: str | None, why: str) -> None:
    path = day.folder / "samples" / "slip" / "sample.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text, "utf-8")

    found = findings(validate.validate(day.assignment, confine.strongest()))

    (finding,) = found["assignment"]
    assert finding.startswith(str(path))
    assert why in finding


def test_a_wrong_version_that_cannot_be_imported_shows_nothing(day: Tiny) -> None:
    setting = setting_of(day)
    (wrong, *_) = wrong_versions(day.assignment)
    wrong.path.write_text(HIGH + "class (:\n", "utf-8")
    submission = programs.wrong_submission(setting.reference, wrong)

    proof = programs.wrongs_lose_what_they_declare(
        day.assignment, [(wrong, setting.graded(submission))]
    )

    assert "01_high.py is not wrong but broken: counter.py cannot be imported: " in str(proof)


def test_without_wrong_versions_nothing_has_been_seen_to_fail(day: Tiny) -> None:
    proof = programs.wrongs_lose_what_they_declare(day.assignment, [])

    assert not proof.holds
    assert "no check has been seen to fail" in proof.findings[0]


def test_the_stub_may_skip_only_for_want_of_a_check_before(day: Tiny) -> None:
    setting = setting_of(day)
    done = COUNTER.replace("self._value += n", "raise NotImplementedError")
    report = setting.graded(programs.Submission("stub", {"counter.py": done.encode()}, {}))

    proof = programs.stub_earns_nothing(setting.assignment, report)

    outcomes = {check.id: check.verdict.outcome for check in report.checks}
    assert outcomes["T.3"] == "skipped"
    assert proof.holds == (set(outcomes.values()) == {"not_implemented", "skipped"})


# --- secrets ------------------------------------------------------------------


@pytest.fixture
def leaked(day: Tiny) -> Callable[[], list[str]]:
    """Return what a proof of secrecy finds, after something was changed."""

    def look() -> list[str]:
        setting = setting_of(day)
        graded = programs.graded_programs(setting, lambda *_: None)
        return list(nothing_leaks(setting, graded, lambda *_: None).findings)

    return look


def test_a_report_that_shows_hidden_checks_is_found(
    leaked: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs, words and names of parts of hidden checks are looked for in every output."""
    monkeypatch.setattr(reports, "_redacted", lambda check: check)

    found = leaked()

    for name in ("results.json", "report", "junit.xml", "terminal"):
        told = [finding for finding in found if finding.startswith(f"the {name} of 02_no_limit")]
        assert f"the {name} of 02_no_limit holds the words or the picture of T.4" in told
    assert "the report of 02_no_limit holds the name of a part of T.4" in found


def test_a_handout_with_secrets_is_found(
    leaked: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also inside of archives and compressed files."""
    honest = handout.contents

    def careless(assignment: Any) -> dict[str, bytes]:
        corpus = corpus_folder(assignment) / "T.4.corpus"
        reference = assignment.reference / "counter.py"
        wrong = next(assignment.reference.glob("wrong/*.py"))
        return honest(assignment) | {
            "corpus/T.4.corpus": corpus.read_bytes(),
            "wheels/more.zip": handout.packing.zipped({"counter.py": reference.read_bytes()}),
            "assignment.yaml": (assignment.path / "assignment.yaml").read_bytes(),
            "more.py": (assignment.checks / "hidden" / "check_counter.py").read_bytes(),
            "bad.py": wrong.read_bytes(),
            "wheels/other.zip": handout.packing.zipped({"spec.py": CANARIES[0].encode()}),
        }

    monkeypatch.setattr(handout, "contents", careless)

    found = leaked()

    for words in (
        "the handout's corpus/T.4.corpus, decompressed holds the inputs of T.4",
        "the handout's wheels/more.zip: counter.py holds a constant, counter.py of the reference",
        "the handout's wheels/more.zip: counter.py holds a comment, counter.py of the reference",
        "the handout's assignment.yaml holds the salt",
        "the handout's assignment.yaml holds a comment in assignment.yaml",
        "the handout's more.py holds a constant, check_counter.py of the hidden checks",
        "the handout's bad.py holds wrong/01_high.py",
        "the handout's wheels/other.zip: spec.py holds the salt, from which hidden inputs follow",
    ):
        assert words in found


def test_a_visible_check_that_needs_a_hidden_one_is_found(day: Tiny) -> None:
    edit(
        day.folder / "checks" / "visible" / "check_counter.py",
        "from .traces import",
        "from ..hidden import check_counter\nfrom .traces import",
    )

    found = findings(validate.validate(day.assignment, confine.strongest()))

    assert found["secrets"][0].startswith("the handout does not work by itself: ")


def test_nothing_leaks_from_what_is_given_on_purpose(
    day: Tiny, leaked: Callable[[], list[str]]
) -> None:
    """What ``provided`` names is no secret, and gets no canary."""
    text = 'provided:\n  counter.py: ["Counter.snapshot"]\n'
    with (day.folder / "assignment.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    day.grader("stubs", "tiny")

    assert leaked() == []


# --- as a process -------------------------------------------------------------


def test_it_is_interrupted_at_once_and_begun_again(day: Tiny) -> None:
    """Ctrl-C in the middle leaves nothing behind that a second try would mind."""
    shutil.rmtree(day.root / ".grader")
    started = subprocess.Popen(
        command("validate", "tiny"),
        cwd=day.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pause = threading.Event()
    while not list(day.root.glob(".grader/corpus/*/T.4.corpus")):
        pause.wait(0.05)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)

    again = day.grader("validate", "tiny", timeout=240)

    assert (started.returncode, out) == (130, "")
    assert err.strip() == "grader: interrupted; nothing was lost, run it again"
    assert again.returncode == 0, again.stdout


def test_two_at_once_do_not_meet(day: Tiny) -> None:
    def begun() -> Iterator["subprocess.Popen[str]"]:
        for _ in range(2):
            yield subprocess.Popen(
                command("validate", "tiny"),
                cwd=day.root,
                env=environment(),
                stdout=subprocess.PIPE,
                text=True,
            )

    shutil.rmtree(day.root / ".grader")
    told = [(started.communicate(timeout=240)[0], started.returncode) for started in [*begun()]]

    assert [status for _, status in told] == [0, 0], told


# --- the worst case -----------------------------------------------------------


def test_the_worst_case_counts_every_limit_and_cuts_after_two_time_outs(day: Tiny) -> None:
    """Four checks of one task at 5 s: two whole, two cut to a quarter, 3 s of explaining each."""
    setting = setting_of(day)
    report = pipeline.grade(day.assignment, day.submission())
    report = Report(**{**_fields(report), "times": reports.Times(1.0, {})})

    assert timing.worst_case_s(setting, report) == 2 * 1.0 + 2 * 5.0 + 2 * 1.25 + 4 * 3.0


def _fields(report: Report) -> dict[str, Any]:
    return {name: getattr(report, name) for name in report.__struct_fields__}


def test_adopted_traces_do_not_count_for_situations(day: Tiny) -> None:
    """A generator has to reach its situations by itself."""
    setting = setting_of(day)
    before = situations.situations_are_reached(setting).figures["shares"]["T.1: full"]
    path = day.folder / "checks" / "visible" / "adopted" / "T.1.json"
    path.unlink()

    after = situations.situations_are_reached(setting_of(day)).figures["shares"]["T.1: full"]

    assert before == after
