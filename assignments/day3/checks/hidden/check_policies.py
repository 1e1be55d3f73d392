"""Hidden checks of policies.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, TraceRecorder, hint, picture, replays
from grader.trace import Trace

from ..visible.pictures import dirty_frames_over_time, frames_over_time
from ..visible.policy_rules import judge_choices
from ..visible.traces import (
    TEXTBOOK,
    access,
    called,
    first_example,
    loops,
    policy_boundaries,
    policy_traces,
    recorded,
    second_example,
    string_traces,
)
from .policy_rules import judge_dirty, judge_esc, judge_opt
from .traces import dirty_string_traces, dirty_traces, opt_traces, rival_traces


def _esc_in_detail(t: TraceRecorder) -> None:
    policy = t.thing(t.fn("make_policy", "esc", 3), "policy")
    for page, write in ((1, True), (2, False), (3, False), (4, False), (5, False), (6, True)):
        access(policy, page, write)
        policy.snapshot()


def _textbook_step_by_step(t: TraceRecorder) -> None:
    policy = t.thing(t.fn("make_policy", "esc", 3), "policy")
    for page in TEXTBOOK:
        policy.access(page)
        policy.snapshot()


def _two_writes_step_by_step(t: TraceRecorder) -> None:
    policy = t.thing(t.fn("make_policy", "esc", 3), "policy")
    for place, page in enumerate((0, 1, 2, 0, 3, 0, 4, 1)):
        access(policy, page, place in (1, 5))
        policy.snapshot()


@weight(4)
@number("D3.3")
@visibility("after_due_date")
@hint("Which pass changes reference bits, and where does the hand stand after each replacement?")
@replays(
    lambda: recorded(_esc_in_detail, _textbook_step_by_step, _two_writes_step_by_step),
    part="worked examples",
)
@replays(
    lambda: policy_traces("esc", looks=1.0, share_of_writes=0.4), examples=200, part="step by step"
)
@replays(lambda: policy_boundaries("esc"), part="boundaries")
@picture(frames_over_time)
def check_enhanced_second_chance(run: Run) -> None:
    """Policy esc prefers a clean page without reference bit, then a dirty one, in two passes."""
    judge_esc(run)


def _aging_boundaries() -> list[Trace]:
    return [
        *policy_boundaries("aging"),
        called("make_policy", name="aging", nframes=2, bits=0),
        called("make_policy", name="aging", nframes=2, bits=-1),
        called("make_policy", name="lru", nframes=2, bits=0),
        called("make_policy", name="aging", nframes=0, bits=8),
        called("simulate", name="aging", refs=TEXTBOOK, nframes=3, bits=1),
        called("simulate", name="aging", refs=TEXTBOOK, nframes=3, bits=0),
    ]


@weight(4)
@number("D3.4")
@visibility("after_due_date")
@hint("Every age is shifted at each replacement, and at no other time.")
@replays(lambda: [first_example("aging"), second_example("aging")], part="worked examples")
@replays(lambda: policy_traces("aging"), examples=200, part="step by step")
@replays(lambda: string_traces("aging"), examples=100, part="whole strings")
@replays(_aging_boundaries, part="boundaries")
@picture(frames_over_time)
def check_aging(run: Run) -> None:
    """Policy aging shifts all ages at each replacement, and the page of the least age leaves."""
    judge_choices(run)


@weight(3)
@number("D3.5")
@visibility("after_due_date")
@hint("When does a count begin, when does it end, and who leaves where two are equal?")
@replays(lambda: [first_example("lfu"), second_example("lfu")], part="worked examples")
@replays(lambda: policy_traces("lfu"), examples=200, part="step by step")
@replays(lambda: string_traces("lfu"), examples=100, part="whole strings")
@replays(lambda: policy_boundaries("lfu"), part="boundaries")
@picture(frames_over_time)
def check_lfu(run: Run) -> None:
    """Policy lfu gives up the page with the fewest references since its load."""
    judge_choices(run)


def _opt_boundaries() -> list[Trace]:
    return [
        *policy_boundaries("opt"),
        called("opt", [], 2),
        called("opt", [7, 7, 7], 1),
        called("opt", [1, 2, 3], 0),
        called("opt", [1, 2, 3], 5),
        called("make_policy", "opt", 3),
    ]


@weight(6)
@number("D3.6")
@visibility("after_due_date")
@hint("The next use is one after the current reference; who leaves if several have none?")
@replays(lambda: [first_example("opt"), called("opt", TEXTBOOK, 3)], part="worked examples")
@replays(opt_traces, examples=200, part="whole strings")
@replays(rival_traces, examples=100, part="never worse than another")
@replays(lambda: loops("opt"), part="loops one page too long")
@replays(_opt_boundaries, part="boundaries")
@picture(frames_over_time)
def check_opt(run: Run) -> None:
    """Policy opt gives up the page whose next use is farthest, and no policy misses less."""
    judge_opt(run)


@weight(4)
@number("D3.7")
@visibility("after_due_date")
@hint("What makes a page dirty, what makes it clean again, and when is it written back?")
@replays(dirty_traces, examples=200, part="step by step")
@replays(dirty_string_traces, examples=100, part="whole strings")
@picture(dirty_frames_over_time)
def check_dirty_bits(run: Run) -> None:
    """Pages are dirty from their first write until they leave, and then they are written back."""
    judge_dirty(run)
