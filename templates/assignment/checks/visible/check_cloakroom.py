"""The visible check of cloakroom.py."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, replays

from .traces import a_short_evening, evenings


@weight(6)
@number("C.1")
@visibility("visible")
@replays(a_short_evening, part="the example of the handout")
@replays(lambda: evenings(most_hooks=3), examples=100, part="random evenings")
def check_coats_hang_on_the_lowest_free_hook(run: Run) -> None:
    """Coats hang on the lowest free hook and come back by its number."""
    assert run.transcript == run.expected
