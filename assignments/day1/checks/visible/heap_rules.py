"""What holds of every heap, whatever its design.

Owns the judging of malloc, free, calloc and realloc from outside: a shadow of the live
blocks, and of those of their bytes that somebody has written.

    p         address of a payload, a multiple of 16        0x10020
    n         the requested bytes                           24
    known     one byte per requested byte: 1 where the shadow knows what must be there
    brk       the break as last read, None when it may have moved since

A trace may be any part of a longer one. Once it stores outside of a live block, whatever
follows is its own fault, and judging ends.
"""

import contextlib
from dataclasses import dataclass, field
from typing import Any

from grader import Run, codec
from grader.transcript import same

from .reading import Move, is_int, moves

ALIGN = 16
GAP = 8
TOO_MANY = 1 << 63
LIMIT = 1 << 20
BASE = 0x10000
_HEADER_AT_MOST = 64


def spelled(address: int) -> str:
    """Return an address as tables show it, and as people read it: ``65552 (0x10010)``."""
    return f"{address} ({address:#x})"


class TraceAtFault(Exception):  # noqa: N818 - not an error: the rest of the run means nothing
    """The trace has written where nothing was allocated."""


@dataclass
class Block:
    """The requested bytes of one live payload."""

    n: int
    content: bytearray = field(default_factory=bytearray)
    known: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.resize(self.n)

    def resize(self, n: int) -> None:
        """Keep the first ``n`` bytes; new ones are unknown."""
        self.n = n
        for part in (self.content, self.known):
            del part[n:]
            part.extend(bytes(n - len(part)))

    def write(self, at: int, written: bytes) -> None:
        """Note that ``written`` stands at offset ``at``."""
        self.content[at : at + len(written)] = written
        self.known[at : at + len(written)] = b"\1" * len(written)


class HeapShadow:
    """The live blocks of one heap, by what its calls returned."""

    def __init__(self, run: Run, limit: int = LIMIT, base: int = BASE) -> None:
        self.run = run
        self.limit, self.base = limit, base
        self.live: dict[int, Block] = {}
        self.brk: int | None = None
        self.asked = 0  # bytes of all allocations so far, with generous headers

    def play(self, move: Move) -> None:
        """Judge one step and note what it changed."""
        if move.yours.result in ("raise", "odd") and move.expected.result != move.yours.result:
            self.run.differ(move.index, "")
        getattr(self, f"_{move.method}")(move, *move.args)

    # --- calls on the heap ---

    def _malloc(self, move: Move, n: int) -> Block | None:
        """Judge an allocation of ``n`` bytes; return its block."""
        if n < 0:
            return self._must_fail(move, "EINVAL")
        if n == 0:
            self.brk = None
            return self._must_return_none(move)
        if n > self.limit:
            return self._must_fail(move, "ENOMEM")
        return self._placed(move, n)

    def _calloc(self, move: Move, k: int, n: int) -> None:
        if k < 0 or n < 0:
            self._must_fail(move, "EINVAL")
            return
        block = self._malloc(move, k * n)
        if block is not None:
            block.write(0, bytes(k * n))

    def _free(self, move: Move, p: Any) -> None:
        if p is not None and not self._is_live(p):
            self._must_fail(move, "EINVAL")
        elif move.yours.result != "ok":
            self.run.differ(move.index, "no error")
        elif p is not None:
            del self.live[p]
            self.brk = None

    def _realloc(self, move: Move, p: Any, n: int) -> None:
        if p is None:
            self._malloc(move, n)
        elif not self._is_live(p) or n < 0:
            self._must_fail(move, "EINVAL")
        elif n == 0:
            self._must_return_none(move)
            del self.live[p]
            self.brk = None
        elif n > self.limit:
            self._must_fail(move, "ENOMEM")
        else:
            old = self.live.pop(p)
            block = self._placed(move, n)
            if block is None:
                self.live[p] = old
                return
            block.content, block.known = old.content, old.known
            block.resize(n)

    def _usable_size(self, move: Move, p: Any) -> None:
        if p is not None and not self._is_live(p):
            self._must_fail(move, "EINVAL")
            return
        usable = move.yours.value
        if not is_int(usable):
            self.run.differ(move.index, "a number of bytes")
        if p is None:
            if usable != 0:
                self.run.differ(move.index, "0")
            return
        if usable < self.live[p].n:
            self.run.differ(move.index, f"at least the requested {self.live[p].n}")
        above = min((q for q in self.live if q > p), default=None)
        if above is not None and p + usable > above:
            self.run.differ(
                move.index, f"at most {above - p}: the next payload is at {spelled(above)}"
            )

    def _free_bytes(self, move: Move) -> None:
        if move.yours.result != "ok" or not is_int(move.yours.value):
            self.run.differ(move.index, "a number of bytes")
        if self.brk is None:
            return
        requested = sum(block.n for block in self.live.values())
        free = self.brk - self.base - requested
        if move.yours.value != free:
            self.run.differ(
                move.index,
                f"{free}: brk - base is {self.brk - self.base}, and {requested} are requested",
            )

    def _snapshot(self, move: Move) -> None:
        live = [[p, block.n] for p, block in sorted(self.live.items())]
        if not same(move.yours.value, {"live": live}):
            self.run.differ(move.index, f"{{'live': {live}}}")

    # --- what happens to the memory ---

    def _brk(self, move: Move) -> None:
        """Judge a reading of the break: all payloads lie below it, and failures leave it alone."""
        brk = move.yours.value
        if not is_int(brk):
            self.run.differ(move.index, "an address")
        if self.brk is not None and brk != self.brk:
            self.run.differ(
                move.index, f"{spelled(self.brk)} as before: nothing was allocated or freed"
            )
        end = max((p + block.n for p, block in self.live.items()), default=self.base)
        if brk < end:
            self.run.differ(move.index, f"at least {spelled(end)}, the end of the highest payload")
        self.brk = brk

    def _load(self, move: Move, a: Any, n: int) -> None:
        found = self._holder(a, n)
        if found is None:
            return
        self._must_be_memory(move)
        block, at = found
        if all(block.known[at : at + n]):
            self._judge_content(move, bytes(block.content[at : at + n]))

    def _judge_content(self, move: Move, content: bytes) -> None:
        """Require that a load returned ``content``."""
        loaded = move.yours.value
        if same(loaded, codec.from_wire(codec.bytes_to_wire(content))):
            return
        if type(loaded) is not bytes or len(loaded) != len(content):
            self.run.differ(move.index, f"the {len(content)} bytes that were stored there")
        place = next(at for at, byte in enumerate(content) if loaded[at] != byte)
        self.run.differ(
            move.index,
            f"byte {place} to be {content[place]}, not {loaded[place]}",
        )

    def _store(self, move: Move, a: Any, b: Any) -> None:
        written = b if type(b) is bytes else b""
        found = self._holder(a, len(written))
        if found is None:
            raise TraceAtFault
        self._must_be_memory(move)
        block, at = found
        block.write(at, written)

    def _must_be_memory(self, move: Move) -> None:
        if move.yours.result != "ok":
            self.run.differ(move.index, "no trap: a payload lies within [base, brk)")

    # --- rules ---

    def _placed(self, move: Move, n: int) -> Block | None:
        """Judge where ``n`` bytes were placed; None if the heap may be, and is, exhausted."""
        self.asked += n + _HEADER_AT_MOST
        if move.yours.result == "err" and move.yours.fields == ("ENOMEM",):
            if move.expected.result == "ok" and 2 * self.asked + 1024 <= self.limit:
                self.run.differ(move.index, "an address: there is memory enough")
            return None
        p = move.yours.value
        if not is_int(p):
            self.run.differ(move.index, "an address")
        if p < self.base or p + n > self.base + self.limit:
            begin = spelled(self.base)
            self.run.differ(move.index, f"{n} bytes within the heap, which begins at {begin}")
        if p in self.live:
            self.run.differ(move.index, f"another address: {spelled(p)} is live")
        self.judge_place(move, p, n)
        self.live[p] = block = Block(n)
        self.brk = None
        return block

    def judge_place(self, move: Move, p: int, n: int) -> None:
        """Judge the address of a new payload; here, any will do."""

    def _must_fail(self, move: Move, code: str) -> None:
        if (move.yours.result, move.yours.fields) != ("err", (code,)):
            self.run.differ(move.index, f"the error {code}")

    def _must_return_none(self, move: Move) -> None:
        if move.yours.result != "ok" or move.yours.value is not None:
            self.run.differ(move.index, "None")

    def _is_live(self, p: Any) -> bool:
        return is_int(p) and p in self.live

    def _holder(self, a: Any, n: int) -> tuple[Block, int] | None:
        """Return the live block that holds all of ``[a, a + n)``, and the offset of ``a`` in it."""
        for p, block in self.live.items():
            if is_int(a) and p <= a and a + n <= p + block.n:
                return block, a - p
        return None


class PlacingShadow(HeapShadow):
    """A shadow that also judges where payloads lie."""

    def judge_place(self, move: Move, p: int, n: int) -> None:
        """Require alignment, and the room of a header between a new payload and its neighbours."""
        if p % ALIGN:
            self.run.differ(move.index, f"a multiple of {ALIGN}")
        for q, other in self.live.items():
            low, end, high = (p, p + n, q) if p < q else (q, q + other.n, p)
            if high < end:
                self.run.differ(
                    move.index,
                    f"bytes of its own: the live payload at {spelled(q)} has {other.n}",
                )
            if high - end < GAP:
                self.run.differ(
                    move.index,
                    f"at least {GAP} bytes between payloads: the one at {spelled(low)} ends at "
                    f"{spelled(end)}, the next begins at {spelled(high)}",
                )


def judge_heap(run: Run, shadow_of: type[HeapShadow] = HeapShadow) -> None:
    """Require of a heap's answers what holds of every right heap."""
    with contextlib.suppress(TraceAtFault):
        _judge(run, shadow_of)


def is_fair(run: Run) -> bool:
    """Return whether the trace stores only into live blocks, by what the reference returned.

    Of a trace that does not, even a right heap may break: its headers may lie in the memory.
    """
    try:
        _judge(Run(run.trace, run.expected, run.expected), HeapShadow)
    except TraceAtFault:
        return False
    return True


def _judge(run: Run, shadow_of: type[HeapShadow]) -> None:
    shadow: HeapShadow | None = None
    arguments: dict[str, Any] = {}
    for move in moves(run):
        if move.verb in ("given", "new"):
            if move.is_wrong:
                run.differ(move.index, "")
            if move.yours.result != "ok":
                return
            arguments = move.args if move.verb == "given" else arguments
            shadow = shadow_of(run, **arguments) if move.verb == "new" else None
        elif shadow is None:
            return
        else:
            shadow.play(move)
