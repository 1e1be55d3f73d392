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

from collections.abc import Hashable, Sequence
from random import Random
from typing import Any, NamedTuple


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
    raise NotImplementedError


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
    raise NotImplementedError


def opt(refs: Sequence[Hashable], nframes: int) -> dict[str, Any]:
    """Return what the optimal policy does, with the keys of `simulate`; all are reads.

    The victim is the page whose next use, counted strictly after the current reference, is
    farthest; a page that is never used again is farther than all others.
    Raises ValueError for nframes < 1.
    Choice: of several pages never used again the most recently loaded leaves (OSTEP).
    """
    raise NotImplementedError
