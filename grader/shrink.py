"""Make a failing trace small: drop steps and elements of lists, then make its numbers small.

Any sub-list of a trace is a valid trace, so a candidate needs no repair. Candidates
are tried in batches, because one fresh worker plays fifty as fast as one.
"""

import copy
import string
from collections.abc import Callable, Iterator, Sequence
from itertools import count, product
from typing import Any

from grader.trace import REFERENCE, Step, Trace, bound_name, names_used

FULL_BATCH = 24
Attempt = Callable[[Sequence[Trace]], Trace | None]
"""Takes candidates; returns the first that still fails, cut at its failure, or None."""


def shrink(trace: Trace, attempt: Attempt, go_on: Callable[[], bool]) -> tuple[Trace, bool]:
    """Return a small trace that still fails, and whether nothing smaller was left to try.

    ``go_on`` is asked before every batch; when it says no, the best so far is returned.
    """
    whole = True
    for smaller in PASSES:
        trace, done = _descend(trace, smaller, attempt, go_on)
        whole = whole and done
    return tidy(trace), whole


def _descend(
    trace: Trace,
    smaller: Callable[[Trace], Iterator[list[Trace]]],
    attempt: Attempt,
    go_on: Callable[[], bool],
) -> tuple[Trace, bool]:
    """Take the first smaller trace that fails, again and again."""
    found: Trace | None = trace
    while found is not None:
        trace, found = found, None
        for batch in _gathered(smaller(trace)):
            if not go_on():
                return trace, False
            found = attempt(batch)
            if found is not None:
                break
    return trace, True


def _gathered(batches: Iterator[list[Trace]]) -> Iterator[list[Trace]]:
    """Yield the same candidates in fewer batches: a worker costs more than a small trace."""
    gathered: list[Trace] = []
    for batch in batches:
        gathered += batch
        if len(gathered) >= FULL_BATCH:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _without_steps(trace: Trace) -> Iterator[list[Trace]]:
    """Yield traces with a run of steps left out, longest runs first."""
    length = len(trace) // 2
    while length:
        yield [
            _closed(trace[:start] + trace[start + length :])
            for start in range(len(trace) - length, -1, -max(1, length // 2))
        ]
        length //= 2


def _without_elements(trace: Trace) -> Iterator[list[Trace]]:
    """Yield traces with a run of elements left out of list arguments, longest runs first.

    Only a list that is itself an argument, with elements of one kind, is a sequence; a list
    inside another one, or a mixed one, is a record. Sequences of one length belong together
    (references and their writes, the same string twice) and lose the same elements, unless
    only one of them can.
    """
    rows: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
    for index, step in enumerate(trace):
        for path, row in _sequences(step):
            rows.setdefault(len(row), []).append((index, path))
    for size, places in sorted(rows.items(), reverse=True):
        groups = [places] if len(places) == 1 else [places, *([place] for place in places)]
        length = max(1, size // 2)
        while length:
            yield [
                _cut(trace, group, slice(start, start + length))
                for group in groups
                for start in range(size - length, -1, -max(1, length // 2))
            ]
            length //= 2


def _sequences(step: Step) -> Iterator[tuple[tuple[Any, ...], list[Any]]]:
    """Yield the list arguments of ``step`` that may lose elements, with their paths."""
    for place, part in enumerate(step):
        if place > 1 and type(part) in (list, dict):
            for key, row in enumerate(part) if type(part) is list else part.items():
                if type(row) is list and row and len({type(item) for item in row}) == 1:
                    yield (place, key), row


def _cut(trace: Trace, places: Sequence[tuple[int, tuple[Any, ...]]], gone: slice) -> Trace:
    for index, path in places:
        row = trace[index]
        for key in path:
            row = row[key]
        trace = _changed(trace, index, path, [*row[: gone.start], *row[gone.stop :]])
    return trace


def _closed(trace: Trace) -> Trace:
    """Return ``trace`` without the steps that need a step that is no longer there."""
    bound: set[str] = set()
    kept: Trace = []
    for step in trace:
        if names_used(step) <= bound:
            kept.append(step)
            name = bound_name(step)
            if name is not None:
                bound.add(name)
    return kept


def _without_arguments(trace: Trace) -> Iterator[list[Trace]]:
    """Yield traces with one word or flag left to its default.

    That is any among keyword arguments, and a flag at the end of positional ones.
    """
    yield [
        _changed(trace, index, (place, key), None)
        for index, step in enumerate(trace)
        for place, part in enumerate(step)
        if place > 1 and type(part) in (list, dict)
        for key, item in _optional(part)
        if type(item) in (str, bool) and not REFERENCE.match(str(item))
    ]


def _optional(arguments: Any) -> list[tuple[Any, Any]]:
    if type(arguments) is dict:
        return list(arguments.items())
    last = len(arguments) - 1
    return [(last, arguments[last])] if last > 0 and type(arguments[last]) is bool else []


def _smaller_numbers(trace: Trace) -> Iterator[list[Trace]]:
    """Yield traces with one number nearer to zero, boldest first."""
    numbers = [
        (index, path, number)
        for index, step in enumerate(trace)
        for path, number in _numbers(step[2:], ())
    ]
    for share, less in ((0, 0), (0, -1), (0.5, 0), (0.75, 0), (1, 1)):
        batch = [
            _changed(trace, index, (path[0] + 2, *path[1:]), smaller)
            for index, path, number in numbers
            if 0 <= (smaller := int(number * share) - less) < number
        ]
        if batch:
            yield batch


def _numbers(part: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], int]]:
    if type(part) is int:
        yield path, part
    elif type(part) is list:
        for place, item in enumerate(part):
            yield from _numbers(item, (*path, place))
    elif type(part) is dict:
        for key, item in part.items():
            yield from _numbers(item, (*path, key))


def _changed(trace: Trace, index: int, path: tuple[Any, ...], value: Any) -> Trace:
    """Return ``trace`` with the part at ``path`` of one step replaced, or removed for None."""
    step = copy.deepcopy(trace[index])
    part: Any = step
    for key in path[:-1]:
        part = part[key]
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return [*trace[:index], step, *trace[index + 1 :]]


PASSES = (
    _without_steps,
    _without_elements,
    _without_arguments,
    _smaller_numbers,
    _without_steps,
    _without_elements,
)


# --- tidying ------------------------------------------------------------------


def tidy(trace: Trace) -> Trace:
    """Return ``trace`` without unused result names, the others renamed a, b, c ...

    A name of three letters or more was chosen by an author, and stays.
    """
    used = set().union(*(names_used(step) for step in trace)) if trace else set()
    things = {name for step in trace if (name := _chosen_name(step))}
    fresh = ("".join(w) for size in count(1) for w in product(string.ascii_lowercase, repeat=size))
    fresh = (name for name in fresh if name not in things)
    renamed: dict[str, str] = {name: name for name in things}
    return [_renamed(step, used, renamed, fresh) for step in trace]


def _chosen_name(step: Step) -> str | None:
    name = bound_name(step)
    if step[0] in ("given", "new") or (name is not None and len(name) > 2):
        return name
    return None


def _renamed(step: Step, used: set[str], renamed: dict[str, str], fresh: Iterator[str]) -> Step:
    name = bound_name(step)
    if step[0] in ("given", "new"):
        return [*step[:3], _with_names(step[3], renamed)]
    body = step if name is None else step[:-1]
    receiver = [renamed.get(body[1], body[1])] if body[0] in ("call", "get", "snap") else [body[1]]
    body = [body[0], *receiver, *(_with_names(part, renamed) for part in body[2:])]
    if name is None or name not in used:
        return body
    if name not in renamed:
        renamed[name] = next(fresh)
    return [*body, f"-> {renamed[name]}"]


def _with_names(part: Any, renamed: dict[str, str]) -> Any:
    if type(part) is list:
        return [_with_names(item, renamed) for item in part]
    if type(part) is dict:
        return {key: _with_names(item, renamed) for key, item in part.items()}
    match = REFERENCE.match(part) if type(part) is str else None
    if match is None:
        return part
    return f"${renamed.get(match[1], match[1])}{match[2]}{match[3] or ''}"
