"""Visible checks of holes.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .hole_rules import judge_ledger
from .reading import judge_failing_calls, judge_without_maps
from .traces import (
    POLICIES,
    failing_arena_traces,
    failing_hole_traces,
    free_all_traces,
    hole_traces,
    merging_traces,
    next_fit_traces,
    recorded,
)


def _header_and_align(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=100, base=1000, align=8, header=4)
    hole.alloc(10)
    second = hole.alloc(8)
    hole.alloc(1)
    hole.free(second)
    hole.alloc(9)
    hole.alloc(8)
    hole.snapshot()


def _next_fit(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=100, policy="next")
    blocks = [hole.alloc(20) for _ in range(3)]
    hole.free(blocks[0])
    hole.free(blocks[2])
    hole.snapshot()
    for n in (10, 70, 45):
        hole.alloc(n)
        hole.snapshot()
    hole.alloc(15)
    hole.snapshot()


def _four_holes(t: TraceRecorder, policy: str) -> None:
    hole = t.new("HoleAllocator", size=100, policy=policy)
    blocks = [hole.alloc(n) for n in (20, 5, 10, 5, 30, 5)]
    for block in blocks[::2]:
        hole.free(block)
    hole.holes()
    hole.alloc(8)
    hole.snapshot()


def _no_hole_is_large_enough(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=200)
    blocks = [hole.alloc(20) for _ in range(10)]
    for block in blocks[::2]:
        hole.free(block)
    hole.snapshot()
    hole.alloc(40)


@weight(5)
@number("D1.1")
@visibility("visible")
@replays(
    lambda: recorded(
        _header_and_align,
        _next_fit,
        *(lambda t, policy=policy: _four_holes(t, policy) for policy in POLICIES),
    ),
    part="worked examples",
)
@replays(lambda: hole_traces(policy="first"), examples=90, part="first fit")
@replays(lambda: hole_traces(policy="best"), examples=90, part="best fit")
@replays(lambda: hole_traces(policy="worst"), examples=90, part="worst fit")
@replays(next_fit_traces, examples=90, part="next fit")
def check_holes_equal_the_model(run: Run) -> None:
    """HoleAllocator chooses, splits and merges holes like a plain list of intervals."""
    judge_without_maps(run)


@weight(5)
@number("D1.3")
@visibility("visible")
@replays(lambda: recorded(_no_hole_is_large_enough), part="100 bytes free, no hole for 40")
@replays(merging_traces, examples=150, part="alloc and free")
@replays(free_all_traces, examples=80, part="free all")
def check_holes_tile_the_memory(run: Run) -> None:
    """HoleAllocator tiles its memory, merges neighbouring holes, and fails only if no hole fits."""
    judge_ledger(run)


@weight(2)
@number("D1.5")
@visibility("visible")
@replays(failing_hole_traces, examples=150, part="holes")
@replays(failing_arena_traces, examples=80, module="arena", part="arena")
def check_failing_calls_change_nothing(run: Run) -> None:
    """HoleAllocator and BumpArena refuse wrong calls with the right error, and change nothing."""
    judge_failing_calls(run)
