"""What is judged of a pager: its events and its state, but not the choice of a victim.

A pager uses the student's own policies. Where one of them chooses another victim than it
should, that is the business of the checks of policies: judging a trace ends there. But a
pager must choose what its own policy would choose, and a trace may drive both side by side:

    policy = make_policy("lru", 2)         the student's
    policy.access(7)                       -> victim 5
    pager.access(1, 7)                     -> must begin with UNMAP 1 5
"""

from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs

from .reading import access_of, arguments, events_of


class Beside:
    """A policy object that got the same references as a pager with one process, so far."""

    def __init__(self) -> None:
        self._asked: list[Any] = []
        self._paged: list[Any] = []
        self._choice: list[Any] | None = None

    def note(self, step: Step, yours: Outcome) -> None:
        """Note one access of the policy or of the pager."""
        if step[1] == "policy":
            made = arguments(step)
            self._asked.append((made.get("page"), bool(made.get("write", False))))
            self._choice = access_of(yours)
        else:
            _, vpn, *write = step[3]
            self._paged.append((vpn, bool(write and write[0])))

    def chooses(self, vpn: int) -> bool:
        """Return whether the policy gave up ``vpn`` for what the pager was asked for last."""
        return self._asked == self._paged and self._choice is not None and self._choice[2] == vpn


def judge_pager(run: Run) -> None:
    """Require the reference's events and snapshots, up to the first other victim."""
    is_beside = any(step[:2] == ["fn", "make_policy"] for step in run.trace)
    beside = Beside()
    resident: set[tuple[int, int]] = set()
    for index, step, yours, expected in run.steps():
        is_access = step[0] == "call" and step[2] == "access"
        if is_access and "skip" not in (yours.result, expected.result):
            beside.note(step, yours)
        if step[0] == "fn" or step[1] == "policy":
            continue
        if differs(yours, expected):
            victim = _other_victim(yours, expected) if is_access else None
            if victim in resident and (not is_beside or beside.chooses(victim[1])):
                return
            run.differ(index, "")
        _note_resident(resident, step, expected)


def _other_victim(yours: Outcome, expected: Outcome) -> tuple[int, int] | None:
    """Return the page that had to leave in ``yours``, if another one had to in ``expected``."""
    events, wanted = events_of(yours), events_of(expected)
    if not events or not wanted or events[0][0] != "UNMAP" or wanted[0][0] != "UNMAP":
        return None
    victim = events[0][1], events[0][2]
    return victim if victim != (wanted[0][1], wanted[0][2]) else None


def _note_resident(resident: set[tuple[int, int]], step: Step, expected: Outcome) -> None:
    for event in events_of(expected) or ():
        if event[0] == "UNMAP":
            resident.discard((event[1], event[2]))
        elif event[0] == "MAP":
            resident.add((step[3][0], step[3][1]))
