"""Reference strings: what can be said about them before any policy is chosen.

Pure functions from a reference string to numbers; nothing here keeps state.

    refs              the reference string, one page for each reference: [1, 2, 3, 1]
    depth             1 for the page referenced last, 2 for the one before it, ...
    stack distance    the depth of a page just before it is referenced; None at first use
    tau               the length of the working-set window, in references
"""

from collections.abc import Hashable, Sequence


def stack_distances(refs: Sequence[Hashable]) -> list[int | None]:
    """Return for each reference its 1-based depth in the LRU stack, None at first use.

    The depth is the one before the reference: 1 means the page just used.
    """
    raise NotImplementedError


def miss_curve(refs: Sequence[Hashable], max_frames: int) -> list[int]:
    """Return the number of LRU misses with 0, 1, ..., ``max_frames`` frames.

    Raises ValueError for max_frames < 0.
    Choice: no frame at all means a miss for every reference.
    """
    raise NotImplementedError


def belady_anomalies(
    name: str, refs: Sequence[Hashable], max_frames: int
) -> list[tuple[int, int, int]]:
    """Return (f, misses with f, misses with f + 1) wherever one more frame means more misses.

    f runs from 1 to ``max_frames`` - 1; ``name`` is any name of `simulate` but random.
    Raises ValueError for max_frames < 1, for random, and for an unknown name.
    """
    raise NotImplementedError


def working_set(refs: Sequence[Hashable], tau: int) -> list[int]:
    """Return for each position the size of the working set, in pages.

    That is the number of distinct pages among the last ``tau`` references, the current one
    included; at the start there are fewer references to look back on.
    Raises ValueError for tau < 1.
    """
    raise NotImplementedError
