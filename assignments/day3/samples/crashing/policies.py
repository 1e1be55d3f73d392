"""Replacement policies.  They worked yesterday, then I made lfu and aging shorter."""

import sys
from collections import OrderedDict, namedtuple

Access = namedtuple("Access", "hit frame victim writeback")


class Frame:
    def __init__(self):
        self.page, self.dirty, self.r, self.age, self.count = None, False, 0, 0, 0


class Policy:
    def __init__(self, name, nframes, rng, bits):
        self.name, self.rng, self.bits = name, rng, bits
        self.frames = [Frame() for _ in range(nframes)]
        self.loads = OrderedDict()  # page -> frame number, in order of load
        self.uses = OrderedDict()  # page -> frame number, in order of use
        self.hand = 0

    def access(self, page, write=False):
        if page in self.loads:
            number = self.loads[page]
            frame = self.frames[number]
            frame.r = 1
            frame.count += 1
            frame.dirty = frame.dirty or write
            self.uses.move_to_end(page)
            return Access(True, number, None, False)
        victim, writeback = None, False
        if len(self.loads) < len(self.frames):
            number = [frame.page for frame in self.frames].index(None)
        else:
            number = getattr(self, self.name)()
            victim, writeback = self.frames[number].page, self.frames[number].dirty
            del self.loads[victim], self.uses[victim]
        frame = self.frames[number] = Frame()
        frame.page, frame.dirty, frame.r, frame.count = page, write, 1, 1
        self.loads[page] = self.uses[page] = number
        return Access(False, number, victim, writeback)

    def fifo(self):
        return next(iter(self.loads.values()))

    def lru(self):
        return next(iter(self.uses.values()))

    def mru(self):
        return next(reversed(self.uses.values()))

    def random(self):
        return list(self.loads.values())[int(self.rng.random() * len(self.loads))]

    def lfu(self):
        return min(self.uses.values(), key=lambda number: frames[number].count)

    def clock(self):
        while self.frames[self.hand].r:
            self.frames[self.hand].r = 0
            self.advance()
        number = self.hand
        self.advance()
        return number

    def advance(self):
        self.hand = (self.hand + 1) % len(self.frames)

    def esc(self):
        # four rounds at most
        for dirty in (False, True, False, True):
            for number in self.ring():
                frame = self.frames[number]
                if not frame.r and frame.dirty is dirty:
                    self.hand = number
                    self.advance()
                    return number
                if dirty:
                    frame.r = 0

    def ring(self):
        n = len(self.frames)
        return [*range(self.hand, n), *range(self.hand)]

    def aging(self):
        for frame in self.frames:
            frame.age = frame.age >> 1 | frame.r << self.bits - 1
            frame.r = 0
        return min(self.frames, lambda frame: frame.age)

    def forget(self, page):
        number = self.loads.pop(page)
        del self.uses[page]
        dirty = self.frames[number].dirty
        self.frames[number] = Frame()
        return dirty

    def resident(self):
        return [frame.page for frame in self.frames]

    def snapshot(self):
        return {"resident": self.resident(), "dirty": [frame.dirty for frame in self.frames]}


def make_policy(name, nframes, *, rng=None, bits=32):
    if name not in ("fifo", "lru", "mru", "clock", "esc", "aging", "lfu", "random"):
        sys.exit(f"unknown policy: {name}")
    if nframes < 1 or bits < 1:
        raise ValueError("nframes or bits")
    if name == "random" and rng is None:
        raise ValueError("random needs rng")
    return Policy(name, nframes, rng, bits)


def simulate(name, refs, nframes, writes=None, **kw):
    if writes is None:
        writes = [False] * len(refs)
    if len(writes) != len(refs):
        raise ValueError("writes")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    log = [policy.access(page, write) for page, write in zip(refs, writes)]
    return result(log, policy.resident())


def result(log, resident):
    hits = sum(access.hit for access in log)
    return {
        "hits": hits,
        "misses": len(log) - hits,
        "hitmiss": "".join("H" if access.hit else "M" for access in log),
        "victims": [access.victim for access in log],
        "writebacks": sum(access.writeback for access in log),
        "resident": resident,
    }


def opt(refs, nframes):
    """Look into the future, recursively: the simplest definition of 'farthest'."""
    if nframes < 1:
        raise ValueError("nframes")
    frames, loaded, log = [], {}, []

    def distance(page, i):
        if i == len(refs):
            return 2 * len(refs) + loaded[page]
        return i if refs[i] == page else distance(page, i + 1)

    for now, page in enumerate(refs):
        if page in frames:
            log.append(Access(True, frames.index(page), None, False))
            continue
        victim = None
        if len(frames) < nframes:
            frames.append(page)
        else:
            victim = max(frames, key=lambda resident: distance(resident, now + 1))
            frames[frames.index(victim)] = page
        loaded[page] = now
        log.append(Access(False, frames.index(page), victim, False))
    return result(log, frames + [None] * (nframes - len(frames)))
