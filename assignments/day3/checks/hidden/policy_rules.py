"""What is judged of policies where dirty pages matter, or the future.

Each judge follows what the submission itself did, so that what another check is about is not
blamed here: `judge_esc` believes the dirty bits that it is shown, `judge_dirty` the victims.

    page      any name of a page
    dirty     the set of pages written since they were loaded
"""

from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs, same

from ..visible.reading import access_of, arguments, is_int, policies, without_dirty

# --- enhanced second chance ---------------------------------------------------


class EscShadow:
    """Enhanced second chance by the rules of the course, on frames with given dirty bits."""

    def __init__(self, nframes: int) -> None:
        self.frames: list[Any] = [None] * nframes
        self.r = [0] * nframes
        self.dirty = [False] * nframes
        self._hand = 0

    def access(self, page: Any, *, write: bool) -> list[Any]:
        """Return [hit, frame, victim] of an access, and perform it."""
        hit = page in self.frames
        if hit or None in self.frames:
            frame, victim = self.frames.index(page if hit else None), None
        else:
            frame = self._sweep()
            victim = self.frames[frame]
            self._hand = (frame + 1) % len(self.frames)
        self.dirty[frame] = write or (hit and self.dirty[frame])
        self.frames[frame], self.r[frame] = page, 1
        return [hit, frame, victim]

    def _sweep(self) -> int:
        around = [(self._hand + far) % len(self.frames) for far in range(len(self.frames))]
        while True:
            for frame in around:
                if not self.r[frame] and not self.dirty[frame]:
                    return frame
            for frame in around:
                if not self.r[frame]:
                    return frame
                self.r[frame] = 0


def judge_esc(run: Run) -> None:
    """Require the victims of enhanced second chance, by the dirty bits that snapshots show."""
    shadows = {name: EscShadow(policy.nframes) for name, policy in policies(run).items()}
    for index, step, yours, expected in run.steps():
        shadow = shadows.get(step[1])
        is_access = step[0] == "call" and step[2] == "access"
        if shadow is None or yours.result != "ok" or expected.result != "ok":
            if differs(without_dirty(yours), without_dirty(expected)):
                run.differ(index, "")
        elif is_access:
            made = arguments(step)
            wanted = shadow.access(made["page"], write=bool(made.get("write", False)))
            done = access_of(yours)
            if done is None or not same(done[:3], wanted):
                is_ours = same(wanted, expected.value[:3])
                run.differ(index, "" if is_ours else f"hit, frame and victim to be {wanted}")
        else:
            _judge_esc_look(run, index, yours, shadow)


def _judge_esc_look(run: Run, index: int, yours: Outcome, shadow: EscShadow) -> None:
    shown = yours.value
    resident = shown.get("resident") if type(shown) is dict else shown
    if not same(resident, shadow.frames):
        run.differ(index, f"{shadow.frames} resident")
    dirty = shown.get("dirty") if type(shown) is dict else None
    if _is_flags(dirty, len(shadow.frames)):
        shadow.dirty = list(dirty)


def _is_flags(value: Any, length: int) -> bool:
    return type(value) is list and len(value) == length and {*map(type, value)} <= {bool}


# --- dirty bits ---------------------------------------------------------------


class DirtyShadow:
    """The resident pages of one policy object by its own answers, and which of them are dirty."""

    def __init__(self) -> None:
        self.dirty: dict[Any, bool] = {}
        self.last: Any = None

    def access(self, page: Any, done: list[Any], *, write: bool) -> bool | None:
        """Return what writeback has to be, None where that cannot be told."""
        hit, _, victim, _ = done
        writeback: bool | None = False
        if not hit and victim is not None:
            writeback = self.dirty.pop(victim, None)
        self.dirty[page] = write or (hit and self.dirty.get(page, False))
        self.last = page
        return writeback


def judge_dirty(run: Run) -> None:
    """Require the right dirty bits and writebacks, whichever pages leave."""
    shadows = {name: DirtyShadow() for name in policies(run)}
    for index, step, yours, expected in run.steps():
        shadow = shadows.get(step[1])
        if yours.result != "ok" or expected.result != "ok" or step[0] == "given":
            if differs(yours, expected):
                run.differ(index, "")
        elif step[0] == "fn" and step[1] == "simulate":
            _judge_writebacks(run, index, step)
        elif shadow is not None and step[0] == "call" and step[2] == "access":
            _judge_access(run, index, step, shadow)
        elif shadow is not None and step[0] == "snap":
            _judge_bits(run, index, shadow)


def _judge_access(run: Run, index: int, step: Step, shadow: DirtyShadow) -> None:
    done = access_of(run.transcript[index])
    if done is None or not (done[2] is None or is_int(done[2])):
        run.differ(index, "an Access: hit, frame, victim, writeback")
    made = arguments(step)
    wanted = shadow.access(made["page"], done, write=bool(made.get("write", False)))
    if wanted is not None and done[3] != wanted:
        run.differ(index, f"writeback to be {wanted}")


def _judge_bits(run: Run, index: int, shadow: DirtyShadow) -> None:
    shown, expected = run.transcript[index].value, run.expected[index].value
    resident = shown.get("resident") if type(shown) is dict else None
    if type(resident) is not list or len(resident) != len(expected["resident"]):
        run.differ(index, "a page or None for each frame in resident")
    if shadow.last is not None and not any(same(page, shadow.last) for page in resident):
        run.differ(index, f"page {shadow.last!r}, just accessed, to be resident")
    wanted = [is_int(page) and shadow.dirty.get(page, False) for page in resident]
    if not same(shown.get("dirty"), wanted):
        run.differ(index, f"dirty to be {wanted} with {resident} resident")


def _judge_writebacks(run: Run, index: int, step: Step) -> None:
    made = arguments(step)
    told, expected = run.transcript[index].value, run.expected[index].value
    marks = told.get("hitmiss") if type(told) is dict else None
    victims = told.get("victims") if type(told) is dict else None
    if type(marks) is not str or type(victims) is not list:
        run.differ(index, "a dict with hitmiss and victims")
    refs = made["refs"]
    if not len(marks) == len(victims) == len(refs):
        run.differ(index, f"{len(refs)} marks in hitmiss, and as many victims")
    shadow = DirtyShadow()
    wanted = 0
    writes = made.get("writes") or [False] * len(refs)
    for page, write, mark, victim in zip(refs, writes, marks, victims, strict=True):
        if victim is not None and not is_int(victim):
            run.differ(index, "a page or None as each victim")
        wanted += shadow.access(page, [mark == "H", 0, victim, False], write=bool(write)) or 0
    if made["nframes"] == 1 or len(set(refs)) <= made["nframes"]:
        wanted = expected["writebacks"]  # no policy has a choice here
    if not same(told.get("writebacks"), wanted):
        run.differ(index, f"writebacks to be {wanted}, one for each dirty victim")


# --- the optimal policy -------------------------------------------------------


def judge_opt(run: Run) -> None:
    """Require the optimal policy's answers; what other policies do is not judged here."""
    fewest: dict[tuple[Any, ...], tuple[int, str]] = {}
    for index, step, yours, expected in run.steps():
        made = arguments(step) if step[0] == "fn" else {}
        key = (made.get("nframes"), *made.get("refs", ()))
        if step[1] == "simulate" and made.get("name") != "opt":
            if expected.result == "ok":
                found = expected.value["misses"], made["name"]
                fewest[key] = min(found, fewest.get(key, found))
        elif differs(yours, expected):
            misses, name = fewest.get(key, (0, ""))
            told = yours.value.get("misses") if type(yours.value) is dict else None
            is_worse = bool(name) and is_int(told) and told > misses
            run.differ(index, f"at most {misses} misses, as {name} has" if is_worse else "")
