"""The visible check of arena.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .traces import arena_traces, recorded


def _worked_examples(t: TraceRecorder) -> None:
    arena = t.new("BumpArena", size=64)
    arena.alloc(5)
    arena.alloc(3)
    mark = arena.mark()
    arena.alloc(10)
    arena.release(mark)
    arena.alloc(1)
    arena.alloc(100)
    arena.release(18)
    arena.reset()
    arena.get("used")
    arena.get("high_water")


@weight(4)
@number("D1.20")
@visibility("visible")
@replays(lambda: recorded(_worked_examples), part="worked examples")
@replays(arena_traces, examples=200, part="alloc, mark and release")
def check_arena_is_last_in_first_out(run: Run) -> None:
    """BumpArena frees exactly what was allocated after a mark."""
    assert run.transcript == run.expected
