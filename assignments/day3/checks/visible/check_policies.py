"""Visible checks of policies.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, picture, replays
from grader.trace import Trace

from .pictures import frames_over_time
from .policy_rules import judge_choices
from .traces import (
    called,
    first_example,
    loops,
    policy_boundaries,
    policy_traces,
    recorded,
    second_example,
    string_traces,
)


def _one_page_forever(t: TraceRecorder) -> None:
    policy = t.thing(t.fn("make_policy", "lru", 1), "policy")
    for page in (4, 4, 4, 5, 4):
        policy.access(page)
        policy.resident()


def _not_made() -> list[Trace]:
    return [
        called("make_policy", "lru", 0),
        called("make_policy", "fifo", -1),
        called("make_policy", "mru", 0),
        called("make_policy", "plain", 3),
        called("make_policy", "random", 3),
        called("simulate", "plain", [1, 2], 3),
        called("simulate", "random", [1, 2], 3),
    ]


@weight(7)
@number("D3.1")
@visibility("visible")
@replays(lambda: policy_traces("fifo"), examples=120, part="fifo")
@replays(lambda: policy_traces("lru"), examples=120, part="lru")
@replays(lambda: policy_traces("mru"), examples=120, part="mru")
@replays(lambda: policy_traces("random"), examples=120, part="random")
@replays(
    lambda: [
        *map(first_example, ("fifo", "lru", "mru", "random")),
        *map(second_example, ("fifo", "lru")),
    ],
    part="worked examples",
)
@replays(lambda: string_traces("fifo"), examples=60, part="fifo, whole strings")
@replays(lambda: string_traces("lru"), examples=60, part="lru, whole strings")
@replays(lambda: string_traces("mru"), examples=60, part="mru, whole strings")
@replays(lambda: string_traces("random"), examples=60, part="random, whole strings")
@replays(lambda: loops("fifo", "lru", "mru"), part="loops one page too long")
@replays(
    lambda: [
        *recorded(_one_page_forever),
        *policy_boundaries("fifo", "lru", "mru"),
        *_not_made(),
    ],
    part="boundaries",
)
@picture(frames_over_time)
def check_simple_policies(run: Run) -> None:
    """Policies fifo, lru, mru and random give up the right page, and give its frame away."""
    judge_choices(run)


@weight(6)
@number("D3.2")
@visibility("visible")
@replays(lambda: policy_traces("clock"), examples=200, part="step by step")
@replays(lambda: [first_example("clock"), second_example("clock")], part="worked examples")
@replays(lambda: string_traces("clock"), examples=100, part="whole strings")
@replays(lambda: loops("clock"), part="loops one page too long")
@replays(
    lambda: [*policy_boundaries("clock"), called("make_policy", "clock", 0)], part="boundaries"
)
@picture(frames_over_time)
def check_clock(run: Run) -> None:
    """Policy clock clears reference bits of 1 on its way, gives up the first 0, and passes it."""
    judge_choices(run)
