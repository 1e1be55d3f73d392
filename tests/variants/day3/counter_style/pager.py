"""A demand pager that keeps its own table of frames and does its own replacement."""

import errno

from machine import err

COST = {
    "maps": 300,
    "unmaps": 400,
    "ins": 3100,
    "outs": 2700,
    "fins": 2800,
    "fouts": 2400,
    "zeros": 140,
    "segv": 340,
    "segprot": 420,
}
COUNTERS = ["hits", "minor", "major", *COST]


class Pager:
    def __init__(self, nframes, policy="clock"):
        if nframes < 1:
            raise ValueError("no frames")
        if policy not in ("fifo", "lru", "clock", "esc", "aging"):
            raise ValueError("unknown policy")
        self.n = nframes
        self.policy = policy
        self.now = 0
        self.hand = 0
        self.table = [None] * nframes  # (pid, vpn)
        self.bits = [None] * nframes  # a dict of R, dirty, age, loaded, used
        self.vmas = {}
        self.dead = set()
        self.slots = {}
        self.counters = {}
        self.calls = {}

    def add_process(self, pid, vmas):
        if pid in self.vmas:
            raise err(errno.EEXIST)
        covered = set()
        for start, end, kind, _writable in vmas:
            if start < 0 or start >= end or kind not in ("anon", "file"):
                raise err(errno.EINVAL)
            pages = set(range(start, end))
            if covered & pages:
                raise err(errno.EINVAL)
            covered |= pages
        self.vmas[pid] = vmas
        self.counters[pid] = dict.fromkeys(COUNTERS, 0)
        self.calls[pid] = 0

    def alive(self, pid):
        if pid not in self.vmas or pid in self.dead:
            raise err(errno.ESRCH)

    def lookup(self, pid, vpn):
        for vma in self.vmas[pid]:
            if vpn in range(vma[0], vma[1]):
                return vma
        return None

    def access(self, pid, vpn, write=False):
        self.alive(pid)
        self.calls[pid] += 1
        self.now += 1
        mine = self.counters[pid]
        vma = self.lookup(pid, vpn)
        if vma is None:
            mine["segv"] += 1
            return [("SEGV",)]
        if write and not vma[3]:
            mine["segprot"] += 1
            return [("SEGPROT",)]
        if (pid, vpn) in self.table:
            bits = self.bits[self.table.index((pid, vpn))]
            bits.update(r=1, used=self.now, dirty=bits["dirty"] or bool(write))
            mine["hits"] += 1
            return []
        events = []
        if None in self.table:
            frame = self.table.index(None)
        else:
            frame = getattr(self, "pick_" + self.policy)()
            events += self.unmap(frame)
        events.append(self.bring(pid, vpn, vma[2]))
        self.table[frame] = (pid, vpn)
        self.bits[frame] = {
            "r": 1,
            "dirty": bool(write),
            "age": 0,
            "loaded": self.now,
            "used": self.now,
        }
        mine["maps"] += 1
        return [*events, ("MAP", frame)]

    def unmap(self, frame, dying=False):
        pid, vpn = self.table[frame]
        theirs = self.counters[pid]
        theirs["unmaps"] += 1
        events = [("UNMAP", pid, vpn, frame)]
        if self.bits[frame]["dirty"]:
            if self.lookup(pid, vpn)[2] == "file":
                theirs["fouts"] += 1
                events.append(("FOUT",))
            elif not dying:
                theirs["outs"] += 1
                if (pid, vpn) not in self.slots:
                    self.slots[pid, vpn] = self.free_slot()
                events.append(("OUT", self.slots[pid, vpn]))
        self.table[frame] = None
        self.bits[frame] = None
        return events

    def bring(self, pid, vpn, kind):
        mine = self.counters[pid]
        if (pid, vpn) in self.slots:
            mine["major"] += 1
            mine["ins"] += 1
            return ("IN", self.slots[pid, vpn])
        if kind == "file":
            mine["major"] += 1
            mine["fins"] += 1
            return ("FIN",)
        mine["minor"] += 1
        mine["zeros"] += 1
        return ("ZERO",)

    def free_slot(self):
        slot = 0
        for taken in sorted(self.slots.values()):
            if taken != slot:
                break
            slot += 1
        return slot

    def pick_fifo(self):
        return min(range(self.n), key=lambda frame: self.bits[frame]["loaded"])

    def pick_lru(self):
        return min(range(self.n), key=lambda frame: self.bits[frame]["used"])

    def pick_clock(self):
        while self.bits[self.hand]["r"]:
            self.bits[self.hand]["r"] = 0
            self.hand = (self.hand + 1) % self.n
        frame = self.hand
        self.hand = (self.hand + 1) % self.n
        return frame

    def pick_esc(self):
        order = [(self.hand + i) % self.n for i in range(self.n)]
        for _ in range(2):
            for dirty in (False, True):
                for frame in order:
                    bits = self.bits[frame]
                    if not bits["r"] and bits["dirty"] == dirty:
                        self.hand = (frame + 1) % self.n
                        return frame
                    if dirty:
                        bits["r"] = 0
        raise RuntimeError("never here")

    def pick_aging(self):
        for bits in self.bits:
            bits["age"] = bits["age"] // 2 + bits["r"] * 2**31
            bits["r"] = 0
        ages = [bits["age"] for bits in self.bits]
        return ages.index(min(ages))

    def exit(self, pid):
        self.alive(pid)
        events = []
        for vpn, frame in sorted(
            (page[1], frame) for frame, page in enumerate(self.table) if page and page[0] == pid
        ):
            assert self.table[frame] == (pid, vpn)
            events += self.unmap(frame, dying=True)
        self.slots = {page: slot for page, slot in self.slots.items() if page[0] != pid}
        self.dead.add(pid)
        return events

    def stats(self, pid=None):
        if pid is not None and pid not in self.vmas:
            raise err(errno.ESRCH)
        pids = list(self.vmas) if pid is None else [pid]
        answer = {key: sum(self.counters[p][key] for p in pids) for key in COUNTERS}
        answer["cost"] = sum(self.calls[p] for p in pids)
        for key, price in COST.items():
            answer["cost"] += price * answer[key]
        return answer

    def snapshot(self):
        return {
            "frames": [None if page is None else list(page) for page in self.table],
            "dirty": [f for f in range(self.n) if self.bits[f] and self.bits[f]["dirty"]],
            "slots": sorted([slot, pid, vpn] for (pid, vpn), slot in self.slots.items()),
        }
