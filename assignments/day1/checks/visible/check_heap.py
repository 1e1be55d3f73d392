"""The visible check of heap.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .heap_rules import PlacingShadow, is_fair, judge_heap
from .traces import heap_traces, recorded


def _first_steps(t: TraceRecorder) -> None:
    mem = t.given("SimHeap")
    heap = t.new("Heap", mem=mem)
    p = heap.malloc(24)
    q = heap.malloc(8)
    mem.store(p, bytes(range(1, 25)))
    mem.store(q, b"\x99" * 8)
    r = heap.realloc(p, 100)
    mem.load(r, 24)
    heap.snapshot()
    heap.free(r)
    heap.free(r)
    mem.load(q, 8)
    heap.snapshot()


@weight(5)
@number("D1.15")
@visibility("visible")
@replays(lambda: recorded(_first_steps), part="worked examples")
@replays(heap_traces, examples=250, part="malloc and free", is_fair=is_fair)
def check_heap_payloads(run: Run) -> None:
    """Payloads are aligned, apart from each other, and keep their contents."""
    judge_heap(run, PlacingShadow)
