"""What happens in a run of the reference: the situations that families of traces must reach."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from grader import Run
from grader.transcript import Outcome

from .reading import Deed, Moment, arguments, event_names, events_of, histories

Situation = Callable[[Run], bool]


def fails_with(result: str, name: str) -> Situation:
    """Return the situation that some step of the reference ends in this error."""
    return lambda run: any(
        outcome.result == result and outcome.fields == (name,) for outcome in run.expected
    )


def values(run: Run, method: str) -> list[Any]:
    """Return what the calls of a method or function returned."""
    steps = zip(run.trace, run.expected, strict=True)
    return [
        outcome.value for step, outcome in steps if method in step[1:3] and outcome.result == "ok"
    ]


refused = fails_with("err", "EINVAL")
value_error = fails_with("raise", "ValueError")


# --- frames -------------------------------------------------------------------


def _evictions(run: Run) -> Iterator[tuple[Moment, Moment]]:
    """Yield the moment before and the moment after each replacement."""
    for _, moments in histories(run):
        yield from ((one, two) for one, two in pairwise(moments) if two.deed.victim is not None)


def _deeds(run: Run) -> Iterator[list[Deed]]:
    for _, moments in histories(run):
        yield [moment.deed for moment in moments]


def some_victim(holds: Callable[[Moment, Moment], bool]) -> Situation:
    """Return the situation that some replacement is one for which that holds."""
    return lambda run: any(holds(one, two) for one, two in _evictions(run))


def hits(run: Run) -> bool:
    """Return whether some access is a hit."""
    return any(deed.hit for done in _deeds(run) for deed in done)


evicts = some_victim(lambda _one, _two: True)
writes_back = some_victim(lambda one, two: two.deed.victim in one.dirty)
drops_a_clean_page = some_victim(
    lambda one, two: two.deed.victim not in one.dirty and bool(one.dirty)
)
second_chance = some_victim(
    lambda _one, two: bool(two.cleared) and two.deed.frame not in two.cleared
)
full_revolution = some_victim(lambda _one, two: len(two.cleared) == len(two.frames))
hand_wraps = some_victim(lambda one, two: two.deed.frame < one.hand)


def _is_not_the_oldest(done: list[Deed]) -> bool:
    """Return whether some victim is not the page that was loaded first."""
    loaded: list[Any] = []
    for deed in done:
        if deed.victim is not None:
            if loaded[0] != deed.victim:
                return True
            loaded.remove(deed.victim)
        if not deed.hit:
            loaded.append(deed.page)
    return False


def another_victim_than_fifo(run: Run) -> bool:
    """Return whether the policy differs from FIFO here."""
    return any(map(_is_not_the_oldest, _deeds(run)))


def _old_page_is_used(done: list[Deed]) -> bool:
    used: set[Any] = set()
    for deed in done:
        if deed.victim in used and deed.victim is not None:
            return True
        used.discard(deed.page) if not deed.hit else used.add(deed.page)
    return False


def a_used_page_leaves(run: Run) -> bool:
    """Return whether some page is hit and later leaves all the same."""
    return any(map(_old_page_is_used, _deeds(run)))


def _comes_back(done: list[Deed]) -> bool:
    gone: set[Any] = set()
    for deed in done:
        if not deed.hit and deed.page in gone:
            return True
        gone.add(deed.victim)
    return False


def a_page_comes_back(run: Run) -> bool:
    """Return whether some page is loaded a second time."""
    return any(map(_comes_back, _deeds(run)))


def is_cleaned_by_nothing(run: Run) -> bool:
    """Return whether a dirty page is read before it leaves."""
    for _, moments in histories(run):
        read: set[Any] = set()
        for one, two in pairwise(moments):
            if two.deed.victim in read and two.deed.victim in one.dirty:
                return True
            if two.deed.hit and not two.deed.write and two.deed.page in one.dirty:
                read.add(two.deed.page)
    return False


# --- reference strings --------------------------------------------------------


def _strings(run: Run) -> Iterator[dict[str, Any]]:
    steps = (step for step in run.trace if step[0] == "fn")
    yield from (made for made in map(arguments, steps) if "refs" in made)


def has_long_string(run: Run) -> bool:
    """Return whether some string has at least thirty references."""
    return any(len(made["refs"]) >= 30 for made in _strings(run))


def window_is_left(run: Run) -> bool:
    """Return whether some working set is smaller than the one before it."""
    return any(one > two for sizes in values(run, "working_set") for one, two in pairwise(sizes))


def is_deep(run: Run) -> bool:
    """Return whether some page lies four deep or deeper."""
    return any(
        depth is not None and depth >= 4
        for depths in values(run, "stack_distances")
        for depth in depths
    )


# --- pager --------------------------------------------------------------------


def event(name: str) -> Situation:
    """Return the situation that the reference's pager tells of this event."""
    return lambda run: any(name in event_names(events_of(outcome) or ()) for outcome in _paged(run))


def _paged(run: Run) -> Iterator[Outcome]:
    for step, outcome in zip(run.trace, run.expected, strict=True):
        if step[0] == "call" and step[1] == "pager" and outcome.result == "ok":
            yield outcome


def drops_without_writing(run: Run) -> bool:
    """Return whether some victim leaves without being written anywhere."""
    return any(
        event_names(events)[:1] == ["UNMAP"] and not {"OUT", "FOUT"} & set(event_names(events))
        for outcome in _paged(run)
        if (events := events_of(outcome))
    )


def exits_with_pages(run: Run) -> bool:
    """Return whether some process has pages in frames when it exits."""
    steps = zip(run.trace, run.expected, strict=True)
    return any(step[2:3] == ["exit"] and outcome.value for step, outcome in steps)


def evicts_after_an_exit_without_pages(run: Run) -> bool:
    """Return whether a process exits of which no page is left, and a page must leave later."""
    has_exited = False
    for step, outcome in zip(run.trace, run.expected, strict=True):
        if step[2:3] == ["exit"]:
            has_exited = has_exited or outcome.value == []
        elif has_exited and "UNMAP" in event_names(events_of(outcome) or ()):
            return True
    return False


def a_slot_is_used_again(run: Run) -> bool:
    """Return whether two different pages own one slot, one after the other."""
    owners: dict[int, set[tuple[int, int]]] = {}
    for step, outcome in zip(run.trace, run.expected, strict=True):
        if step[:2] == ["snap", "pager"] and outcome.result == "ok":
            for slot, pid, vpn in outcome.value["slots"]:
                owners.setdefault(slot, set()).add((pid, vpn))
    return any(len(pages) > 1 for pages in owners.values())


# --- readahead ----------------------------------------------------------------


def prefetches(run: Run) -> bool:
    """Return whether something is prefetched."""
    return any(values(run, "on_access"))


def reaches_the_maximum(run: Run) -> bool:
    """Return whether two batches of the same size follow each other."""
    batches = [len(batch) for batch in values(run, "on_access") if batch]
    return any(one == two > 1 for one, two in pairwise(batches))


def touches_a_page_twice(run: Run) -> bool:
    """Return whether some page is accessed twice in a row after something was prefetched."""
    pages = [step[3][0] for step in run.trace if step[0] == "call"]
    batches = values(run, "on_access")
    return any(
        one == two and any(batches[: place + 1]) for place, (one, two) in enumerate(pairwise(pages))
    )


# --- compressed pages ---------------------------------------------------------


def stores_with(answer: bool) -> Situation:  # noqa: FBT001 - what store returned
    """Return the situation that some store returns ``answer``."""
    return lambda run: answer in values(run, "store")


def written_back(count: int) -> Situation:
    """Return the situation that one store writes back at least so many pages."""
    return lambda run: any(len(outcome.calls) >= count for outcome in run.expected)


def stores_again(run: Run) -> bool:
    """Return whether some key is stored while it is in the pool."""
    entries: set[Any] = set()
    for step, outcome in zip(run.trace, run.expected, strict=True):
        if step[2:3] == ["store"] and step[3][0] in entries:
            return True
        if step[0] == "snap" and outcome.result == "ok":
            entries = {key for key, _ in outcome.value["entries"]}
    return False


def loads_a_page(run: Run) -> bool:
    """Return whether some page is loaded from the pool."""
    return bool(values(run, "load"))


not_there = fails_with("err", "ENOENT")
