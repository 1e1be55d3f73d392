"""Page replacement, told by generators.

A policy is a generator that yields the frame of one victim after the other. What it needs to
remember (where the hand is, how old the pages are) are its local variables, and Ram holds what
everybody can see: the pages, their bits, and two dicts that are kept in order of load and of use.
"""

from collections import namedtuple
from itertools import cycle

Access = namedtuple("Access", "hit frame victim writeback")


class Ram:
    def __init__(self, nframes):
        self.n = nframes
        self.page = [None] * nframes
        self.dirty = [False] * nframes
        self.r = [0] * nframes
        self.free = (1 << nframes) - 1  # bit i is 1 if frame i is free
        self.frame_of = {}  # in order of load
        self.uses = {}  # page -> references since its load, in order of use
        self.victims = None

    def access(self, page, write=False):
        if page in self.frame_of:
            frame = self.frame_of[page]
            self.dirty[frame] |= bool(write)
            self.r[frame] = 1
            self.uses[page] = self.uses.pop(page) + 1
            return Access(True, frame, None, False)
        victim, writeback = None, False
        if len(self.frame_of) == self.n:
            victim = self.page[next(self.victims)]
            writeback = self.release(victim)
        frame = (self.free & -self.free).bit_length() - 1
        self.free ^= 1 << frame
        self.page[frame] = page
        self.dirty[frame] = bool(write)
        self.r[frame] = 1
        self.frame_of[page] = frame
        self.uses[page] = 1
        return Access(False, frame, victim, writeback)

    def release(self, page):
        """Make the page's frame free, and tell whether the page was dirty."""
        frame = self.frame_of.pop(page)
        del self.uses[page]
        was_dirty = self.dirty[frame]
        self.page[frame], self.dirty[frame] = None, False
        self.free |= 1 << frame
        return was_dirty

    def resident(self):
        return self.page[:]

    def snapshot(self):
        return {"resident": self.page[:], "dirty": self.dirty[:]}


def fifo(ram):
    while True:
        yield ram.frame_of[next(iter(ram.frame_of))]


def lru(ram):
    while True:
        yield ram.frame_of[next(iter(ram.uses))]


def mru(ram):
    while True:
        yield ram.frame_of[next(reversed(ram.uses))]


def lfu(ram):
    while True:
        fewest = min(ram.uses.values())
        page = next(page for page, uses in ram.uses.items() if uses == fewest)
        yield ram.frame_of[page]


def clock(ram):
    for hand in cycle(range(ram.n)):
        if ram.r[hand]:
            ram.r[hand] = 0
        else:
            yield hand


def esc(ram):
    hand = 0
    while True:
        ring = [(hand + step) % ram.n for step in range(ram.n)]
        frame = look(ram, ring, dirty=False)
        if frame is None:
            frame = look(ram, ring, dirty=True)
        if frame is not None:
            yield frame
            hand = (frame + 1) % ram.n


def look(ram, ring, dirty):
    for frame in ring:
        if ram.r[frame] == 0 and ram.dirty[frame] == dirty:
            return frame
        if dirty:
            ram.r[frame] = 0
    return None


def aging(ram, bits):
    age = {}
    while True:
        age = {
            page: age.get(page, 0) // 2 + (ram.r[frame] << bits - 1)
            for frame, page in enumerate(ram.page)
        }
        ram.r = [0] * ram.n
        oldest = min(age, key=age.get)
        del age[oldest]
        yield ram.frame_of[oldest]


def random(ram, rng):
    while True:
        yield list(ram.frame_of.values())[int(rng.random() * ram.n)]


def make_policy(name, nframes, *, rng=None, bits=32):
    if nframes < 1:
        raise ValueError("at least one frame is needed")
    if bits < 1:
        raise ValueError("at least one bit is needed")
    ram = Ram(nframes)
    match name:
        case "fifo":
            ram.victims = fifo(ram)
        case "lru":
            ram.victims = lru(ram)
        case "mru":
            ram.victims = mru(ram)
        case "lfu":
            ram.victims = lfu(ram)
        case "clock":
            ram.victims = clock(ram)
        case "esc":
            ram.victims = esc(ram)
        case "aging":
            ram.victims = aging(ram, bits)
        case "random" if rng is not None:
            ram.victims = random(ram, rng)
        case _:
            raise ValueError(f"there is no policy {name!r} (or it needs an rng)")
    return ram


def simulate(name, refs, nframes, writes=None, **kw):
    if writes is not None and len(writes) != len(refs):
        raise ValueError("writes must be as long as refs")
    if name == "opt":
        return opt(refs, nframes)
    ram = make_policy(name, nframes, **kw)
    log = [ram.access(*ref) for ref in zip(refs, writes or [False] * len(refs))]
    return summary(log, ram.resident())


def opt(refs, nframes):
    """Two integers as bitmaps, indexed by positions in refs, tell the whole future.

    Bit i of `coming` is 1 if a resident page is used next at i; bit i of `done_with` is 1 if the
    page that was loaded at i is resident and never used again. Both want their highest bit.
    """
    if nframes < 1:
        raise ValueError("at least one frame is needed")
    positions = {}
    for i, page in enumerate(refs):
        positions.setdefault(page, []).append(i)
    following = {}
    for where in positions.values():
        following.update(zip(where, where[1:]))
    frames = [None] * nframes
    frame_of = {}
    loaded_at = {}
    coming = done_with = 0
    log = []
    for now, page in enumerate(refs):
        if page in frame_of:
            coming ^= 1 << now
            log.append(Access(True, frame_of[page], None, False))
        else:
            frame, victim = len(frame_of), None
            if frame == nframes and done_with:
                i = done_with.bit_length() - 1
                done_with ^= 1 << i
                victim = refs[i]
            elif frame == nframes:
                i = coming.bit_length() - 1
                coming ^= 1 << i
                victim = refs[i]
            if victim is not None:
                frame = frame_of.pop(victim)
            frames[frame] = page
            frame_of[page] = frame
            loaded_at[page] = now
            log.append(Access(False, frame, victim, False))
        if now in following:
            coming |= 1 << following[now]
        else:
            done_with |= 1 << loaded_at[page]
    return summary(log, frames)


def summary(log, resident):
    hits = sum(access.hit for access in log)
    return {
        "hits": hits,
        "misses": len(log) - hits,
        "hitmiss": "".join("MH"[access.hit] for access in log),
        "victims": [access.victim for access in log],
        "writebacks": sum(access.writeback for access in log),
        "resident": resident,
    }
