"""The visible check of slab.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .traces import recorded, slab_traces


def _two_slabs(t: TraceRecorder) -> None:
    source = t.given("PageSource", nframes=4)
    slab = t.new("SlabCache", name="t", obj_size=1500, buddy=source)
    first, second, third = slab.alloc(), slab.alloc(), slab.alloc()
    slab.free(first)
    again = slab.alloc()
    for addr in (second, third, again):
        slab.free(addr)
    slab.snapshot()
    slab.shrink()
    slab.snapshot()


@weight(5)
@number("D1.12")
@visibility("visible")
@replays(lambda: recorded(_two_slabs), part="worked examples")
@replays(lambda: slab_traces(constructs=True), examples=250, part="with a constructor")
def check_slab_equals_the_bitmap_model(run: Run) -> None:
    """SlabCache uses its slabs like bitmaps, and constructs each object once."""
    assert run.transcript == run.expected
