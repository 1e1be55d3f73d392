"""The hidden check of cloakroom.py: larger rooms, and a relation instead of equality."""

from gradescope_utils.autograder_utils.decorators import number, visibility, weight

from grader import Run, hint, replays
from grader.transcript import Outcome, differs

from ..visible.traces import evenings


def _coats(snapshot: Outcome) -> list[str]:
    """Return the coats of a snapshot in order, whatever a submission made of it."""
    found = snapshot.value if isinstance(snapshot.value, dict) else {}
    return sorted(map(repr, found.values()))


@weight(4)
@number("C.2")
@visibility("after_due_date")
@hint("What becomes of a hook when its coat is fetched?")
@replays(lambda: evenings(most_hooks=6), examples=100)
def check_no_coat_is_lost(run: Run) -> None:
    """No coat is lost, whichever hook it hangs on."""
    hooks = 0
    for index, step, yours, expected in run.steps():
        if step[0] == "new":
            hooks = step[3]["hooks"]
        if step[2:3] == ["hang"] and yours.result == expected.result == "ok":
            if type(yours.value) is not int or yours.value not in range(hooks):
                run.differ(index, f"a number from 0 to {hooks - 1}")
        elif step[0] == "snap" and yours.result == "ok":
            if _coats(yours) != _coats(expected):
                run.differ(index, "the same coats, on any hooks")
        elif differs(yours, expected):
            run.differ(index, "the answer of a right cloakroom")
