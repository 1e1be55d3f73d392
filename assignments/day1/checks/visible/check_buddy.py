"""The visible check of buddy.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .traces import buddy_traces, recorded


def _odd_frames(t: TraceRecorder) -> None:
    buddy = t.new("BuddyAllocator", nframes=13, max_order=3)
    buddy.free_blocks()
    twelve, eight = buddy.alloc(0), buddy.alloc(1)
    buddy.alloc(0)
    buddy.snapshot()
    buddy.free(twelve)
    buddy.free(eight)
    buddy.snapshot()
    for order in (3, 3, 4):
        buddy.alloc(order)


def _merging_twice(t: TraceRecorder) -> None:
    buddy = t.new("BuddyAllocator", nframes=16, max_order=4)
    zero, two = buddy.alloc(1), buddy.alloc(0)
    buddy.alloc(2)
    buddy.snapshot()
    buddy.free(zero)
    buddy.snapshot()
    buddy.free(two)
    buddy.snapshot()


@weight(5)
@number("D1.8")
@visibility("visible")
@replays(lambda: recorded(_odd_frames, _merging_twice), part="worked examples")
@replays(buddy_traces, examples=250, part="alloc and free")
def check_buddy_equals_the_canonical_decomposition(run: Run) -> None:
    """BuddyAllocator keeps the largest aligned free blocks, and takes the lowest one that fits."""
    assert run.transcript == run.expected
