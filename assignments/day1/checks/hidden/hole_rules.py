"""What holds of compaction and statistics, whatever holes were chosen before."""

from itertools import accumulate
from typing import Any

from grader import Run
from grader.transcript import same

from ..visible.hole_rules import Ledger
from ..visible.reading import Move, rows_of_ints


class CompactingLedger(Ledger):
    """A ledger that also judges ``compact``, ``holes`` and ``stats``."""

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(size, **options)
        self._enomem = self._moved = 0
        self._is_compact = False

    def play(self, run: Run, move: Move) -> bool:
        """Judge one step and note what it changed; return False for what is not judged here."""
        if move.method == "stats":
            self._judge_stats(run, move)
        elif move.method == "compact":
            self._compact(run, move)
        elif move.method == "holes":
            if not rows_of_ints(move.yours.value, 2):
                run.differ(move.index, "a list of (start, size)")
            self.judge_holes(run, move, move.yours.value, [])
            self.holes = move.yours.value
        elif not super().play(run, move):
            return False
        else:
            self._enomem += move.yours.fields == ("ENOMEM",)
            self._is_compact = self._is_compact and move.yours.result != "ok"
        return True

    def show(self, run: Run, move: Move) -> None:
        """Judge a snapshot, and after a compaction the rover, too."""
        is_compact = self._is_compact
        super().show(run, move)
        if is_compact and not same(move.yours.value["rover"], self.base):
            run.differ(move.index, f"the rover at {self.base} after compact")

    def judge_holes(
        self, run: Run, move: Move, holes: list[list[int]], _live: list[list[int]]
    ) -> None:
        """Judge the holes after a compaction; before it they are another check's business.

        No hole is smaller than nothing, though: statistics could not be made of it.
        """
        if any(size < 0 for _, size in holes):
            run.differ(move.index, "no hole of a negative size")
        if self._is_compact and holes != self.holes:
            run.differ(move.index, f"the holes {self.holes} after compact")

    def _compact(self, run: Run, move: Move) -> None:
        old = sorted(self.live)
        needs = [self.need(self.live[addr]) for addr in old]
        *starts, end = accumulate(needs, initial=self.base)
        new_of = {addr: start + self.header for addr, start in zip(old, starts, strict=True)}
        if not same(move.yours.value, new_of):
            run.differ(move.index, f"{new_of}, every live block")
        moved = (need for addr, need in zip(old, needs, strict=True) if new_of[addr] != addr)
        self._moved += sum(moved)
        self.live = {new_of[addr]: self.live[addr] for addr in old}
        rest = self.base + self.size - end
        self.holes = [[end, rest]] if rest else []
        self._is_compact = True

    def _judge_stats(self, run: Run, move: Move) -> None:
        wanted = self._stats()
        shown = move.yours.value
        if type(shown) is not dict or shown.keys() != {*wanted, "nholes", "largest", "external"}:
            run.differ(move.index, "a dict with exactly the ten keys")
        if self.holes is not None:
            sizes = [size for _, size in self.holes]
            largest = max(sizes, default=0)
            external = 1 - largest / sum(sizes) if sum(sizes) else 0.0
            wanted |= {"nholes": len(sizes), "largest": largest, "external": external}
        for key, value in wanted.items():
            if not same(shown[key], value):
                run.differ(move.index, f"{key} to be {value!r}")

    def _stats(self) -> dict[str, Any]:
        """Return what can be said without the holes."""
        used = sum(map(self.need, self.live.values()))
        requested = sum(self.live.values())
        return {
            "total": self.size,
            "used": used,
            "requested": requested,
            "free": self.size - used,
            "internal": used - requested,
            "enomem": self._enomem,
            "moved": self._moved,
        }
