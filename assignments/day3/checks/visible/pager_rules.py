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

from .reading import access_of, arguments, event_names, events_of, policies, without_dirty

_TAKEN_OVER = "taken_over"  # the name of a policy object beside which pages change hands


class Beside:
    """A policy object that got the same references as a pager, so far: both must choose alike.

    Pages count by their vpn, so no two live processes may touch the same one. An exit that
    takes pages away from the pager ends the likeness. In the traces that are written for it,
    policy and pager are alike again when another process has touched the same pages, by
    ascending frame, before it loads any other.
    """

    def __init__(self, *, may_be_taken_over: bool) -> None:
        self._may_be_taken_over = may_be_taken_over
        self._asked: list[Any] = []
        self._paged: list[Any] = []
        self._choice: list[Any] | None = None
        self._owners: dict[int, int] = {}
        self._awaited: list[int] = []  # what an exit took, by ascending frame
        self._has_lost_pages = self._is_lost = self._is_wrong = False

    def note(self, step: Step, yours: Outcome, expected: Outcome) -> None:
        """Note one access of the policy or of the pager, or an exit."""
        if step[1] != "pager":
            made = arguments(step)
            self._asked.append((made.get("page"), bool(made.get("write", False))))
            self._choice = access_of(yours)
            self._is_wrong |= differs(without_dirty(yours), without_dirty(expected))
        elif step[2] == "exit":
            self._note_exit(step[3][0], events_of(expected) or [])
        elif not {"SEGV", "SEGPROT"}.intersection(event_names(events_of(expected) or [])):
            pid, vpn, *write = step[3]
            self._paged.append((vpn, bool(write and write[0])))
            self._note_owner(pid, vpn, is_hit=events_of(expected) == [])

    def _note_exit(self, pid: int, events: list[list[Any]]) -> None:
        taken = sorted((event[3], event[2]) for event in events if event[0] == "UNMAP")
        self._is_lost |= bool(self._awaited) or bool(taken and not self._may_be_taken_over)
        self._awaited = [vpn for _, vpn in taken]
        self._has_lost_pages |= bool(taken)
        self._owners = {vpn: owner for vpn, owner in self._owners.items() if owner != pid}

    def _note_owner(self, pid: int, vpn: int, *, is_hit: bool) -> None:
        self._is_lost |= self._owners.setdefault(vpn, pid) != pid
        if self._awaited and vpn == self._awaited[0]:
            del self._awaited[0]
        elif self._awaited and not is_hit:
            self._is_lost = True

    def excuses(self, vpn: int) -> bool:
        """Return whether the policy gave up ``vpn``, too, or cannot be compared.

        Once an exit took pages, only a policy that is right here is: a wrong one might
        tell a load from a hit.
        """
        if self._asked != self._paged or self._is_lost:
            return True
        if self._has_lost_pages and self._is_wrong:
            return True
        return self._choice is not None and self._choice[2] == vpn


def judge_pager(run: Run) -> None:
    """Require the reference's events and snapshots, up to the first other victim."""
    beside = _beside(run)
    resident: set[tuple[int, int]] = set()
    for index, step, yours, expected in run.steps():
        is_access = step[0] == "call" and step[2] == "access"
        is_played = "skip" not in (yours.result, expected.result)
        if beside is not None and is_played and (is_access or step[2:3] == ["exit"]):
            beside.note(step, yours, expected)
        if step[0] == "fn" or step[1] != "pager":
            continue
        if differs(yours, expected):
            victim = _other_victim(yours, expected) if is_access else None
            if victim in resident and (beside is None or beside.excuses(victim[1])):
                return
            run.differ(index, "")
        _note_resident(resident, step, expected)


def _beside(run: Run) -> Beside | None:
    """Return what to compare a pager with: a policy object of the same kind and size, if any."""
    pagers = [step[3] for step in run.trace if step[:2] == ["new", "pager"]]
    kinds = [(made.get("policy", "clock"), made["nframes"]) for made in pagers]
    found = policies(run)
    if [(policy.name, policy.nframes) for policy in found.values()] != kinds or not kinds:
        return None
    return Beside(may_be_taken_over=_TAKEN_OVER in found)


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
