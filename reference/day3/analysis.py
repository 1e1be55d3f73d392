"""Reference strings: what can be said about them before any policy is chosen.

Pure functions from a reference string to numbers; nothing here keeps state.

    refs              the reference string, one page for each reference: [1, 2, 3, 1]
    depth             1 for the page referenced last, 2 for the one before it, ...
    stack distance    the depth of a page just before it is referenced; None at first use
    tau               the length of the working-set window, in references
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise

from _fenwick import Fenwick
from policies import simulate


def stack_distances(refs: Sequence[Hashable]) -> list[int | None]:
    """Return for each reference its 1-based depth in the LRU stack, None at first use.

    The depth is the one before the reference: 1 means the page just used.
    """
    latest: dict[Hashable, int] = {}
    is_latest = Fenwick(len(refs))  # 1 at the latest use of each page
    distances: list[int | None] = []
    for now, page in enumerate(refs):
        before = latest.get(page)
        if before is None:
            distances.append(None)
        else:
            distances.append(len(latest) - is_latest.before(before))
            is_latest.add(before, -1)
        is_latest.add(now, 1)
        latest[page] = now
    return distances


def miss_curve(refs: Sequence[Hashable], max_frames: int) -> list[int]:
    """Return the number of LRU misses with 0, 1, ..., ``max_frames`` frames.

    Raises ValueError for max_frames < 0.
    Choice: no frame at all means a miss for every reference.
    """
    if max_frames < 0:
        raise ValueError(f"max_frames must be at least 0, got {max_frames}")
    # LRU with f frames hits exactly the references of depth at most f.
    at_depth = Counter(stack_distances(refs))
    misses = [len(refs)]
    for frames in range(1, max_frames + 1):
        misses.append(misses[-1] - at_depth[frames])
    return misses


def belady_anomalies(
    name: str, refs: Sequence[Hashable], max_frames: int
) -> list[tuple[int, int, int]]:
    """Return (f, misses with f, misses with f + 1) wherever one more frame means more misses.

    f runs from 1 to ``max_frames`` - 1; ``name`` is any name of `simulate` but random.
    Raises ValueError for max_frames < 1, for random, and for an unknown name.
    """
    if max_frames < 1:
        raise ValueError(f"max_frames must be at least 1, got {max_frames}")
    if name == "random":
        raise ValueError("random has no fixed number of misses: name another policy")
    misses = [simulate(name, refs, frames)["misses"] for frames in range(1, max_frames + 1)]
    steps = enumerate(pairwise(misses), start=1)
    return [(frames, before, after) for frames, (before, after) in steps if after > before]


def working_set(refs: Sequence[Hashable], tau: int) -> list[int]:
    """Return for each position the size of the working set, in pages.

    That is the number of distinct pages among the last ``tau`` references, the current one
    included; at the start there are fewer references to look back on.
    Raises ValueError for tau < 1.
    """
    if tau < 1:
        raise ValueError(f"tau must be at least 1, got {tau}")
    uses: Counter[Hashable] = Counter()  # of each page in the window
    sizes = []
    for now, page in enumerate(refs):
        uses[page] += 1
        if now >= tau:
            leaving = refs[now - tau]
            uses[leaving] -= 1
            if not uses[leaving]:
                del uses[leaving]
        sizes.append(len(uses))
    return sizes
