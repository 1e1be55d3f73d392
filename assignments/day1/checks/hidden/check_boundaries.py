"""The hidden boundary cases: slab.py, heap.py."""

from collections.abc import Callable

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, replays
from grader.trace import Thing, Trace

from ..visible.heap_rules import judge_heap
from ..visible.traces import recorded

PAGE = 64


def _slab(t: TraceRecorder, nframes: int = 2, **options: int) -> Thing:
    source = t.given("PageSource", nframes=nframes)
    return t.new("SlabCache", **{"name": "t", "buddy": source, "page_size": PAGE, **options})


def _one_object_a_page(t: TraceRecorder) -> None:
    slab = _slab(t, obj_size=PAGE)
    slab.snapshot()
    for _ in range(3):
        slab.alloc()
    slab.snapshot()


def _one_byte_an_object(t: TraceRecorder) -> None:
    slab = _slab(t, obj_size=1)
    slab.alloc()
    slab.alloc()
    slab.snapshot()


def _two_pages_a_slab(t: TraceRecorder) -> None:
    slab = _slab(t, obj_size=PAGE + 1, order=1)
    slab.alloc()
    slab.snapshot()
    slab.alloc()


def _freed_object(t: TraceRecorder) -> None:
    slab = _slab(t, obj_size=16)
    addr = slab.alloc()
    slab.alloc()
    slab.free(addr)
    slab.free(addr)
    slab.snapshot()


def _wrong_address(offset: int) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        slab = _slab(t, obj_size=16)
        addr = slab.alloc()
        slab.free(addr + offset)
        slab.snapshot()

    return calls


def _made(**options: int) -> Callable[[TraceRecorder], object]:
    return lambda t: _slab(t, **options)


def slab_boundaries() -> list[Trace]:
    """Return the boundary cases of SlabCache."""
    return recorded(
        _one_object_a_page,
        _one_byte_an_object,
        _two_pages_a_slab,
        _freed_object,
        *map(_wrong_address, (1, 15, 16, -1, PAGE)),
        _made(obj_size=0),
        _made(obj_size=PAGE + 1),
        _made(obj_size=8, align=0),
        _made(obj_size=8, align=3),
        _made(obj_size=PAGE, align=2 * PAGE),
    )


def _heap_call(method: str, *arguments: int | None) -> Callable[[TraceRecorder], None]:
    """Make one call on a heap with one block, and look at everything afterwards."""

    def calls(t: TraceRecorder) -> None:
        mem = t.given("SimHeap", limit=4096)
        heap = t.new("Heap", mem=mem)
        p = heap.malloc(24)
        mem.store(p, bytes(range(24)))
        mem.get("brk")
        getattr(heap, method)(*(p + 8 if argument == 8 else argument for argument in arguments))
        heap.snapshot()
        mem.load(p, 24)
        mem.get("brk")
        heap.free_bytes()

    return calls


def _after_a_failed_realloc(t: TraceRecorder) -> None:
    mem = t.given("SimHeap", limit=4096)
    heap = t.new("Heap", mem=mem)
    p = heap.malloc(1000)
    mem.store(p, b"\7" * 1000)
    heap.malloc(1 << 20)
    mem.get("brk")
    heap.realloc(p, 1 << 20)
    mem.get("brk")
    heap.snapshot()
    mem.load(p, 1000)
    q = heap.realloc(p, 100)
    mem.load(q, 100)
    heap.snapshot()


def _freed_twice(t: TraceRecorder) -> None:
    heap = t.new("Heap", mem=t.given("SimHeap"))
    p = heap.malloc(1)
    heap.free(p)
    heap.free(p)
    heap.realloc(p, 8)
    heap.realloc(p, 0)
    heap.usable_size(p)
    heap.snapshot()


def heap_boundaries() -> list[Trace]:
    """Return the boundary cases of Heap."""
    return recorded(
        _after_a_failed_realloc,
        _freed_twice,
        *(_heap_call("malloc", n) for n in (0, -1, 4097)),
        *(_heap_call("free", p) for p in (None, 0, 8)),
        *(_heap_call("usable_size", p) for p in (None, 0, 8)),
        *(_heap_call("realloc", None, n) for n in (24, 0, -1)),
        *(_heap_call("realloc", 8, n) for n in (24, 0)),
        *(_heap_call("calloc", k, n) for k, n in ((0, 5), (5, 0), (-1, 0), (0, -1), (1, 1))),
        *(_heap_call("calloc", 1 << k, 1 << 40) for k in (22, 23, 24, 40)),
    )


@weight(4)
@number("D1.22")
@visibility("after_due_date")
@hint("Try objects as large as a page, wrong addresses, sizes of zero, None, and what cannot fit.")
@replays(slab_boundaries, module="slab", part="slab")
@replays(heap_boundaries, module="heap", part="heap")
def check_boundaries(run: Run) -> None:
    """Boundary cases of slab and heap."""
    if any(step[0] == "given" and step[2] == "SimHeap" for step in run.trace):
        judge_heap(run)
    else:
        assert run.transcript == run.expected
