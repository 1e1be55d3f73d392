"""The pager is a machine that produces events, and the bookkeeping only reads the events."""

import errno
from bisect import bisect_right
from collections import Counter

from machine import err
from policies import make_policy
from swap import Swap

#  event: (names of its counters, price)
TARIFF = {
    "HIT": (["hits"], 0),
    "SEGV": (["segv"], 340),
    "SEGPROT": (["segprot"], 420),
    "MAP": (["maps"], 300),
    "UNMAP": (["unmaps"], 400),
    "IN": (["ins", "major"], 3100),
    "OUT": (["outs"], 2700),
    "FIN": (["fins", "major"], 2800),
    "FOUT": (["fouts"], 2400),
    "ZERO": (["zeros", "minor"], 140),
}


class Process:
    def __init__(self, vmas):
        self.vmas = sorted(vmas, key=lambda vma: vma[:2])
        for start, end, kind, _ in self.vmas:
            if start < 0 or end <= start or kind not in {"anon", "file"}:
                raise err(errno.EINVAL)
        for left, right in zip(self.vmas, self.vmas[1:]):
            if right[0] < left[1]:
                raise err(errno.EINVAL)
        self.starts = [vma[0] for vma in self.vmas]
        self.alive = True
        self.bill = Counter()

    def vma(self, vpn):
        i = bisect_right(self.starts, vpn) - 1
        return self.vmas[i] if i >= 0 and vpn < self.vmas[i][1] else None

    def is_file(self, vpn):
        return self.vma(vpn)[2] == "file"


class Pager:
    def __init__(self, nframes, policy="clock"):
        if policy not in {"fifo", "lru", "clock", "esc", "aging"}:
            raise ValueError(policy)
        self.ram = make_policy(policy, nframes)
        self.swap = Swap()
        self.processes = {}

    def add_process(self, pid, vmas):
        if pid in self.processes:
            raise err(errno.EEXIST)
        self.processes[pid] = Process(vmas)

    def living(self, pid):
        process = self.processes.get(pid)
        if process is None or not process.alive:
            raise err(errno.ESRCH)
        return process

    def access(self, pid, vpn, write=False):
        bill = self.living(pid).bill
        bill["cost"] += 1
        log = []
        for owner, event in self.steps(pid, vpn, write):
            self.charge(owner, event)
            if event != ("HIT",):
                log.append(event)
        return log

    def exit(self, pid):
        self.living(pid)
        log = []
        for owner, event in self.last_steps(pid):
            self.charge(owner, event)
            log.append(event)
        return log

    def steps(self, pid, vpn, write):
        """Do what the access needs, and yield (who pays, event)."""
        process, page = self.processes[pid], (pid, vpn)
        vma = process.vma(vpn)
        if vma is None:
            yield pid, ("SEGV",)
            return
        if write and not vma[3]:
            yield pid, ("SEGPROT",)
            return
        access = self.ram.access(page, write)
        if access.hit:
            yield pid, ("HIT",)
            return
        if access.victim is not None:
            payer, old = access.victim
            yield payer, ("UNMAP", payer, old, access.frame)
            if access.writeback and self.processes[payer].is_file(old):
                yield payer, ("FOUT",)
            elif access.writeback:
                yield payer, ("OUT", self.swap.take(access.victim))
        if page in self.swap.home:
            yield pid, ("IN", self.swap.home[page])
        elif process.is_file(vpn):
            yield pid, ("FIN",)
        else:
            yield pid, ("ZERO",)
        yield pid, ("MAP", access.frame)

    def last_steps(self, pid):
        process = self.processes[pid]
        mine = [(page, frame) for page, frame in self.ram.frame_of.items() if page[0] == pid]
        for page, frame in sorted(mine):
            yield pid, ("UNMAP", *page, frame)
            if self.ram.release(page) and process.is_file(page[1]):
                yield pid, ("FOUT",)
        self.swap.free_all(pid)
        process.alive = False

    def charge(self, pid, event):
        counters, price = TARIFF[event[0]]
        bill = self.processes[pid].bill
        bill["cost"] += price
        for counter in counters:
            bill[counter] += 1

    def stats(self, pid=None):
        if pid is None:
            bills = [process.bill for process in self.processes.values()]
        elif pid in self.processes:
            bills = [self.processes[pid].bill]
        else:
            raise err(errno.ESRCH)
        keys = [key for counters, _ in TARIFF.values() for key in counters]
        return {key: sum(bill[key] for bill in bills) for key in [*keys, "cost"]}

    def snapshot(self):
        return {
            "frames": [list(page) if page else None for page in self.ram.page],
            "dirty": [frame for frame in range(self.ram.n) if self.ram.dirty[frame]],
            "slots": self.swap.table(),
        }
