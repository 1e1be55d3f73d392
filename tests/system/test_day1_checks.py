"""Day 1's own: a heap that breaks one rule at a time, and the points; the rest is `test_days`."""

import pytest
from days import Day, runs

from grader import codec
from grader.corpus_file import Recorded
from grader.replay import Bench, read_folder
from grader.trace import Trace
from grader.verdict import judged

DAY = Day("day1")


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
