"""The visible boundary cases: holes.py, buddy.py, arena.py."""

from collections.abc import Callable

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays
from grader.trace import Thing, Trace

from .traces import recorded

SIZE = 100


def _request(
    class_name: str, n: int, at_first: int, look: Callable[[Thing], object]
) -> Callable[[TraceRecorder], None]:
    """Ask an allocator for ``n`` bytes after ``at_first``, and look at it."""

    def calls(t: TraceRecorder) -> None:
        thing = t.new(class_name, size=SIZE)
        if at_first:
            thing.alloc(at_first)
        thing.alloc(n)
        look(thing)

    return calls


def _requests(class_name: str, look: Callable[[Thing], object]) -> list[Trace]:
    return recorded(
        *(
            _request(class_name, n, at_first, look)
            for at_first in (0, 1)
            for n in (0, -1, 1, SIZE - 1, SIZE, SIZE + 1)
        )
    )


def _refused_arguments(class_name: str, *arguments: dict[str, object]) -> list[Trace]:
    return recorded(*(lambda t, made=made: t.new(class_name, **made) for made in arguments))


# --- holes --------------------------------------------------------------------


def _exact_fit_with_header(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=12, header=4)
    hole.alloc(8)
    hole.holes()
    hole.alloc(1)


def _exact_fit_between_blocks(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=40, header=4)
    low = hole.alloc(8)
    hole.alloc(8)
    hole.free(low)
    hole.alloc(8)
    hole.holes()


def _freed_twice(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=SIZE)
    addr = hole.alloc(10)
    hole.free(addr)
    hole.free(addr)
    hole.size_of(addr)


def _freed_at_its_header(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=SIZE, base=20, header=4)
    addr = hole.alloc(10)
    hole.free(20)
    hole.size_of(20)
    hole.free(addr)


def _freed_inside(t: TraceRecorder) -> None:
    hole = t.new("HoleAllocator", size=SIZE)
    addr = hole.alloc(10)
    hole.free(addr + 5)
    hole.size_of(addr + 9)
    hole.size_of(addr)


def _text_for_a_number(method: str) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        hole = t.new("HoleAllocator", size=SIZE)
        hole.alloc(8)
        getattr(hole, method)("8")

    return calls


def hole_boundaries() -> list[Trace]:
    """Return the boundary cases of HoleAllocator."""
    return [
        *_requests("HoleAllocator", lambda hole: hole.holes()),
        *recorded(
            _exact_fit_with_header,
            _exact_fit_between_blocks,
            _freed_twice,
            _freed_at_its_header,
            _freed_inside,
            *map(_text_for_a_number, ("alloc", "free", "size_of")),
        ),
        *_refused_arguments(
            "HoleAllocator",
            {"size": 0},
            {"size": SIZE, "base": -1},
            {"size": SIZE, "align": 0},
            {"size": SIZE, "header": -1},
            {"size": SIZE, "policy": "any"},
        ),
    ]


# --- buddy --------------------------------------------------------------------


def _buddy(method: str, number: int, nframes: int = 8) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        buddy = t.new("BuddyAllocator", nframes=nframes, max_order=3)
        getattr(buddy, method)(number)
        buddy.snapshot()

    return calls


def _one_frame(t: TraceRecorder) -> None:
    buddy = t.new("BuddyAllocator", nframes=1)
    buddy.snapshot()
    pfn = buddy.alloc(0)
    buddy.alloc(0)
    buddy.free(pfn)
    buddy.free(pfn)
    buddy.snapshot()


def _one_order(t: TraceRecorder) -> None:
    buddy = t.new("BuddyAllocator", nframes=4, max_order=0)
    buddy.alloc(0)
    buddy.alloc(1)
    buddy.snapshot()


def _freed_inside_a_block(t: TraceRecorder) -> None:
    buddy = t.new("BuddyAllocator", nframes=8, max_order=3)
    pfn = buddy.alloc(3)
    buddy.free(pfn + 1)
    buddy.free(pfn + 4)
    buddy.free(pfn)
    buddy.snapshot()


def buddy_boundaries() -> list[Trace]:
    """Return the boundary cases of BuddyAllocator."""
    return [
        *recorded(
            *(_buddy("alloc", order) for order in (-1, 3, 4)),
            *(_buddy("alloc_pages", n) for n in (-1, 0, 8, 9)),
            *(_buddy("free", pfn) for pfn in (-1, 0, 8)),
            _one_frame,
            _one_order,
            _freed_inside_a_block,
        ),
        *_refused_arguments("BuddyAllocator", {"nframes": 0}, {"nframes": 8, "max_order": -1}),
    ]


# --- arena --------------------------------------------------------------------


def _release(offset: int) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        arena = t.new("BumpArena", size=SIZE)
        arena.alloc(10)
        arena.release(arena.mark() + offset)
        arena.snapshot()

    return calls


def arena_boundaries() -> list[Trace]:
    """Return the boundary cases of BumpArena."""
    return [
        *_requests("BumpArena", lambda arena: arena.snapshot()),
        *recorded(*map(_release, (-11, -10, 0, 1))),
        *_refused_arguments(
            "BumpArena", {"size": 0}, {"size": 8, "align": 0}, {"size": 8, "align": 3}
        ),
    ]


@weight(4)
@number("D1.21")
@visibility("visible")
@replays(hole_boundaries, module="holes", part="holes")
@replays(buddy_boundaries, module="buddy", part="buddy")
@replays(arena_boundaries, module="arena", part="arena")
def check_boundaries(run: Run) -> None:
    """Boundary cases of holes, buddy and arena."""
    assert run.transcript == run.expected
