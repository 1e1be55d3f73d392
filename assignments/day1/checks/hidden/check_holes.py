"""Hidden checks of holes.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays

from ..visible.hole_rules import judge_ledger
from ..visible.reading import judge_without_maps
from ..visible.traces import hole_traces, next_fit_traces
from .hole_rules import CompactingLedger
from .traces import compacting_traces


@weight(5)
@number("D1.2")
@visibility("after_due_date")
@hint("Follow the rule of each policy by hand, with and without merging, and look at the ties.")
@replays(lambda: hole_traces(policy="first"), examples=90, part="first fit")
@replays(lambda: hole_traces(policy="best"), examples=90, part="best fit")
@replays(lambda: hole_traces(policy="worst"), examples=90, part="worst fit")
@replays(next_fit_traces, examples=90, part="next fit")
@replays(lambda: hole_traces(coalesce=False), examples=90, part="without merging")
def check_holes_equal_the_model_again(run: Run) -> None:
    """HoleAllocator equals the model under all four policies, with and without merging."""
    judge_without_maps(run)


@weight(3)
@number("D1.4")
@visibility("after_due_date")
@hint("Which blocks are in the map of compact, and what do the statistics say of a full memory?")
@replays(compacting_traces, examples=200)
def check_compaction_and_statistics(run: Run) -> None:
    """HoleAllocator.compact leaves one hole and a complete map; stats measures what is there."""
    judge_ledger(run, CompactingLedger)
