"""What holds of a heap that is filled and emptied again and again with blocks of one size."""

from typing import Any

from grader import Run

from ..visible.heap_rules import Block, HeapShadow, spelled
from ..visible.reading import Move


class ReuseShadow(HeapShadow):
    """A shadow that also judges reuse: a later round with no more blocks needs no more memory.

    Neither does the break rise, nor is memory exhausted: a heap that takes all of it at the
    start must use it again, too.

    A round ends when no block is live. Nothing is said of a trace that does not read the
    break after every allocation, that asks for blocks of several sizes, or that allocates
    more often in a round than blocks were live at once in a round before: a heap that only
    starts anew when it is empty is right, too.
    """

    def __init__(self, run: Run, **arguments: Any) -> None:
        super().__init__(run, **arguments)
        self._sizes: set[int] = set()
        self._is_unread = self._is_blind = False
        self._highest = self._highest_before = self.base
        self._made = self._most_live = self._most_live_before = 0

    def _placed(self, move: Move, n: int) -> Block | None:
        had_room = self._sizes == {n} and self._made < self._most_live_before
        if had_room and move.yours.result == "err" and move.expected.result == "ok":
            self.run.differ(
                move.index,
                f"an address: {self._most_live_before} of these blocks had room at once before",
            )
        block = super()._placed(move, n)
        self._is_blind = self._is_blind or self._is_unread
        self._is_unread = True
        self._sizes.add(n)
        self._made += 1
        self._most_live = max(self._most_live, len(self.live))
        return block

    def _free(self, move: Move, p: Any) -> None:
        super()._free(move, p)
        self._is_blind = self._is_blind or self._is_unread
        if not self.live:
            self._most_live_before, self._highest_before = self._most_live, self._highest
            self._made = 0

    def _brk(self, move: Move) -> None:
        super()._brk(move)
        self._is_unread = False
        self._highest = max(self._highest, move.yours.value)
        is_judged = not self._is_blind and len(self._sizes) == 1
        is_more = self._made > self._most_live_before
        if is_judged and not is_more and self._highest > self._highest_before:
            self.run.differ(
                move.index,
                f"at most {spelled(self._highest_before)}: below it, {self._most_live_before} of "
                "these blocks had room at once before",
            )
