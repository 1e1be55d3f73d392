"""Day 1's checks against what `grader validate` does not know of.

right     right programs in two other styles: no check may find anything
rule      a heap that breaks one rule at a time
garbage   transcripts that no program would send: judges must bear them
"""

from pathlib import Path
from typing import Any

import pytest
from days import Day, lost, name_of, runs

from grader import codec
from grader.checks import Check
from grader.corpus_file import Recorded
from grader.replay import Bench, read_folder
from grader.trace import Trace
from grader.verdict import judged

DAY = Day("day1")


# --- right programs -----------------------------------------------------------


@pytest.mark.parametrize("folder", DAY.variants, ids=name_of)
def test_a_right_program_loses_nothing(folder: Path) -> None:
    """A right program in another style loses no point."""
    verdicts = DAY.graded(read_folder(folder))

    assert {check: verdicts[check].sentence for check in lost(verdicts)} == {}


@pytest.mark.parametrize("folder", DAY.variants, ids=name_of)
def test_no_part_of_a_trace_blames_a_right_program(folder: Path) -> None:
    """Shrinking judges any part of a trace; a right program is not to blame in any of them."""
    assert DAY.blamed_in_parts(folder) == []


# --- wrong programs -----------------------------------------------------------


def test_there_are_twenty_one_wrong_versions() -> None:
    """Those of the curriculum are numbered from 1 to 20; one more follows them."""
    assert [wrong.number for wrong in DAY.wrongs] == list(range(1, 22))


# One rule of the heap broken at a time: (check that must see it, its words, method, body).
BROKEN_RULES = {
    "alignment": ("D1.15", "a multiple of 16", "malloc(self, n)", "return super().malloc(n) + 8"),
    "room for a header": ("D1.15", "8 bytes between", "_need(self, n)", "return roundup(n, 16)"),
    "own bytes": ("D1.15", "bytes of its own", "_need(self, n)", "return 16"),
    "an address": ("D1.15", "an address", "malloc(self, n)", "return float(super().malloc(n))"),
    "contents": (
        "D1.15",
        " to be ",
        "free(self, p)",
        "self._mem.store(self._mem.base, bytes(1)); super().free(p)",
    ),
    "memory": (
        "D1.15",
        "no trap",
        "malloc(self, n)",
        "p = super().malloc(n); self._mem.sbrk(-1); return p",
    ),
    "too little is usable": ("D1.15", "at least the requested", "usable_size(self, p)", "return 0"),
    "too much is usable": (
        "D1.15",
        "the next payload",
        "usable_size(self, p)",
        "return super().usable_size(p) + 64",
    ),
    "free bytes": ("D1.15", "brk - base is", "free_bytes(self)", "return super().free_bytes() + 8"),
    "live blocks": ("D1.15", "{'live': [[", "snapshot(self)", "return {'live': []}"),
    "zeros": ("D1.16", " to be ", "_clear(self, p, size)", "pass"),
    "reuse": ("D1.17", "had room at once", "free(self, p)", "del self._live[p]"),
    "the break stays": (
        "D1.17",
        "nothing was allocated or freed",
        "malloc(self, n)",
        "self._mem.sbrk(16 if n > 4096 else 0); return super().malloc(n)",
    ),
    "no such error": (
        "D1.17",
        "the error ENOMEM",
        "malloc(self, n)",
        "return super().malloc(n % 97)",
    ),
    "a stale address": (
        "D1.17",
        "the error EINVAL",
        "free(self, p)",
        "return super().free(p) if p in self._live else None",
    ),
}


@pytest.mark.parametrize("rule", BROKEN_RULES.values(), ids=BROKEN_RULES)
def test_each_rule_of_the_heap_is_judged(rule: tuple[str, str, str, str]) -> None:
    """A heap that breaks one rule is told so, in words about that rule."""
    check, words, method, body = rule
    right = read_folder(DAY.reference)
    files = {
        **right,
        **{f"right/{name}": content for name, content in right.items()},
        "right/__init__.py": b"",
        "heap.py": BROKEN_HEAP.format(method=method, body=body).encode(),
    }

    with (
        Bench(files, DAY.assignment.machine) as bench,
        DAY.bench(DAY.reference) as reference,
    ):
        found = [
            failure.words
            for each, number, recorded in DAY.recorded_parts()
            if each.id == check and each.parts[number].modules == ("heap",)
            for run in runs(("heap",), _decoded(recorded), bench, reference)
            if (failure := judged(each, run))
        ]

    assert [told for told in found if words in told]


BROKEN_HEAP = """\
from machine import roundup
from right.heap import Heap as Right


class Heap(Right):
    def {method}:
        {body}
"""


def _decoded(recorded: Recorded) -> list[Trace]:
    return [codec.decode_trusted(text) for text in recorded.traces]


# --- transcripts that no program would send -----------------------------------

ODD_VALUES = (
    None, True, 0, -1, 16, 65536, 10**300, 1.5, "x", [], [[]], [0, 1], {}, {"live": 1},
    {"holes": [[0, 4]], "live": [[0, 1, "n"]], "rover": None}, {"dict": [[0, 0]]}, {"hex": "00"},
    {"holes": [], "live": [[65536, 8]], "rover": 0}, {"crc32": [600, 1]}, {"handle": "step 2"},
)  # fmt: skip
ODD_ENTRIES: tuple[list[Any], ...] = (
    ["err", "EINVAL"],
    ["err", "ENOMEM"],
    ["err", "-5"],
    ["raise", "KeyError"],
    ["trap", "SegFault", None, [], "?"],
    ["odd", "set"],
    ["skip"],
    *(["ok", value] for value in ODD_VALUES),
)


@pytest.mark.parametrize("check", DAY.checks.values(), ids=lambda check: check.id)
def test_a_judge_bears_any_transcript(check: Check) -> None:
    """Whatever a worker sends is accepted or blamed; it never breaks the judge."""
    assert DAY.judge_garbage(check, ODD_ENTRIES)


@pytest.mark.parametrize("answer", [entry for entry in ODD_ENTRIES if entry != ["skip"]], ids=str)
def test_a_constant_answer_passes_no_check(answer: list[Any]) -> None:
    """A program that always does the same fails every check."""
    assert DAY.passed_by_constant(answer) == []


# --- the traces ---------------------------------------------------------------


def test_points_and_visibility_are_the_curriculums() -> None:
    """The table of points of day 1, without what is still to be written."""
    visible = {check.id for check in DAY.checks.values() if check.is_shown}
    points = {check.id: int(check.points) for check in DAY.checks.values()}

    assert points == {
        "D1.1": 5, "D1.2": 5, "D1.3": 5, "D1.4": 3, "D1.5": 2, "D1.8": 5, "D1.9": 5, "D1.10": 3,
        "D1.12": 5, "D1.13": 5, "D1.15": 5, "D1.16": 5, "D1.17": 4, "D1.20": 4, "D1.21": 4,
        "D1.22": 4,
    }  # fmt: skip
    assert visible == {"D1.1", "D1.3", "D1.5", "D1.8", "D1.12", "D1.15", "D1.20", "D1.21"}
