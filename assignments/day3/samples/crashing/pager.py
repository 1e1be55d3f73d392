"""Demand paging.  A segmentation fault ends the process, as it should."""

import errno
import os
import signal

from machine import err
from policies import make_policy

PRICE = {
    "maps": 300, "unmaps": 400, "ins": 3100, "outs": 2700, "fins": 2800, "fouts": 2400,
    "zeros": 140, "segv": 340, "segprot": 420, "hits": 0, "minor": 0, "major": 0, "cost": 1,
}


class Pager:
    def __init__(self, nframes, policy="clock"):
        if policy not in ("fifo", "lru", "clock", "esc", "aging"):
            raise ValueError(policy)
        self.policy = make_policy(policy, nframes)
        self.live = {}
        self.counts = {}
        self.slots = {}

    def add_process(self, pid, vmas):
        if pid in self.counts:
            raise err(errno.EEXIST)
        for i, (start, end, kind, _) in enumerate(vmas):
            if start < 0 or start >= end or kind not in ("anon", "file"):
                raise err(errno.EINVAL)
            if any(start < e and s < end for s, e, _, _ in vmas[:i]):
                raise err(errno.EINVAL)
        self.live[pid] = list(vmas)
        self.counts[pid] = dict.fromkeys(PRICE, 0)

    def area(self, pid, vpn):
        return next((vma for vma in self.live[pid] if vma[0] <= vpn < vma[1]), None)

    def count(self, pid, *keys):
        for key in keys:
            self.counts[pid][key] += 1

    def access(self, pid, vpn, write=False):
        if pid not in self.live:
            raise err(errno.ESRCH)
        self.count(pid, "cost")
        vma = self.area(pid, vpn)
        if vma is None or (write and not vma[3]):
            os.kill(os.getpid(), signal.SIGSEGV)
        hit, frame, victim, writeback = self.policy.access((pid, vpn), write)
        if hit:
            self.count(pid, "hits")
            return []
        events = self.evict(victim, frame, writeback) if victim else []
        if (pid, vpn) in self.slots:
            events.append(("IN", self.slots[pid, vpn]))
            self.count(pid, "ins", "major")
        elif vma[2] == "file":
            events.append(("FIN",))
            self.count(pid, "fins", "major")
        else:
            events.append(("ZERO",))
            self.count(pid, "zeros", "minor")
        self.count(pid, "maps")
        return [*events, ("MAP", frame)]

    def evict(self, victim, frame, dirty):
        pid, vpn = victim
        self.count(pid, "unmaps")
        events = [("UNMAP", pid, vpn, frame)]
        if dirty and self.area(pid, vpn)[2] == "file":
            self.count(pid, "fouts")
            events.append(("FOUT",))
        elif dirty:
            self.count(pid, "outs")
            taken = self.slots.values()
            lowest = min(set(range(len(taken) + 1)) - set(taken))
            events.append(("OUT", self.slots.setdefault(victim, lowest)))
        return events

    def exit(self, pid):
        if pid not in self.live:
            raise err(errno.ESRCH)
        events = []
        for page, frame in sorted(self.policy.loads.items()):
            if page[0] == pid:
                self.count(pid, "unmaps")
                events.append(("UNMAP", *page, frame))
                if self.policy.forget(page) and self.area(*page)[2] == "file":
                    self.count(pid, "fouts")
                    events.append(("FOUT",))
        for page in list(self.slots):
            if page[0] == pid:
                del self.slots[page]
        del self.live[pid]
        return events

    def stats(self, pid=None):
        if pid is None:
            pids = list(self.counts)
        elif pid in self.counts:
            pids = [pid]
        else:
            raise err(errno.ESRCH)
        total = {key: sum(self.counts[p][key] for p in pids) for key in PRICE}
        total["cost"] = sum(total[key] * price for key, price in PRICE.items())
        return total

    def snapshot(self):
        frames = self.policy.frames
        return {
            "frames": [list(frame.page) if frame.page else None for frame in frames],
            "dirty": [i for i, frame in enumerate(frames) if frame.dirty],
            "slots": sorted([slot, *page] for page, slot in self.slots.items()),
        }
