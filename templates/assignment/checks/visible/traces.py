"""What the checks try: one evening written by hand, and a family of random ones.

Legend::

    t        the recorder of one trace; every draw comes from ``t.rng``
    hooks    results of ``hang`` that may still be fetched
"""

from grader import Run, TraceRecorder, traces
from grader.trace import Ref, Trace

COLOURS = ("red", "green", "blue")


def a_short_evening() -> list[Trace]:
    """Return the worked example of the handout as a list of one trace."""
    t = TraceRecorder()
    room = t.new("Cloakroom", hooks=2)
    red = room.hang("red")
    room.hang("blue")
    room.hang("green")
    room.fetch(red)
    room.hang("green")
    room.snapshot()
    return [t.steps]


# --- situations: what must happen in some of the traces -----------------------


def _is_full(run: Run) -> bool:
    return any(outcome.fields == ("OverflowError",) for outcome in run.expected)


def _asks_for_no_coat(run: Run) -> bool:
    return any(outcome.fields == ("KeyError",) for outcome in run.expected)


def _uses_a_hook_again(run: Run) -> bool:
    steps = zip(run.trace, run.expected, strict=True)
    hooks = [outcome.value for step, outcome in steps if step[2:3] == ["hang"]]
    given = [hook for hook in hooks if hook is not None]
    return len(set(given)) < len(given)


# --- the family ---------------------------------------------------------------


@traces(a_full_room=_is_full, no_coat_there=_asks_for_no_coat, a_hook_used_again=_uses_a_hook_again)
def evenings(t: TraceRecorder, most_hooks: int) -> None:
    """Hang and fetch coats in a room that is small, so that it is full quite often."""
    room = t.new("Cloakroom", hooks=t.rng.randint(1, most_hooks))
    hooks: list[Ref] = []
    while t.more():
        chance = t.rng.random()
        if chance < 0.5 or not hooks:
            hooks.append(room.hang(t.rng.choice(COLOURS)))
        elif chance < 0.9:
            room.fetch(hooks.pop(t.rng.randrange(len(hooks))))
        else:
            room.fetch(most_hooks)  # this hook is not there
        room.snapshot()
    room.get("taken")
