"""What holds of the order in which pages leave a pool, however long their codes are.

Only stores and snapshots are judged here; loading has a check of its own.

    keys     the keys in the pool, the one stored earliest first
    sizes    key -> length of its code, by the last snapshot; None when it is not known
"""

from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs, same


class OrderShadow:
    """The order of the entries of one pool, by what its stores returned and wrote back."""

    def __init__(self, run: Run, capacity: int) -> None:
        self.run, self.capacity = run, capacity
        self.keys: list[Any] = []
        self.sizes: dict[Any, int] | None = {}
        self._left: list[Any] = []
        self._stored: Any = None

    def store(self, index: int, step: Step, yours: Outcome, expected: Outcome) -> None:
        """Judge who is written back, and note it."""
        if not same(yours.value, expected.value):
            self.run.differ(index, "")
        if self._stored is not None:
            self.sizes = None  # nobody has seen how long the last code is
        key = step[3][0]
        if key in self.keys:
            self.keys.remove(key)
        self._left = []
        for _, given, _ in yours.calls:
            if not self.keys or type(given) is not list or not same(given[:1], self.keys[:1]):
                earliest = repr(self.keys[0]) if self.keys else "nobody"
                self.run.differ(index, f"writeback of {earliest}, stored earliest")
            self._left.append(self.keys.pop(0))
        self._stored = key if yours.value is True else None
        if self._stored is not None:
            self.keys.append(key)
        if self.sizes is not None:
            self.sizes.pop(key, None)

    def look(self, index: int, shown: Any) -> None:
        """Judge the order of the entries, and whether as many left as had to."""
        entries = shown.get("entries") if type(shown) is dict else None
        if type(entries) is not list or not all(map(_is_entry, entries)):
            self.run.differ(index, "entries as a list of [key, code]")
        if not same([key for key, _ in entries], self.keys):
            self.run.differ(index, f"entries in the order {self.keys}")
        sizes = {key: len(code) for key, code in entries}
        if self.sizes is not None and self._stored is not None:
            self._judge_count(index, self.sizes, sizes[self._stored])
        self.sizes, self._stored = sizes, None

    def _judge_count(self, index: int, before: dict[Any, int], new: int) -> None:
        used = sum(before.values()) + new
        needed = []
        for key in [*self._left, *self.keys[:-1]]:
            if used <= self.capacity:
                break
            needed.append(key)
            used -= before.get(key, 0)
        if needed != self._left:
            self.run.differ(index, f"writebacks of {needed} and no more before this snapshot")


def _is_entry(entry: Any) -> bool:
    return (
        type(entry) is list
        and len(entry) == 2
        and type(entry[0]) is str
        and isinstance(entry[1], bytes)
    )


def judge_order(run: Run) -> None:
    """Require that the entries stored earliest leave, and as few as possible."""
    shadows: dict[str, OrderShadow] = {}
    for index, step, yours, expected in run.steps():
        if "skip" in (yours.result, expected.result):
            continue
        shadow = shadows.get(step[1])
        if yours.result != "ok" or expected.result != "ok":
            if differs(yours, expected):
                run.differ(index, "")
        elif step[0] == "new":
            shadows[step[1]] = OrderShadow(run, step[3]["capacity"])
        elif shadow is not None and step[0] == "snap":
            shadow.look(index, yours.value)
        elif shadow is not None:
            shadow.store(index, step, yours, expected)
