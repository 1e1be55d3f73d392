"""A demand pager on top of policies.py."""

from __future__ import annotations

import errno
from typing import Any

from machine import err
from policies import make_policy

KEYS = ["hits", "minor", "major", "segv", "segprot", "maps", "unmaps"]
KEYS += ["ins", "outs", "fins", "fouts", "zeros", "cost"]


class Process:
    def __init__(self, pid: int, vmas: list) -> None:
        self.pid = pid
        self.vmas = vmas
        self.alive = True
        self.stats = dict.fromkeys(KEYS, 0)
        self.slots: dict = {}  # vpn -> slot

    def vma(self, vpn: int) -> Any:
        for start, end, kind, writable in self.vmas:
            if start <= vpn < end:
                return kind, writable
        return None

    def count(self, key: str, cost: int) -> None:
        self.stats[key] += 1
        self.stats["cost"] += cost


class Pager:
    def __init__(self, nframes: int, policy: str = "clock") -> None:
        if policy not in ("fifo", "lru", "clock", "esc", "aging"):
            raise ValueError("no such policy for a pager: " + policy)
        self.policy = make_policy(policy, nframes)
        self.processes: dict = {}

    def add_process(self, pid: int, vmas: list) -> None:
        if pid in self.processes:
            raise err(errno.EEXIST)
        seen: list = []
        for start, end, kind, _ in vmas:
            if start < 0 or end <= start or kind not in ("anon", "file"):
                raise err(errno.EINVAL)
            for other_start, other_end in seen:
                if start < other_end and other_start < end:
                    raise err(errno.EINVAL)
            seen.append((start, end))
        self.processes[pid] = Process(pid, [tuple(vma) for vma in vmas])

    def access(self, pid: int, vpn: int, write: bool = False) -> list:
        process = self.living(pid)
        process.stats["cost"] += 1
        vma = process.vma(vpn)
        if vma is None:
            process.count("segv", 340)
            return [("SEGV",)]
        kind, writable = vma
        if write and not writable:
            process.count("segprot", 420)
            return [("SEGPROT",)]
        access = self.policy.access((pid, vpn), write)
        if access.hit:
            process.count("hits", 0)
            return []
        events: list = []
        if access.victim:
            events += self.evict(access.victim, access.frame, access.writeback)
        events += self.fill(process, vpn, kind)
        events.append(("MAP", access.frame))
        process.count("maps", 300)
        return events

    def evict(self, victim: tuple, frame: int, dirty: bool) -> list:
        pid, vpn = victim
        owner = self.processes[pid]
        events: list = [("UNMAP", pid, vpn, frame)]
        owner.count("unmaps", 400)
        if dirty and owner.vma(vpn)[0] == "file":
            events.append(("FOUT",))
            owner.count("fouts", 2400)
        elif dirty:
            if vpn not in owner.slots:
                owner.slots[vpn] = self.lowest_free_slot()
            events.append(("OUT", owner.slots[vpn]))
            owner.count("outs", 2700)
        return events

    def fill(self, process: Process, vpn: int, kind: str) -> list:
        if vpn in process.slots:
            process.count("major", 0)
            process.count("ins", 3100)
            return [("IN", process.slots[vpn])]
        if kind == "file":
            process.count("major", 0)
            process.count("fins", 2800)
            return [("FIN",)]
        process.count("minor", 0)
        process.count("zeros", 140)
        return [("ZERO",)]

    def lowest_free_slot(self) -> int:
        taken = {slot for process in self.processes.values() for slot in process.slots.values()}
        slot = 0
        while slot in taken:
            slot += 1
        return slot

    def exit(self, pid: int) -> list:
        process = self.living(pid)
        events: list = []
        mine = [frame for frame in self.policy.frames if frame.page and frame.page[0] == pid]
        for frame in sorted(mine, key=lambda frame: frame.page[1]):
            vpn = frame.page[1]
            events.append(("UNMAP", pid, vpn, frame.index))
            process.count("unmaps", 400)
            if self.policy.forget((pid, vpn)) and process.vma(vpn)[0] == "file":
                events.append(("FOUT",))
                process.count("fouts", 2400)
        process.slots = {}
        process.alive = False
        return events

    def living(self, pid: int) -> Process:
        if pid not in self.processes or not self.processes[pid].alive:
            raise err(errno.ESRCH)
        return self.processes[pid]

    def stats(self, pid: int | None = None) -> dict:
        if pid is None:
            everyone = self.processes.values()
            return {key: sum(process.stats[key] for process in everyone) for key in KEYS}
        if pid not in self.processes:
            raise err(errno.ESRCH)
        return dict(self.processes[pid].stats)

    def snapshot(self) -> dict:
        slots = [
            [slot, process.pid, vpn]
            for process in self.processes.values()
            for vpn, slot in process.slots.items()
        ]
        return {
            "frames": [list(frame.page) if frame.page else None for frame in self.policy.frames],
            "dirty": [frame.index for frame in self.policy.frames if frame.dirty],
            "slots": sorted(slots),
        }
