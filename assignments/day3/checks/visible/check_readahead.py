"""The visible check of readahead.py."""

from collections.abc import Callable, Sequence

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays

from .traces import jump_traces, readahead_traces, recorded, scan_traces


def _accesses(pages: Sequence[int], **options: int) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        readahead = t.new("Readahead", **options)
        readahead.snapshot()
        for page in pages:
            readahead.on_access(page)
        readahead.snapshot()

    return calls


def _made(**options: int) -> Callable[[TraceRecorder], object]:
    return lambda t: t.new("Readahead", **options)


@weight(5)
@number("D3.14")
@visibility("visible")
@replays(
    lambda: recorded(
        _accesses([0, 1, 2, 3, 4, 5, 6, 6, 100, 101]),
        _accesses([0, 1, 2, 3, 4, 5, 6], init=1, maximum=2),
    ),
    part="worked examples",
)
@replays(readahead_traces, examples=200, part="mostly in a row")
@replays(scan_traces, examples=60, part="a sequential scan")
@replays(jump_traces, examples=40, part="random access")
@replays(
    lambda: recorded(
        _accesses([0, 1, 2, 3, 4], init=1, maximum=1),
        _accesses([5, 4, 3], init=1, maximum=1),
        _accesses(range(9), init=3, maximum=4),
        _made(init=0),
        _made(init=-1, maximum=4),
        _made(init=5, maximum=4),
    ),
    part="boundaries",
)
def check_readahead(run: Run) -> None:
    """Readahead asks for growing batches ahead of a sequential reader, and for nothing else."""
    assert run.transcript == run.expected
