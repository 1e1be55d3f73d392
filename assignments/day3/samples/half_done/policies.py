"""Page replacement policies.

Done: fifo, lru, mru, clock, random.   TODO: esc, aging, lfu, opt.
"""

from collections import namedtuple

Access = namedtuple("Access", "hit frame victim writeback")


class Fifo:
    def __init__(self, nframes):
        self.nframes = nframes
        self.frames = [None] * nframes
        self.dirty = [False] * nframes
        self.queue = []  # pages, the next victim first

    def access(self, page, write=False):
        """Reference a page."""
        if page in self.frames:
            frame = self.frames.index(page)
            if write:
                self.dirty[frame] = True
            self.hit(page, frame)
            return Access(True, frame, None, False)
        if None in self.frames:
            frame = self.frames.index(None)
            victim = None
            writeback = False
        else:
            victim = self.choose()
            frame = self.frames.index(victim)
            writeback = self.dirty[frame]
            self.queue.remove(victim)
        self.frames[frame] = page
        self.dirty[frame] = write
        self.queue.append(page)
        self.loaded(frame)
        return Access(False, frame, victim, writeback)

    def hit(self, page, frame):
        pass

    def loaded(self, frame):
        pass

    def choose(self):
        return self.queue[0]

    def resident(self):
        """Return the pages by frame."""
        return list(self.frames)

    def snapshot(self):
        """Return the pages and the dirty bits."""
        return {"resident": list(self.frames), "dirty": list(self.dirty)}


class Lru(Fifo):
    def hit(self, page, frame):
        self.queue.remove(page)
        self.queue.append(page)


class Mru(Lru):
    def choose(self):
        return self.queue[-1]


class Random(Fifo):
    rng = None

    def choose(self):
        return self.queue[int(self.rng.random() * len(self.queue))]


class Clock(Fifo):
    def __init__(self, nframes):
        super().__init__(nframes)
        self.r = [0] * nframes
        self.hand = 0

    def hit(self, page, frame):
        self.r[frame] = 1

    def loaded(self, frame):
        self.r[frame] = 1

    def choose(self):
        while self.r[self.hand] == 1:
            self.r[self.hand] = 0
            self.hand = (self.hand + 1) % self.nframes
        victim = self.frames[self.hand]
        self.hand = (self.hand + 1) % self.nframes
        return victim


def make_policy(name, nframes, *, rng=None, bits=32):
    """Return a new policy."""
    if nframes < 1 or bits < 1:
        raise ValueError("nframes and bits must be at least 1")
    if name == "random":
        if rng is None:
            raise ValueError("random needs an rng")
        policy = Random(nframes)
        policy.rng = rng
        return policy
    if name == "fifo":
        return Fifo(nframes)
    if name == "lru":
        return Lru(nframes)
    if name == "mru":
        return Mru(nframes)
    if name == "clock":
        return Clock(nframes)
    if name in ["esc", "aging", "lfu"]:
        raise NotImplementedError  # tomorrow
    raise ValueError(f"unknown policy {name}")


def simulate(name, refs, nframes, writes=None, **kw):
    """Run a policy over a reference string."""
    if writes is None:
        writes = [False] * len(refs)
    if len(writes) != len(refs):
        raise ValueError("writes")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    hitmiss = ""
    victims = []
    writebacks = 0
    for page, write in zip(refs, writes):
        hit, frame, victim, writeback = policy.access(page, write)
        hitmiss += "H" if hit else "M"
        victims.append(victim)
        if writeback:
            writebacks += 1
    return {
        "hits": hitmiss.count("H"),
        "misses": hitmiss.count("M"),
        "hitmiss": hitmiss,
        "victims": victims,
        "writebacks": writebacks,
        "resident": policy.resident(),
    }


def opt(refs, nframes):
    """The optimal policy."""
    raise NotImplementedError
