"""How judges, situations and pictures of day 3 read a run.

Owns the way from steps and outcomes to what happened in the frames; chooses no victim
itself, it only repeats what was chosen.

    Deed      one access and what was done: page, write, hit, frame, victim
    Moment    a deed with the frames after it; `r` and `hand` as the clock's rule has them
    Policy    what is known of an object that make_policy returned: its name and frames
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from grader import Run
from grader.trace import Step, bound_name
from grader.transcript import Outcome

_PARAMETERS = {
    "make_policy": ("name", "nframes", "rng", "bits"),
    "simulate": ("name", "refs", "nframes", "writes"),
    "opt": ("refs", "nframes"),
    "access": ("page", "write"),
    "stack_distances": ("refs",),
    "miss_curve": ("refs", "max_frames"),
    "belady_anomalies": ("name", "refs", "max_frames"),
    "working_set": ("refs", "tau"),
}


class Deed(NamedTuple):
    """One access of a page, and what was done about it."""

    page: Any
    write: bool
    hit: bool
    frame: int
    victim: Any


class Moment(NamedTuple):
    """The frames after one access, and how it came to that.

    ``cleared`` are the frames that lost their R while the clock's hand went around.
    """

    deed: Deed
    frames: tuple[Any, ...]
    dirty: frozenset[Any]
    r: tuple[int, ...]
    hand: int
    cleared: tuple[int, ...]


class Policy(NamedTuple):
    """The name and the number of frames with which a policy object was made."""

    name: Any
    nframes: int


def arguments(step: Step) -> dict[str, Any]:
    """Return the arguments of a call by name, however they were given."""
    function, given = (step[1], step[2]) if step[0] == "fn" else (step[2], step[3])
    if type(given) is dict:
        return given
    return dict(zip(_PARAMETERS.get(function, ()), given, strict=False))


def is_int(value: Any) -> bool:
    """Return whether ``value`` is an int and not a bool."""
    return type(value) is int


def policies(run: Run) -> dict[str, Policy]:
    """Return the policy objects that ``run`` makes, by the name under which it uses them."""
    found = {}
    for step, expected in zip(run.trace, run.expected, strict=True):
        name = bound_name(step)
        if name is not None and step[:2] == ["fn", "make_policy"] and expected.result == "ok":
            made = arguments(step)
            found[name] = Policy(made["name"], made["nframes"])
    return found


# --- what an outcome says -----------------------------------------------------


def access_of(outcome: Outcome) -> list[Any] | None:
    """Return [hit, frame, victim, writeback] as an access returned it, None where it is not one."""
    value = outcome.value
    if type(value) is not list or len(value) != 4:
        return None
    hit, frame, _, writeback = value
    return value if type(hit) is type(writeback) is bool and is_int(frame) else None


def without_dirty(outcome: Outcome) -> Outcome:
    """Return what a policy did, without what is said of dirty pages: a check of its own."""
    value = outcome.value
    if access_of(outcome) is not None:
        value = value[:3]
    elif type(value) is dict:
        value = {key: item for key, item in value.items() if key not in ("dirty", "writebacks")}
    return replace(outcome, fields=(value,)) if outcome.result == "ok" else outcome


def deeds(run: Run, name: str, end: int) -> Iterator[Deed]:
    """Yield what the accesses of one policy object did, before step ``end``, as expected."""
    for step, expected in zip(run.trace[:end], run.expected, strict=False):
        if step[:3] == ["call", name, "access"] and expected.result == "ok":
            made = arguments(step)
            hit, frame, victim, _ = expected.value
            yield Deed(made["page"], bool(made.get("write", False)), hit, frame, victim)


def deeds_of_string(step: Step, expected: Outcome) -> list[Deed]:
    """Return what the references of one simulate or opt did, as expected."""
    made = arguments(step)
    refs = made["refs"]
    writes = made.get("writes") or [False] * len(refs)
    frame_of: dict[Any, int] = {}
    found = []
    told = zip(refs, writes, expected.value["hitmiss"], expected.value["victims"], strict=True)
    for page, write, mark, victim in told:
        if mark == "M":
            frame_of[page] = len(frame_of) if victim is None else frame_of.pop(victim)
        found.append(Deed(page, bool(write), mark == "H", frame_of[page], victim))
    return found


def history(nframes: int, done: Iterable[Deed]) -> list[Moment]:
    """Return the frames after each of the accesses ``done``."""
    frames: list[Any] = [None] * nframes
    r = [0] * nframes
    dirty: set[Any] = set()
    hand = 0
    moments = []
    for deed in done:
        cleared: list[int] = []
        if deed.victim is not None:
            around = [(hand + far) % nframes for far in range(nframes)]
            passed = around if r[deed.frame] else around[: around.index(deed.frame)]
            cleared = [frame for frame in passed if r[frame]]
            for frame in cleared:
                r[frame] = 0
            hand = (deed.frame + 1) % nframes
        if not deed.hit:
            frames[deed.frame] = deed.page
            dirty -= {deed.victim, deed.page}
        if deed.write:
            dirty.add(deed.page)
        r[deed.frame] = 1
        moments.append(
            Moment(deed, tuple(frames), frozenset(dirty), tuple(r), hand, tuple(cleared))
        )
    return moments


def histories(run: Run) -> Iterator[tuple[Policy, list[Moment]]]:
    """Yield what happened, as expected, in every policy object and every simulated string."""
    for name, policy in policies(run).items():
        yield policy, history(policy.nframes, deeds(run, name, len(run.trace)))
    for step, expected in zip(run.trace, run.expected, strict=True):
        if step[0] == "fn" and step[1] in ("simulate", "opt") and expected.result == "ok":
            made = arguments(step)
            policy = Policy(made.get("name", "opt"), made["nframes"])
            yield policy, history(policy.nframes, deeds_of_string(step, expected))


# --- what a pager says --------------------------------------------------------

EVENT_FIELDS = {
    "SEGV": 0,
    "SEGPROT": 0,
    "UNMAP": 3,
    "OUT": 1,
    "FOUT": 0,
    "IN": 1,
    "FIN": 0,
    "ZERO": 0,
    "MAP": 1,
}


def events_of(outcome: Outcome) -> list[list[Any]] | None:
    """Return the events that a pager's access or exit returned, None where they are not events."""
    value = outcome.value
    if type(value) is not list:
        return None
    for event in value:
        if type(event) is not list or not event or type(event[0]) is not str:
            return None
        if EVENT_FIELDS.get(event[0]) != len(event) - 1 or not all(map(is_int, event[1:])):
            return None
    return value


def event_names(events: Sequence[Sequence[Any]]) -> list[str]:
    """Return the first word of each event."""
    return [event[0] for event in events]
