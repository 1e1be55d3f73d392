"""The visible check of pager.py."""

from collections.abc import Callable

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays
from grader.trace import Trace

from .pager_rules import judge_pager
from .pictures import pages_over_time
from .traces import followed_traces, pager_traces, recorded

Area = tuple[int, int, str, bool]


def _first_example(t: TraceRecorder) -> None:
    pager = t.new("Pager", nframes=2, policy="fifo")
    pager.add_process(1, [(0, 4, "anon", True), (8, 10, "file", True)])
    pager.access(1, 0, True)
    for vpn in (8, 1, 0):
        pager.access(1, vpn)
    pager.access(1, 9, True)
    for vpn in (1, 5):
        pager.access(1, vpn)
    pager.snapshot()
    pager.exit(1)
    pager.snapshot()


def _second_example(t: TraceRecorder) -> None:
    pager = t.new("Pager", nframes=1)
    pager.add_process(7, [(0, 2, "anon", False)])
    pager.access(7, 0, True)
    pager.snapshot()
    pager.access(7, 0)
    pager.access(7, 1)
    pager.access(8, 0)


def _taken_over(policy: str, *touched: int) -> Callable[[TraceRecorder], None]:
    """Let process 2 touch pages; page 1 is another process's first, which exits, and then its own.

    To the policy object beside it, all are touched by one process, and 0 is no page but the exit.
    """

    def calls(t: TraceRecorder) -> None:
        beside = t.thing(t.fn("make_policy", policy, 3), "taken_over")
        pager = t.new("Pager", nframes=3, policy=policy)
        for pid in (1, 2):
            pager.add_process(pid, [(0, 9, "anon", True)])
        owner = 1
        for vpn in touched:
            if vpn == 0:
                pager.exit(1)
                owner = 2
                continue
            beside.access(vpn)
            pager.access(owner if vpn == 1 else 2, vpn)
        pager.snapshot()

    return calls


def exits_with_pages() -> list[Trace]:
    """Return pagers of which one process exits, so that another one can take over its page."""
    return recorded(
        _taken_over("clock", 5, 1, 6, 7, 1, 0, 1, 1, 6, 8, 5),
        _taken_over("lru", 5, 4, 1, 0, 1, 8, 5),
    )


def _added(*vmas: Area) -> Callable[[TraceRecorder], None]:
    def calls(t: TraceRecorder) -> None:
        pager = t.new("Pager", nframes=2, policy="lru")
        pager.add_process(1, list(vmas))
        pager.access(1, 3)
        pager.snapshot()

    return calls


def _edges_of_an_area(t: TraceRecorder) -> None:
    pager = t.new("Pager", nframes=2, policy="lru")
    pager.add_process(1, [(2, 4, "anon", True), (4, 5, "anon", False)])
    for vpn in (1, 2, 3, 4, 5):
        pager.access(1, vpn, True)
        pager.snapshot()


def _pids_are_used_once(t: TraceRecorder) -> None:
    pager = t.new("Pager", nframes=2, policy="lru")
    area = [(0, 1, "anon", True)]
    pager.add_process(1, area)
    pager.add_process(1, area)
    pager.exit(1)
    pager.add_process(1, area)
    pager.add_process(1, [(1, 0, "anon", True)])
    pager.exit(1)
    pager.exit(2)
    pager.snapshot()


def _made(**options: object) -> Callable[[TraceRecorder], object]:
    return lambda t: t.new("Pager", **options)


def pager_boundaries() -> list[Trace]:
    """Return the boundary cases of Pager."""
    return recorded(
        _added((0, 3, "anon", True), (3, 5, "file", True)),
        _added((3, 5, "file", True), (0, 3, "anon", True)),
        _added((0, 4, "anon", True), (3, 5, "file", True)),
        _added((0, 9, "anon", True), (3, 4, "file", True)),
        _added((3, 3, "anon", True)),
        _added((4, 3, "anon", True)),
        _added((-1, 4, "anon", True)),
        _added((0, 4, "swap", True)),
        _added(),
        _edges_of_an_area,
        _pids_are_used_once,
        _made(nframes=0),
        _made(nframes=-1, policy="fifo"),
        _made(nframes=2, policy="mru"),
        _made(nframes=2, policy="opt"),
    )


@weight(8)
@number("D3.11")
@visibility("visible")
@replays(lambda: recorded(_first_example, _second_example), part="worked examples")
@replays(pager_traces, examples=200, part="processes come and go")
@replays(
    followed_traces,
    examples=150,
    module=("pager", "policies"),
    part="the pager asks its policy",
)
@replays(
    exits_with_pages,
    module=("pager", "policies"),
    part="the policy stays as it was at an exit",
    is_fair=lambda run: any(run.trace == whole[: len(run.trace)] for whole in exits_with_pages()),
)
@replays(pager_boundaries, part="boundaries")
@picture(pages_over_time)
def check_pager_equals_the_model(run: Run) -> None:
    """Pager tells every unmap, write, read and map, in order, and its snapshot agrees."""
    judge_pager(run)
