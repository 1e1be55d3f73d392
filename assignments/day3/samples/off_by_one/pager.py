import errno

from machine import err
from policies import make_policy

KEYS = ["hits", "minor", "major", "segv", "segprot", "maps", "unmaps",
        "ins", "outs", "fins", "fouts", "zeros", "cost"]
COST = {"maps": 300, "unmaps": 400, "ins": 3100, "outs": 2700, "fins": 2800,
        "fouts": 2400, "zeros": 140, "segv": 340, "segprot": 420}


class Pager:
    def __init__(self, nframes, policy="clock"):
        if policy in ("mru", "lfu", "random"):
            raise ValueError(policy)
        self._policy = make_policy(policy, nframes)
        self._vmas = {}
        self._stats = {}
        self._slots = {}

    def add_process(self, pid, vmas):
        if pid in self._stats:
            raise err(errno.EEXIST)
        vmas = sorted(vmas)
        last = 0
        for start, end, kind, writable in vmas:
            if start < last or start >= end or kind not in ("anon", "file"):
                raise err(errno.EINVAL)
            last = end
        self._vmas[pid] = vmas
        self._stats[pid] = dict.fromkeys(KEYS, 0)

    def _vma(self, pid, vpn):
        for vma in self._vmas[pid]:
            if vma[0] <= vpn <= vma[1] - 1:
                return vma

    def _count(self, pid, key):
        self._stats[pid][key] += 1
        self._stats[pid]["cost"] += COST.get(key, 0)

    def access(self, pid, vpn, write=False):
        if pid not in self._vmas:
            raise err(errno.ESRCH)
        self._stats[pid]["cost"] += 1
        vma = self._vma(pid, vpn)
        if vma is None:
            self._count(pid, "segv")
            return [("SEGV",)]
        if write and not vma[3]:
            self._count(pid, "segprot")
            return [("SEGPROT",)]
        a = self._policy.access((pid, vpn), write)
        if a.hit:
            self._count(pid, "hits")
            return []
        events = []
        if a.victim:
            vpid, vvpn = a.victim
            events.append(("UNMAP", vpid, vvpn, a.frame))
            self._count(vpid, "unmaps")
            if a.writeback and self._vma(vpid, vvpn)[2] == "file":
                events.append(("FOUT",))
                self._count(vpid, "fouts")
            elif a.writeback:
                if a.victim not in self._slots:
                    slot = 0
                    while slot in self._slots.values():
                        slot += 1
                    self._slots[a.victim] = slot
                events.append(("OUT", self._slots[a.victim]))
                self._count(vpid, "outs")
        if (pid, vpn) in self._slots:
            events.append(("IN", self._slots[pid, vpn]))
            self._count(pid, "ins")
            self._count(pid, "major")
        elif vma[2] == "file":
            events.append(("FIN",))
            self._count(pid, "fins")
            self._count(pid, "major")
        else:
            events.append(("ZERO",))
            self._count(pid, "zeros")
            self._count(pid, "minor")
        events.append(("MAP", a.frame))
        self._count(pid, "maps")
        return events

    def exit(self, pid):
        if pid not in self._vmas:
            raise err(errno.ESRCH)
        events = []
        pages = [page for page in self._policy.resident() if page and page[0] == pid]
        for page in sorted(pages):
            events.append(("UNMAP", *page, self._policy.resident().index(page)))
            self._count(pid, "unmaps")
            if self._policy.drop(page) and self._vma(*page)[2] == "file":
                events.append(("FOUT",))
                self._count(pid, "fouts")
        self._slots = {page: slot for page, slot in self._slots.items() if page[0] != pid}
        del self._vmas[pid]
        return events

    def stats(self, pid=None):
        if pid is None:
            return {key: sum(s[key] for s in self._stats.values()) for key in KEYS}
        if pid not in self._stats:
            raise err(errno.ESRCH)
        return dict(self._stats[pid])

    def snapshot(self):
        state = self._policy.snapshot()
        return {
            "frames": [page and list(page) for page in state["resident"]],
            "dirty": [i for i, dirty in enumerate(state["dirty"]) if dirty],
            "slots": sorted([slot, *page] for page, slot in self._slots.items()),
        }
