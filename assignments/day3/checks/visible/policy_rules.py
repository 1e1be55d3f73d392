"""What is judged of a replacement policy where dirty pages do not matter."""

from grader import Run
from grader.transcript import differs

from .reading import without_dirty


def judge_choices(run: Run) -> None:
    """Require the reference's hits, frames, victims and resident pages.

    Dirty bits and writebacks have a check of their own, and nobody loses points twice.
    """
    for index, _, yours, expected in run.steps():
        if differs(without_dirty(yours), without_dirty(expected)):
            run.differ(index, "")
