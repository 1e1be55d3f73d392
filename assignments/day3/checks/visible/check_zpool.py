"""The visible check of zpool.py."""

from collections.abc import Callable

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, replays
from grader.trace import Thing, Trace

from .traces import pool_traces, recorded
from .zpool_rules import judge_pool


def _pool(t: TraceRecorder, capacity: int, page_size: int) -> Thing:
    writeback = t.given("Recorder", name="writeback")
    return t.new("ZPool", capacity=capacity, page_size=page_size, writeback=writeback)


def _first_example(t: TraceRecorder) -> None:
    pool = _pool(t, 20, 16)
    for key, page in (
        ("a", bytes(16)),
        ("b", b"x" * 8 + b"y" * 8),
        ("c", bytes(range(16))),
        ("d", b"aaaabbbbccccdddd"),
        ("e", b"aaabbbcccdddeeee"),
    ):
        pool.store(key, page)
        pool.get("used")
        pool.snapshot()
    pool.load("a")
    pool.load("d")
    pool.get("used")
    pool.ratio()
    pool.load("d")


def _round_trip(capacity: int, page: bytes) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        pool = _pool(t, capacity, len(page))
        pool.store("a", page)
        pool.snapshot()
        pool.ratio()
        pool.load("a")
        pool.snapshot()
        pool.ratio()

    return calls


def _wrong_length(t: TraceRecorder) -> None:
    pool = _pool(t, 20, 8)
    pool.store("a", b"aaaaaaaa")
    for page in (b"", b"aaaaaaa", b"aaaaaaaaa"):
        pool.store("a", page)
        pool.snapshot()
    pool.load("a")


def _refused_when_stored_again(t: TraceRecorder) -> None:
    pool = _pool(t, 20, 8)
    pool.store("a", b"aaaaaaaa")
    pool.store("a", b"abcdefgh")
    pool.snapshot()
    pool.load("a")


def _made(**options: int) -> Callable[[TraceRecorder], object]:
    def calls(t: TraceRecorder) -> None:
        t.new("ZPool", writeback=t.given("Recorder", name="writeback"), **options)

    return calls


def pool_boundaries() -> list[Trace]:
    """Return the boundary cases of a pool: one page at a time."""
    return recorded(
        *(_round_trip(capacity, b"aaaabbbb") for capacity in (0, 4, 5, 6)),
        *(_round_trip(capacity, bytes(8)) for capacity in (0, 1, 2)),
        *(_round_trip(capacity, b"aabbccdd") for capacity in (5, 6, 9)),
        *(
            _round_trip(20, b"a" * run + b"b" * (400 - run))
            for run in (1, 127, 128, 254, 255, 256, 257)
        ),
        _round_trip(100, b"\xff" * 400),
        _round_trip(100, b"a"),
        _round_trip(100, b"aaaabbbbccccdddd"),
        _round_trip(100, b"aaaabbbbccccddef"),
        _wrong_length,
        _refused_when_stored_again,
        _made(capacity=-1, page_size=8),
        _made(capacity=8, page_size=0),
        _made(capacity=0, page_size=1),
    )


@weight(4)
@number("D3.15")
@visibility("visible")
@replays(lambda: recorded(_first_example), part="worked examples")
@replays(pool_traces, examples=200, part="store and load")
@replays(pool_boundaries, part="boundaries")
def check_round_trip(run: Run) -> None:
    """ZPool gives back what was stored, once, and its codes fit the capacity."""
    judge_pool(run)
