"""From a wrong program to the smallest trace that shows it, with the words for it."""

import json
from typing import Any

import pytest
from tiny import COUNTER, OFF_BY_ONE, STUB, Tiny

from grader import examine
from grader.checks import Check
from grader.confine import Limits
from grader.corpus import corpus_folder
from grader.corpus_file import load
from grader.render import as_json
from grader.report import CheckReport, Report


def graded(day: Tiny, source: str | None, check: str = "T.1", **options: object) -> CheckReport:
    """Return what is said about one check of a submission."""
    report = day.grade(
        day.submission(source), chosen=lambda each: each.id in ("T.1", check), **options
    )
    return next(each for each in report.checks if each.id == check)


def change_spec(day: Tiny, *changes: tuple[str, str]) -> None:
    path = day.folder / "assignment.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def rows(found: CheckReport) -> list[tuple[str, str, str]]:
    assert found.verdict.counterexample is not None
    return [(row.call, row.yours, row.expected) for row in found.verdict.counterexample.rows]


# --- outcomes -----------------------------------------------------------------


def test_a_right_program_passes_every_check(day: Tiny) -> None:
    assert set(day.outcomes(day.submission()).values()) == {"passed"}


def test_a_right_program_in_another_style_passes_every_check(day: Tiny) -> None:
    other = """
from machine import err

class Counter:
    def __init__(self, limit):
        if limit < 1: raise ValueError(limit)
        self.left, self.limit = limit, limit
    def add(self, n):
        if n < 0: raise OSError(22, "negative")
        if n > self.left: raise err(28)
        self.left = self.left - n
        return self.limit - self.left
    def snapshot(self):
        return dict(value=self.limit - self.left, limit=self.limit)
"""
    assert set(day.outcomes(day.submission(other)).values()) == {"passed"}


def test_the_stub_is_not_implemented_or_skipped(day: Tiny) -> None:
    assert day.outcomes(day.submission(STUB)) == {
        "T.1": "not_implemented",
        "T.2": "not_implemented",
        "T.3": "skipped",
        "T.4": "not_implemented",
    }


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        (OFF_BY_ONE, "failed"),
        (COUNTER.replace("return self._value\n", "return str(self._value)\n"), "failed"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "raise err(errno.ENOMEM)"), "failed"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "raise KeyError(n)"), "raised"),
        (
            COUNTER.replace("raise err(errno.ENOSPC)", "raise NotImplementedError"),
            "not_implemented",
        ),
        (COUNTER.replace("raise err(errno.ENOSPC)", "raise MemoryError"), "out_of_memory"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "import os; os._exit(0)"), "crashed"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "import os; os.abort()"), "crashed"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "import os; os.write(3, b'x' * 9)"), "crashed"),
        (COUNTER.replace("raise err(errno.ENOSPC)", "raise SystemExit"), "raised"),
        ("raise NotImplementedError\n", "not_implemented"),
        ("import sys\nsys.exit()\n", "raised"),
        ("def (:\n", "raised"),
        ("import os\nos._exit(0)\n", "crashed"),
        ("", "raised"),
        (None, "not_implemented"),
    ],
    ids=range(16),
)
def test_each_kind_of_failure_has_its_outcome(
    day: Tiny, source: str | bytes | None, outcome: Any
) -> None:
    assert day.verdicts(day.submission(source), "T.1")["T.1"].outcome == outcome


# --- the smallest trace -------------------------------------------------------


def test_a_wrong_value_is_shown_by_the_shortest_trace(day: Tiny) -> None:
    found = graded(day, OFF_BY_ONE)

    assert found.verdict.sentence == "Step 2, `counter.add(8)`, returned 9; expected 8."
    assert found.verdict.category == "wrong value"
    assert rows(found) == [
        ("counter = Counter(limit=8)", "ok", "ok"),
        ("counter.add(8)", "9", "8"),
    ]
    assert found.verdict.counterexample.is_minimal
    assert found.verdict.counterexample.is_stable


def test_the_trace_that_is_kept_is_the_one_that_is_shown(day: Tiny) -> None:
    kept = graded(day, OFF_BY_ONE).verdict.counterexample

    assert kept.trace == [
        ["new", "counter", "Counter", {"limit": 8}],
        ["call", "counter", "add", [8]],
    ]
    assert kept.expected == [["ok", None], ["ok", 8]]
    assert kept.modules == ("counter",)


def test_a_wrong_state_is_shown_where_it_differs(day: Tiny) -> None:
    found = graded(day, COUNTER.replace('"value": self._value}', '"value": self._value // 5}'))

    assert found.verdict.sentence == ("After step 2, `counter.add(1)`, value is 0; expected 1.")
    assert rows(found)[-1] == ("counter.snapshot()", "value: 0", "value: 1")
    assert found.verdict.category == "state differs"


def test_a_missing_error_is_shown_with_the_error_in_words(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("if n < 0", "if n < -1"), "T.2")

    assert found.verdict.sentence == (
        "Step 2, `counter.add(-1)`, returned -1; expected the error EINVAL (invalid argument)."
    )
    assert found.verdict.category == "missing error"


def test_an_exception_shows_the_students_own_frames(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("self._value += n", "self._value += {}[n]"))

    assert found.verdict.outcome == "raised"
    assert found.verdict.sentence == "Step 2, `counter.add(0)`, raised KeyError; expected 0."
    assert found.verdict.error == "KeyError: 0"
    assert found.verdict.error_frames == ("counter.py:23 in add: self._value += {}[n]",)


def test_an_endless_loop_is_shown_at_its_step(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("self._value += n", "while n > 1: pass"))

    assert found.verdict.outcome == "timeout"
    assert found.verdict.category == "timed out"
    assert rows(found)[-1][0].startswith("counter.add(")
    assert rows(found)[-1][1] == "no answer in time; it may run forever"


def test_a_crash_is_shown_at_its_step(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("raise err(errno.ENOSPC)", "import os; os.abort()"))

    assert found.verdict.sentence == (
        "During `counter.add(2)`: the program was ended by signal SIGABRT."
    )
    assert rows(found) == [
        ("counter = Counter(limit=1)", "ok", "ok"),
        ("counter.add(2)", "the program was ended by signal SIGABRT", "ENOSPC"),
    ]


def test_a_relation_is_explained_in_the_words_of_its_check(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("> self._limit", "> 2 * self._limit"), "T.4")

    assert found.verdict.sentence.endswith("; expected a value of at most the limit.")
    assert rows(found)[-1][2] == "a value of at most the limit"
    assert found.verdict.outcome == "failed"


def test_without_a_reference_the_shortest_recorded_trace_is_shown(day: Tiny) -> None:
    traces = [
        json.loads(text)
        for text in load(corpus_folder(day.assignment) / "T.1.corpus").parts[0].traces
    ]
    day.as_handout()

    found = graded(day, OFF_BY_ONE, shown_only=True)

    kept = found.verdict.counterexample
    assert kept.trace in [trace[: len(kept.trace)] for trace in traces]
    assert not kept.is_minimal
    assert rows(found)[-1][1:] == ("9", "8") or len(rows(found)) < 6


# --- what differs from run to run ---------------------------------------------


def test_random_answers_are_said_to_differ_between_runs(day: Tiny) -> None:
    source = COUNTER.replace(
        "return self._value\n", "import random\n        return random.random()\n"
    )

    found = graded(day, source)

    assert found.verdict.outcome == "failed"
    assert not found.verdict.counterexample.is_stable
    assert found.verdict.sentence.endswith("A second run of the same steps answered differently.")


def test_answers_that_are_wrong_now_and_then_are_never_our_fault(day: Tiny) -> None:
    source = COUNTER.replace(
        "return self._value\n",
        "import os\n        return self._value + (os.urandom(1)[0] < 40)\n",
    )

    assert graded(day, source).verdict.outcome == "failed"


def test_a_program_that_crashes_now_and_then_is_never_our_fault(day: Tiny) -> None:
    source = COUNTER.replace(
        "return self._value\n",
        "import os\n        if os.urandom(1)[0] < 9: os._exit(1)\n        return self._value\n",
    )

    found = graded(day, source)

    assert found.verdict.outcome == "crashed"
    assert found.verdict.sentence.startswith("During `counter")


# --- bounds -------------------------------------------------------------------


def test_shrinking_a_program_that_hangs_on_smaller_inputs_is_bounded(day: Tiny) -> None:
    texts = load(corpus_folder(day.assignment) / "T.1.corpus").parts[0].traces
    limits = sorted({json.loads(text)[0][3]["limit"] for text in texts})
    change_spec(day, ("wall_s: 5", "wall_s: 1000"), ("cpu_s: 1", "cpu_s: 500"))
    source = OFF_BY_ONE.replace(
        "self._limit = limit", f"self._limit = limit\n        while limit not in {limits}: pass"
    )

    assert graded(day, source).verdict.outcome == "failed"


def test_a_check_that_timed_out_twice_leaves_less_time_to_the_others(
    day: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    real = examine.Examiner.__init__

    def spy(self: examine.Examiner, check: Check, limits: list[Limits], *others: Any) -> None:
        seen.append((check.id, limits[0].wall_s))
        real(self, check, limits, *others)

    monkeypatch.setattr(examine.Examiner, "__init__", spy)
    change_spec(day, ("wall_s: 5", "wall_s: 0.4"), ("T.3: [T.1]", "T.3: []"))

    day.verdicts(day.submission("while True: pass\n"))

    assert seen == [("T.1", 0.4), ("T.2", 0.4), ("T.3", 0.1), ("T.4", 0.1)]


def test_a_million_element_result_is_a_wrong_value(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("return self._value\n", "return [0] * 200_000\n"))

    assert found.verdict.outcome == "failed"
    assert rows(found)[-1][1] == "a result of 400008 bytes"


def test_a_huge_but_carried_result_is_shown_clipped(day: Tiny) -> None:
    found = graded(day, COUNTER.replace("return self._value\n", "return bytes(10**7)\n"))

    assert found.verdict.outcome == "failed"
    assert len(rows(found)[-1][1]) <= 400


def test_many_huge_values_in_few_letters_are_not_our_fault(day: Tiny) -> None:
    source = COUNTER.replace("return self._value\n", "return [bytes(10**6)] * 30\n")

    assert day.verdicts(day.submission(source), "T.1")["T.1"].outcome in ("failed", "crashed")


# --- forged answers -----------------------------------------------------------

FORGER = """
import json, os, struct
class Counter:
    def __init__(self, limit): pass
    def add(self, n): return 0
    def snapshot(self): return {{}}
def send(wire):
    text = wire if isinstance(wire, bytes) else json.dumps(wire).encode()
    os.write(3, struct.pack(">I", len(text)) + text)
send({{"imported": True}})
{flood}
"""


@pytest.mark.parametrize(
    "flood",
    [
        "for _ in range(60): send([])",
        "for _ in range(60): send([['ok', None]])",
        "for _ in range(60): send(b'[' * 100000)",
        "for _ in range(60): send(b'\"' + b'\\\\\"' * 50000)",
        "for _ in range(60): send([['trap', 'SegFault']] * 20)",
        "for _ in range(60): send([['call', 'x', [], None]] * 20)",
        "for _ in range(60): send([['same']] * 20)",
        "for _ in range(60): send({'entries': [['ok', None]], 'error': {'frames': 5}})",
        "for _ in range(60): send({'entries': 5, 'error': 5})",
        "for _ in range(60): send([['ok', {'fill': [0, 16000000]}]] * 50)",
        "for _ in range(60): send([['ok', {'dict': 5}]] * 20)",
        "for _ in range(60): send([['err', '\\x1b[31mred']] * 20)",
        "send({'imported': False, 'module': [5], 'error': {'type': {}, 'frames': 5}})",
    ],
)
def test_no_forged_answer_earns_points_or_stops_the_grading(day: Tiny, flood: str) -> None:
    verdict = day.verdicts(day.submission(FORGER.format(flood=flood)), "T.1")["T.1"]

    assert verdict.outcome in ("crashed", "failed", "raised")
    assert "\x1b" not in verdict.sentence + str(verdict.counterexample)


@pytest.mark.parametrize(
    "entry", ["['skip']", "['same']", "['ok', None]", "['err', 'ENOSPC']", "['odd', 'set']"]
)
def test_a_worker_that_claims_the_same_of_every_step_earns_nothing(day: Tiny, entry: str) -> None:
    source = f"import sys\nsys.modules['grader.worker'].Stage.play = lambda *a: [{entry}]\n"

    verdicts = day.verdicts(day.submission(source), "T.1", "T.2")

    assert [each.outcome for each in verdicts.values() if each.outcome == "passed"] == []


@pytest.mark.parametrize("more", ["", "; send({'imported': True}); send([['ok', 1]])"])
def test_a_forged_import_failure_earns_nothing(day: Tiny, more: str) -> None:
    """It is the last word: what comes after it, also in the same piece, is not heard."""
    failure = "{'imported': False, 'module': [5], 'error': {'type': {}, 'frames': [[5]]}}"
    corked = "frames = []; os.write = lambda _, frame: frames.append(frame); "
    forged = FORGER.replace('send({{"imported": True}})', "write = os.write").format(
        flood=f"{corked}send({failure}){more}; write(3, b''.join(frames)); os._exit(0)"
    )

    assert day.verdicts(day.submission(forged), "T.1")["T.1"].outcome == "raised"


def test_a_name_that_is_not_given_is_told_without_a_path_of_this_machine(day: Tiny) -> None:
    source = "from machine import nothing_of_this_name\n"

    found = day.verdicts(day.submission(source), "T.1")["T.1"]

    assert found.sentence == (
        "counter.py cannot be imported: "
        "ImportError: cannot import name 'nothing_of_this_name' from 'machine'."
    )


# --- every time the same ------------------------------------------------------


def without_times(report: Report) -> bytes:
    content = json.loads(as_json.render(report))
    del content["times"]
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "source",
    [
        OFF_BY_ONE,
        COUNTER.replace("raise err(errno.ENOSPC)", "import os; os.abort()"),
        "def (:\n",
    ],
    ids=["wrong", "crashing", "unreadable"],
)
def test_two_gradings_of_the_same_files_differ_only_in_times(
    day: Tiny, source: str | bytes | None
) -> None:
    folder = day.submission(source)

    assert without_times(day.grade(folder)) == without_times(day.grade(folder))
