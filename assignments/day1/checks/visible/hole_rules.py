"""What holds of every HoleAllocator, whatever holes it chooses.

Owns the bookkeeping of a submission's own results: a judge measures them against
themselves, so that a wrong choice of holes is not blamed here.

    live    user address -> requested bytes     {1004: 10}
    holes   as last shown, None when something has happened since
"""

from itertools import pairwise

from grader import Run

from .reading import Move, is_ascending, is_int, moves, rows_of_ints


class Ledger:
    """The blocks of one HoleAllocator, by what its calls returned."""

    def __init__(
        self,
        size: int,
        *,
        base: int = 0,
        policy: str = "first",
        align: int = 1,
        header: int = 0,
        coalesce: bool = True,
    ) -> None:
        self.size, self.base, self.policy = size, base, policy
        self.align, self.header, self.coalesce = align, header, coalesce
        self.live: dict[int, int] = {}
        self.holes: list[list[int]] | None = [[base, size]]

    def need(self, n: int) -> int:
        """Return the bytes that a block for ``n`` takes."""
        return -(-n // self.align) * self.align + self.header

    def play(self, run: Run, move: Move) -> bool:
        """Judge one step and note what it changed; return False for what is not judged here."""
        if move.verb == "snap":
            self.show(run, move)
        elif move.method == "alloc" and is_int(move.args[0]) and move.args[0] > 0:
            self.alloc(run, move)
        elif move.method == "free" and is_int(move.args[0]) and move.args[0] in self.live:
            self.free(run, move)
        else:
            return move.yours.result == "err" or move.method == "size_of"
        return True

    def alloc(self, run: Run, move: Move) -> None:
        """Judge an allocation of at least one byte, and note it."""
        need = self.need(move.args[0])
        largest = (
            max((size for _, size in self.holes), default=0) if self.holes is not None else None
        )
        if move.yours.result == "ok":
            if largest is not None and largest < need:
                run.differ(
                    move.index, f"ENOMEM: {need} bytes are needed, no hole has more than {largest}"
                )
            addr = move.yours.value
            if not is_int(addr) or addr in self.live:
                run.differ(move.index, "the address of a block that was free")
            self.live[addr] = move.args[0]
            self.holes = None
        elif move.yours.fields != ("ENOMEM",) or move.yours.result != "err":
            run.differ(move.index, "an address or ENOMEM")
        elif largest is not None and largest >= need:
            run.differ(move.index, f"an address: {need} bytes are needed, a hole has {largest}")

    def free(self, run: Run, move: Move) -> None:
        """Judge the freeing of a live block, and note it."""
        if move.yours.result != "ok":
            run.differ(move.index, "no error: the block is live")
        del self.live[move.args[0]]
        self.holes = None

    def show(self, run: Run, move: Move) -> None:
        """Judge a snapshot against the blocks that are live, and note its holes."""
        shown = move.yours.value
        if type(shown) is not dict or shown.keys() != {"holes", "live", "rover"}:
            run.differ(move.index, "a dict with the keys holes, live and rover")
        live = shown["live"]
        if not rows_of_ints(live, 3):
            run.differ(move.index, "live to be a list of [address, n, need]")
        there = [[addr, n] for addr, n in sorted(self.live.items())]
        if [row[:2] for row in live] != there:
            run.differ(move.index, f"live to hold the blocks {there} as [address, n]")
        if not rows_of_ints(shown["holes"], 2):
            run.differ(move.index, "holes to be a list of [start, size]")
        self.judge_holes(run, move, shown["holes"], live)
        self.holes = shown["holes"]

    def judge_holes(
        self, run: Run, move: Move, holes: list[list[int]], live: list[list[int]]
    ) -> None:
        """Judge the holes that a snapshot shows."""
        if not is_ascending(holes):
            run.differ(move.index, "holes to ascend")
        self._judge_tiling(run, move, holes, live)
        self._judge_merging(run, move, holes)

    def _judge_tiling(
        self, run: Run, move: Move, holes: list[list[int]], live: list[list[int]]
    ) -> None:
        blocks = [[addr - self.header, need] for addr, _, need in live]
        end = self.base
        for start, size in sorted([*holes, *blocks]):
            if size < 1:
                run.differ(move.index, f"no hole or block of size {size}, such as at {start}")
            if start != end:
                what = "belongs to no hole or block" if start > end else "belongs to two of them"
                run.differ(
                    move.index,
                    f"holes and blocks without gap or overlap; byte {min(start, end)} {what}",
                )
            end = start + size
        if end != self.base + self.size:
            run.differ(
                move.index, f"holes and blocks to end at {self.base + self.size}, not at {end}"
            )

    def _judge_merging(self, run: Run, move: Move, holes: list[list[int]]) -> None:
        if not self.coalesce:
            return
        for one, other in pairwise(holes):
            if sum(one) == other[0]:
                run.differ(move.index, f"one hole instead of the neighbours {one} and {other}")


def judge_ledger(run: Run, ledger_of: type[Ledger] = Ledger) -> None:
    """Require what a ledger does; what is outside its business ends the judging."""
    ledger: Ledger | None = None
    for move in moves(run):
        if _fails_oddly(move):
            run.differ(move.index, "")
        if move.verb == "new" and move.yours.result == "ok":
            ledger = ledger_of(**move.args)
        elif ledger is None or not ledger.play(run, move):
            return


def _fails_oddly(move: Move) -> bool:
    """Return whether a call fails in a way that no state of the allocator explains."""
    if move.yours.result == "ok" or move.expected.result in (move.yours.result, "skip"):
        return False
    return move.method != "alloc" or move.yours.result != "err"
