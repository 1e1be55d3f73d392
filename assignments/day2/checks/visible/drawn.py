"""What a picture knows of a run: the page tables as they were before a step.

Owns a shadow of every table in a trace, made of the steps that the reference accepted. It
decides nothing: whether a call succeeds, and what it returns, is read from the run.

    leaves   start of a page -> (level, pte)         {0x20: (0, 0x8000000000003007)}
    shadow   one table: its shape, its leaves, and whether it keeps to W^X
"""

from dataclasses import dataclass, field
from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome

from .bits import PS, A, D, P, pte_of
from .reading import arguments
from .table_traces import DEFAULT_FLAGS, Geometry

TABLES = ("PageTable", "PlainTable")
_SHAPE = {"levels": 4, "index_bits": 9, "page_bits": 12}


@dataclass
class Shadow:
    """A page table of a trace."""

    shape: Geometry
    leaves: dict[int, tuple[int, int]] = field(default_factory=dict)
    wxorx: bool = False

    def covering(self, va: int) -> int | None:
        """Return the start of the leaf that covers ``va``, the largest there is."""
        for level in reversed(range(self.shape.levels)):
            start = self.shape.aligned(va, level)
            if self.leaves.get(start, (-1, 0))[0] == level:
                return start
        return None

    def change(self, va: int, pte: Any) -> None:
        """Let the leaf that covers ``va`` have this entry."""
        start = self.covering(va)
        if start is not None and type(pte) is int:
            self.leaves[start] = self.leaves[start][0], pte

    def mark(self, va: int, bits: int) -> None:
        """Set bits in the leaf that covers ``va``."""
        start = self.covering(va)
        if start is not None:
            self.change(va, self.leaves[start][1] | bits)

    def call(self, step: Step, outcome: Outcome) -> None:
        """Do what a successful call on the table does."""
        given = arguments(step)
        va, level = given.get("va", 0), given.get("level", 0)
        if step[2] == "map":
            flags = given.get("flags", DEFAULT_FLAGS) | P | (PS if level else 0)
            self.leaves[va] = level, pte_of(given["pfn"], flags)
        elif step[2] == "put":
            start = self.shape.aligned(va, level)
            self.leaves[start] = level, given["pte"] | P | (PS if level else 0)
        elif step[2] in ("unmap", "drop"):
            while (start := self.covering(va)) is not None:
                del self.leaves[start]
        elif step[2] in ("protect", "mark"):
            self.change(va, outcome.value)


@dataclass
class Scene:
    """All tables of a trace, and which of them the MMU uses."""

    tables: dict[str, Shadow] = field(default_factory=dict)
    current: str = ""
    asid: Any = None

    def access(self, step: Step, outcome: Outcome) -> None:
        """Set the marks that a granted access sets; stand-ins tell which, otherwise guess."""
        table = self.tables.get(self.current)
        given = arguments(step)
        if table is None:
            return
        marks = [args for name, args, _ in outcome.calls if name == "PlainTable.mark"]
        for va, bits in marks:
            table.mark(va, bits)
        if not outcome.calls:
            table.mark(given["va"], A | D if given["kind"] == "w" else A)


def scene_before(run: Run, index: int) -> Scene:
    """Return how things stand, as the reference sees them, before step ``index``."""
    scene = Scene()
    for step, outcome in zip(run.trace[:index], run.expected, strict=False):
        if outcome.result != "ok":
            continue
        if step[0] in ("given", "new"):
            if step[2] in TABLES:
                shape = Geometry(**{**_SHAPE, **_numbers(step[3])})
                scene.tables[step[1]] = Shadow(shape, wxorx=bool(step[3].get("wxorx", False)))
        elif step[0] == "call" and step[2] == "access":
            scene.access(step, outcome)
        elif step[0] == "call" and step[2] == "set_cr3":
            given = arguments(step)
            scene.current, scene.asid = str(given["pt"]).removeprefix("$"), given["asid"]
        elif step[0] == "call" and step[1] in scene.tables:
            scene.tables[step[1]].call(step, outcome)
    return scene


def _numbers(given: dict[str, Any]) -> dict[str, int]:
    return {name: given[name] for name in _SHAPE if name in given}
