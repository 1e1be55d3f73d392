"""Replacement policies: one dict per frame, and a function per policy."""

from collections import namedtuple

Access = namedtuple("Access", "hit frame victim writeback")


class Policy:
    def __init__(self, name, nframes, rng, bits):
        self._choose = getattr(self, "_choose_" + name)
        self._frames = [None] * nframes
        self._where = {}
        self._rng = rng
        self._bits = bits
        self._hand = 0
        self._now = 0

    def access(self, page, write=False):
        self._now += 1
        if page in self._where:
            f = self._frames[self._where[page]]
            f["r"] = 1
            f["used"] = self._now
            f["count"] += 1
            f["dirty"] = f["dirty"] or write
            return Access(True, self._where[page], None, False)
        victim, writeback = None, False
        if None in self._frames:
            frame = self._frames.index(None)
        else:
            frame = self._choose()
            victim, writeback = self._frames[frame]["page"], self._frames[frame]["dirty"]
            del self._where[victim]
        self._where[page] = frame
        self._frames[frame] = {
            "page": page, "dirty": write, "r": 1, "age": 0, "count": 1,
            "loaded": self._now, "used": self._now,
        }
        return Access(False, frame, victim, writeback)

    def drop(self, page):
        frame = self._where.pop(page)
        dirty = self._frames[frame]["dirty"]
        self._frames[frame] = None
        return dirty

    def _lowest(self, key):
        frames = range(len(self._frames))
        return min(frames, key=lambda frame: key(self._frames[frame]))

    def _choose_fifo(self):
        return self._lowest(lambda f: f["loaded"])

    def _choose_lru(self):
        return self._lowest(lambda f: f["used"])

    def _choose_mru(self):
        return self._lowest(lambda f: -f["used"])

    def _choose_lfu(self):
        return self._lowest(lambda f: (f["count"], f["used"]))

    def _choose_random(self):
        order = sorted(range(len(self._frames)), key=lambda frame: self._frames[frame]["loaded"])
        return order[int(self._rng.random() * len(order))]

    def _choose_clock(self):
        n = len(self._frames)
        while self._frames[self._hand]["r"]:
            self._frames[self._hand]["r"] = 0
            self._hand = (self._hand + 1) % n
        return self._hand  # the hand stays where it found the victim

    def _choose_esc(self):
        n = len(self._frames)
        while True:
            for dirty in (False, True):
                for i in range(n):
                    frame = (self._hand + i) % n
                    f = self._frames[frame]
                    if f["r"] == 0 and f["dirty"] == dirty:
                        self._hand = (frame + 1) % n
                        return frame
                    if dirty:
                        f["r"] = 0

    def _choose_aging(self):
        for f in self._frames:
            f["age"] = (f["age"] >> 1) | (f["r"] << (self._bits - 1))
            f["r"] = 0
        return self._lowest(lambda f: f["age"])

    def resident(self):
        return [f and f["page"] for f in self._frames]

    def snapshot(self):
        return {
            "resident": self.resident(),
            "dirty": [f is not None and f["dirty"] for f in self._frames],
        }


def make_policy(name, nframes, *, rng=None, bits=32):
    if nframes < 1 or bits < 1:
        raise ValueError("nframes, bits")
    if name not in ("fifo", "lru", "mru", "clock", "esc", "aging", "lfu", "random"):
        raise ValueError(name)
    if name == "random" and rng is None:
        raise ValueError("rng")
    return Policy(name, nframes, rng, bits)


def simulate(name, refs, nframes, writes=None, **kw):
    writes = [False] * len(refs) if writes is None else writes
    if len(writes) != len(refs):
        raise ValueError("writes")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    log = [policy.access(page, write) for page, write in zip(refs, writes)]
    return _result(log, policy.resident())


def _result(log, resident):
    return {
        "hits": sum(a.hit for a in log),
        "misses": sum(not a.hit for a in log),
        "hitmiss": "".join("H" if a.hit else "M" for a in log),
        "victims": [a.victim for a in log],
        "writebacks": sum(a.writeback for a in log),
        "resident": resident,
    }


def opt(refs, nframes):
    if nframes < 1:
        raise ValueError("nframes")
    refs = list(refs)
    frames = [None] * nframes
    loaded = {}
    log = []
    for now, page in enumerate(refs):
        if page in frames:
            log.append(Access(True, frames.index(page), None, False))
            continue
        victim = None
        if None in frames:
            frame = frames.index(None)
        else:
            future = refs[now + 1:]
            # farthest next use; of those that never come again, the one loaded first
            def key(p):
                return (future.index(p) if p in future else len(refs), -loaded[p])
            victim = max(frames, key=key)
            frame = frames.index(victim)
        frames[frame] = page
        loaded[page] = now
        log.append(Access(False, frame, victim, False))
    return _result(log, frames)
