"""What holds of every pool of compressed pages, whoever leaves first.

Owns a shadow of the pool by what the submission's own calls returned and wrote back. The
code of a page is compared with the reference's where both have one.

    pages    key -> the page that must come back        {"a": b"xxxxyyyy"}
    codes    what the last snapshot showed, None when something has happened since
"""

from typing import Any

from grader import Run, codec
from grader.trace import Step
from grader.transcript import Outcome, differs, same

from .reading import is_int


class PoolShadow:
    """One ZPool, by what its calls did."""

    def __init__(self, run: Run, capacity: int, page_size: int) -> None:
        self.run, self.capacity, self.page_size = run, capacity, page_size
        self.pages: dict[Any, bytes] = {}
        self.codes: list[tuple[Any, bytes]] | None = []

    def play(self, index: int, step: Step, yours: Outcome, expected: Outcome) -> None:
        """Judge one step and note what it changed."""
        if step[0] == "snap":
            self._show(index, yours.value, expected.value)
        elif step[:1] == ["get"]:
            self._judge_used(index, yours.value)
        elif step[2] == "store":
            self._store(index, step, yours, expected)
        elif step[2] == "load":
            self._load(index, step, yours)
        else:
            self._judge_ratio(index, yours.value)

    def _store(self, index: int, step: Step, yours: Outcome, expected: Outcome) -> None:
        if yours.result != "ok" or expected.result != "ok":
            self._require_same(index, yours, expected)
            return
        key, page = step[3][0], codec.from_wire(step[3][1])
        self.pages.pop(key, None)
        self.codes = None
        for _, given, _ in yours.calls:
            self._write_back(index, given)
        if not same(yours.value, expected.value):
            self.run.differ(index, "")
        if yours.value:
            self.pages[key] = page

    def _write_back(self, index: int, given: Any) -> None:
        if type(given) is not list or len(given) != 2 or type(given[0]) is not str:
            self.run.differ(index, "writeback(key, page)")
        key, page = given
        if key not in self.pages:
            self.run.differ(index, f"no writeback of {key!r}, which is not in the pool")
        if not same(page, self.pages[key]):
            self.run.differ(index, f"writeback({key!r}, {self.pages[key]!r}), the page as it was")
        del self.pages[key]

    def _load(self, index: int, step: Step, yours: Outcome) -> None:
        key = step[3][0]
        if key not in self.pages:
            if (yours.result, yours.fields) != ("err", ("ENOENT",)):
                self.run.differ(index, f"ENOENT: {key!r} is not in the pool")
        elif not same(yours.value, self.pages.pop(key)):
            self.run.differ(index, "the page that was stored last under this key")
        else:
            self.codes = None

    def _show(self, index: int, shown: Any, expected: Any) -> None:
        if type(shown) is not dict or shown.keys() != {"used", "entries"}:
            self.run.differ(index, "a dict with the keys used and entries")
        entries = shown["entries"]
        if type(entries) is not list or not all(map(_is_entry, entries)):
            self.run.differ(index, "entries to be a list of [key, code]")
        if sorted(key for key, _ in entries) != sorted(self.pages):
            self.run.differ(index, f"entries with the keys {sorted(self.pages)}")
        right = dict(map(tuple, expected["entries"]))
        for key, code in entries:
            if not same(code, right.get(key, code)):
                self.run.differ(index, f"the code of {key!r} to be {right[key]!r}")
        self.codes = [(key, code) for key, code in entries]
        self._judge_used(index, shown["used"])

    def _judge_used(self, index: int, used: Any) -> None:
        if not is_int(used) or not 0 <= used <= self.capacity:
            self.run.differ(index, f"used from 0 to the capacity, {self.capacity}")
        if self.codes is not None and used != self._length():
            self.run.differ(index, f"used to be {self._length()}, the length of all codes")

    def _judge_ratio(self, index: int, ratio: Any) -> None:
        if type(ratio) is not float:
            self.run.differ(index, "a float")
        if self.codes is not None:
            length = self._length()
            right = len(self.codes) * self.page_size / length if length else 0.0
            if not same(ratio, right):
                self.run.differ(index, f"{right!r}, the bytes of all pages over those used")

    def _length(self) -> int:
        return sum(len(code) for _, code in self.codes or ())

    def _require_same(self, index: int, yours: Outcome, expected: Outcome) -> None:
        if differs(yours, expected):
            self.run.differ(index, "")


def _is_entry(entry: Any) -> bool:
    return (
        type(entry) is list
        and len(entry) == 2
        and type(entry[0]) is str
        and isinstance(entry[1], bytes)
    )


def judge_pool(run: Run) -> None:
    """Require what a shadow of the pool requires."""
    shadows: dict[str, PoolShadow] = {}
    for index, step, yours, expected in run.steps():
        if "skip" in (yours.result, expected.result):
            continue
        if step[0] == "new" and yours.result == expected.result == "ok":
            made = step[3]
            shadows[step[1]] = PoolShadow(run, made["capacity"], made["page_size"])
        elif step[1] not in shadows or yours.result in ("raise", "odd", "trap"):
            if differs(yours, expected):
                run.differ(index, "")
        else:
            shadows[step[1]].play(index, step, yours, expected)
