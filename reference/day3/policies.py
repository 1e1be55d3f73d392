"""Page replacement: which page leaves when every frame is taken.

A policy owns the frames, who lies in them and which of them are dirty. It moves no data:
where a page comes from and where it is written to is the pager's business.

    page        any name of a page: 7 in a trace, (pid, vpn) in a pager
    frame       index of one page-sized piece of RAM, 0 <= frame < nframes
    reference   one access to a page, read or write; the faulting access is one too
    victim      the page that loses its frame to the page just referenced
    R           the reference bit of a resident page, 1 after a reference
    dirty       whether a resident page was written since it was loaded
    hitmiss     "MMH": two misses, then a hit

Who leaves:

    fifo        the page loaded earliest
    lru, mru    the page referenced least recently, most recently
    clock       a hand stands at frame 0 at first; while the page at the hand has R = 1, clear
                its R and advance; the victim is the page at the hand, which then advances
                past it; hits never move the hand
    esc         enhanced second chance, again with a hand: pass A is one revolution from the
                hand to the first clean page with R = 0, and changes no bits; pass B is one
                to the first dirty page with R = 0, and clears R of every page passed over;
                A, B, A, B until one finds the victim; the hand goes to the frame after it
    aging       at each replacement the age of every page becomes age >> 1 | R << (bits - 1)
                and its R 0; the page of the least age, of equals the one in the lowest
                frame; a new page has age 0
    lfu         the page with the fewest references since its load, which counts as one; of
                equals the one referenced least recently
    random      of the n resident pages in load order the one at int(rng.random() * n)
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Any, NamedTuple

from _future import next_uses, rank


class Access(NamedTuple):
    """What one access did: the frame it ended in, and who had to leave for it."""

    hit: bool
    frame: int
    victim: Hashable  # None on a hit and while frames are free
    writeback: bool  # there is a victim and it is dirty


def make_policy(name: str, nframes: int, *, rng: Random | None = None, bits: int = 32) -> Any:
    """Return a new replacement policy over ``nframes`` empty frames.

    ``name`` is one of fifo, lru, mru, clock, esc, aging, lfu, random. ``rng`` is for random
    only, and is asked once per eviction; ``bits`` is the width of an age. The result has

        access(page, write=False) -> Access     reference ``page``, load it if it is absent
        resident() -> list[page | None]         the page in each frame
        snapshot() -> {"resident": [...], "dirty": [bool by frame]}

    Frames fill in the order 0, 1, 2, ...; afterwards a new page takes its victim's frame.
    Raises ValueError for nframes < 1, bits < 1, an unknown name, or random without rng.
    Choice: opt is unknown here, because it needs the future; see `opt`.
    Choice: a loaded page starts with R = 1 (libCacheSim's clock starts with 0).
    """
    _require_frames(nframes)
    if bits < 1:
        raise ValueError(f"bits must be at least 1, got {bits}")
    if name == "aging":
        return _Aging(nframes, bits)
    if name == "random":
        return _Random(nframes, rng)
    if name not in _PLAIN:
        raise ValueError(f"unknown policy {name!r}: use aging, random or {', '.join(_PLAIN)}")
    return _PLAIN[name](nframes)


def simulate(
    name: str,
    refs: Sequence[Hashable],
    nframes: int,
    writes: Sequence[bool] | None = None,
    **kw: Any,
) -> dict[str, Any]:
    """Return what a policy does with a whole reference string.

    ``writes[i]`` tells whether reference i is a write; None means that all are reads. ``kw``
    goes to `make_policy`. The name opt gives ``opt(refs, nframes)``. Keys of the result:

        hits, misses, writebacks     counts; pages still dirty at the end are not written back
        hitmiss                      str of "H" and "M", one for each reference
        victims                      the victim or None, one for each reference
        resident                     the page in each frame at the end

    Raises ValueError if ``writes`` and ``refs`` differ in length, and as `make_policy` does.
    Choice: opt ignores ``writes`` but for their length, and all of ``kw``.
    """
    if writes is None:
        writes = [False] * len(refs)
    if len(writes) != len(refs):
        raise ValueError(f"{len(refs)} references but {len(writes)} writes: give one for each")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    log = [policy.access(page, write) for page, write in zip(refs, writes, strict=True)]
    hits = [done.hit for done in log]
    victims = [done.victim for done in log]
    return _report(hits, victims, sum(done.writeback for done in log), policy.resident())


def opt(refs: Sequence[Hashable], nframes: int) -> dict[str, Any]:
    """Return what the optimal policy does, with the keys of `simulate`; all are reads.

    The victim is the page whose next use, counted strictly after the current reference, is
    farthest; a page that is never used again is farther than all others.
    Raises ValueError for nframes < 1.
    Choice: of several pages never used again the most recently loaded leaves (OSTEP).
    """
    _require_frames(nframes)
    next_use = next_uses(refs)
    frame_of: dict[Hashable, int] = {}
    loaded_at: dict[Hashable, int] = {}
    ranks: list[tuple[float, int, Hashable]] = []  # a heap, the best victim first
    hits: list[bool] = []
    victims: list[Hashable] = []
    for now, page in enumerate(refs):
        hits.append(page in frame_of)
        victims.append(None)
        if not hits[now]:
            frame = len(frame_of)
            if frame == nframes:
                _, _, victims[now] = heappop(ranks)
                frame = frame_of.pop(victims[now])
            frame_of[page], loaded_at[page] = frame, now
        # The page's older rank names a time that is past. Every resident page has a rank
        # with a time to come, so an outdated one never comes first.
        heappush(ranks, rank(next_use[now], loaded_at[page], page))
    empty = [None] * (nframes - len(frame_of))
    resident = sorted(frame_of, key=frame_of.__getitem__) + empty
    return _report(hits, victims, 0, resident)


class _Policy:
    """The frames and what lies in them.

    A policy says in `_choose` which frame to give up. What it needs to know for that it
    learns in `_touch` (a hit) and `_load` (a page comes into a frame).
    """

    def __init__(self, nframes: int) -> None:
        self._frame_of: OrderedDict[Hashable, int] = OrderedDict()  # in load order
        self._pages: list[Hashable] = [None] * nframes
        self._dirty = [False] * nframes
        self._free = list(range(nframes))  # a heap: the lowest free frame comes first

    def access(self, page: Hashable, write: bool = False) -> Access:
        frame = self._frame_of.get(page)
        if frame is None:
            return self._fault(page, write)
        if write:
            self._dirty[frame] = True
        self._touch(page, frame)
        return Access(True, frame, None, False)

    def resident(self) -> list[Hashable]:
        return list(self._pages)

    def snapshot(self) -> dict[str, list[Any]]:
        return {"resident": self.resident(), "dirty": list(self._dirty)}

    def release(self, page: Hashable) -> bool:
        """Empty the frame of ``page``; return whether the page was dirty."""
        frame = self._frame_of.pop(page)
        was_dirty = self._dirty[frame]
        self._pages[frame], self._dirty[frame] = None, False
        heappush(self._free, frame)
        return was_dirty

    def _fault(self, page: Hashable, write: bool) -> Access:
        victim, writeback = None, False
        if not self._free:
            victim = self._pages[self._choose()]
            writeback = self.release(victim)
        frame = heappop(self._free)
        self._load(page, frame, write)
        return Access(False, frame, victim, writeback)

    def _load(self, page: Hashable, frame: int, write: bool) -> None:
        self._frame_of[page] = frame
        self._pages[frame] = page
        self._dirty[frame] = bool(write)

    def _touch(self, page: Hashable, frame: int) -> None:
        """Note a hit; most policies override this."""

    def _choose(self) -> int:
        """Return the frame to give up; called only when all are taken."""
        raise NotImplementedError


class _Fifo(_Policy):
    """The page loaded earliest."""

    def _choose(self) -> int:
        return next(iter(self._frame_of.values()))


class _Lru(_Fifo):
    """The page referenced least recently: FIFO, but a hit sends a page to the end."""

    def _touch(self, page: Hashable, frame: int) -> None:  # noqa: ARG002 - the base's signature
        self._frame_of.move_to_end(page)


class _Mru(_Lru):
    """The page referenced most recently."""

    def _choose(self) -> int:
        return next(reversed(self._frame_of.values()))


class _Lfu(_Lru):
    """The page with the fewest references since its load; of those the least recently used."""

    def __init__(self, nframes: int) -> None:
        super().__init__(nframes)
        self._count = [0] * nframes

    def _load(self, page: Hashable, frame: int, write: bool) -> None:
        super()._load(page, frame, write)
        self._count[frame] = 1

    def _touch(self, page: Hashable, frame: int) -> None:
        super()._touch(page, frame)
        self._count[frame] += 1

    def _choose(self) -> int:
        # `min` keeps the first of several equals, and the frames come in order of use.
        return min(self._frame_of.values(), key=self._count.__getitem__)


class _Random(_Policy):
    """Any page, each as likely."""

    def __init__(self, nframes: int, rng: Random | None) -> None:
        super().__init__(nframes)
        if rng is None:
            raise ValueError("the policy random needs rng=, for example random.Random(7)")
        self._rng = rng

    def _choose(self) -> int:
        frames = list(self._frame_of.values())
        return frames[int(self._rng.random() * len(frames))]


class _Referenced(_Policy):
    """The base of the policies that know the past only by the reference bit."""

    def __init__(self, nframes: int) -> None:
        super().__init__(nframes)
        self._r = [0] * nframes

    def _load(self, page: Hashable, frame: int, write: bool) -> None:
        super()._load(page, frame, write)
        self._r[frame] = 1

    def _touch(self, page: Hashable, frame: int) -> None:  # noqa: ARG002 - the base's signature
        self._r[frame] = 1


class _Clock(_Referenced):
    """The first page from the hand on without R; those it passes lose theirs."""

    def __init__(self, nframes: int) -> None:
        super().__init__(nframes)
        self._hand = 0

    def _choose(self) -> int:
        frame = self._sweep()
        self._hand = (frame + 1) % len(self._r)
        return frame

    def _sweep(self) -> int:
        frame = self._hand
        while self._r[frame]:
            self._r[frame] = 0
            frame = (frame + 1) % len(self._r)
        return frame


class _Esc(_Clock):
    """Enhanced second chance: a clock that would rather drop a clean page than write one."""

    def _sweep(self) -> int:
        # The second round finds a page, because the first one's pass B has cleared every R.
        for sweep in (self._pass_a, self._pass_b) * 2:
            frame = sweep()
            if frame is not None:
                return frame
        raise AssertionError("no frame has R = 0 after a full revolution")

    def _pass_a(self) -> int | None:
        """Look for an unreferenced clean page, and leave all bits alone."""
        for frame in self._revolution():
            if not self._r[frame] and not self._dirty[frame]:
                return frame
        return None

    def _pass_b(self) -> int | None:
        """Look for an unreferenced dirty page, and take R from every page passed over."""
        for frame in self._revolution():
            if not self._r[frame] and self._dirty[frame]:
                return frame
            self._r[frame] = 0
        return None

    def _revolution(self) -> list[int]:
        frames = list(range(len(self._r)))
        return frames[self._hand :] + frames[: self._hand]


class _Aging(_Referenced):
    """The page with the least age: the history of its R, the latest replacement in the top bit."""

    def __init__(self, nframes: int, bits: int) -> None:
        super().__init__(nframes)
        self._bits = bits
        self._age = [0] * nframes

    def _load(self, page: Hashable, frame: int, write: bool) -> None:
        super()._load(page, frame, write)
        self._age[frame] = 0

    def _choose(self) -> int:
        self._tick()
        return self._age.index(min(self._age))

    def _tick(self) -> None:
        for frame, r in enumerate(self._r):
            self._age[frame] = self._age[frame] >> 1 | r << self._bits - 1
            self._r[frame] = 0


_PLAIN: dict[str, type[_Policy]] = {
    "fifo": _Fifo,
    "lru": _Lru,
    "mru": _Mru,
    "clock": _Clock,
    "esc": _Esc,
    "lfu": _Lfu,
}


def _require_frames(nframes: int) -> None:
    if nframes < 1:
        raise ValueError(f"nframes must be at least 1, got {nframes}")


def _report(
    hits: list[bool], victims: list[Hashable], writebacks: int, resident: list[Hashable]
) -> dict[str, Any]:
    """Return the result of `simulate`; ``hits`` and ``victims`` have one entry per reference."""
    return {
        "hits": sum(hits),
        "misses": len(hits) - sum(hits),
        "hitmiss": "".join("H" if hit else "M" for hit in hits),
        "victims": victims,
        "writebacks": writebacks,
        "resident": resident,
    }
