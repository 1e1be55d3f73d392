"""Replacement policies with time stamps, counters and parallel lists."""

from collections import namedtuple
from heapq import heappop, heappush, heapreplace

Access = namedtuple("Access", "hit frame victim writeback")

NAMES = ("fifo", "lru", "mru", "clock", "esc", "aging", "lfu", "random")


class Machine:
    """All policies in one: a table of frames, and a function that picks a frame of it."""

    def __init__(self, name, nframes, rng=None, bits=32):
        self.pick = PICKERS[name]
        self.n = nframes
        self.rng = rng
        self.bits = bits
        self.time = 0
        self.hand = 0
        self.frame_of = {}
        self.page = []
        self.dirty = []
        self.r = []
        self.age = []
        self.count = []
        self.loaded = []
        self.used = []
        self.heap = []  # (an old stamp, frame), for fifo and lru

    def access(self, page, write=False):
        self.time += 1
        if page in self.frame_of:
            frame = self.frame_of[page]
            self.r[frame] = 1
            self.count[frame] += 1
            self.used[frame] = self.time
            if write:
                self.dirty[frame] = True
            return Access(True, frame, None, False)
        if len(self.page) < self.n:
            self.append(page, bool(write))
            return Access(False, len(self.page) - 1, None, False)
        frame = self.pick(self)
        victim, writeback = self.page[frame], self.dirty[frame]
        del self.frame_of[victim]
        self.replace(frame, page, bool(write))
        return Access(False, frame, victim, writeback)

    def append(self, page, write):
        frame = len(self.page)
        self.frame_of[page] = frame
        self.page.append(page)
        self.dirty.append(write)
        self.r.append(1)
        self.age.append(0)
        self.count.append(1)
        self.loaded.append(self.time)
        self.used.append(self.time)
        self.heap.append((self.time, frame))

    def replace(self, frame, page, write):
        self.frame_of[page] = frame
        self.page[frame] = page
        self.dirty[frame] = write
        self.r[frame] = 1
        self.age[frame] = 0
        self.count[frame] = 1
        self.loaded[frame] = self.time
        self.used[frame] = self.time

    def resident(self):
        return self.page + [None] * (self.n - len(self.page))

    def snapshot(self):
        unused = [False] * (self.n - len(self.page))
        return {"resident": self.resident(), "dirty": self.dirty + unused}


def earliest(heap, stamps):
    """The frame with the least stamp; the heap may hold older stamps, never newer ones."""
    while True:
        stamp, frame = heap[0]
        if stamps[frame] == stamp:
            return frame
        heapreplace(heap, (stamps[frame], frame))


def pick_fifo(m):
    return earliest(m.heap, m.loaded)


def pick_lru(m):
    return earliest(m.heap, m.used)


def pick_mru(m):
    return m.used.index(max(m.used))


def pick_lfu(m):
    return min(range(m.n), key=lambda frame: (m.count[frame], m.used[frame]))


def pick_random(m):
    in_load_order = sorted(range(m.n), key=lambda frame: m.loaded[frame])
    return in_load_order[int(m.rng.random() * m.n)]


def pick_clock(m):
    r, hand, n = m.r, m.hand, m.n
    while r[hand] == 1:
        r[hand] = 0
        hand += 1
        if hand == n:
            hand = 0
    m.hand = (hand + 1) % n
    return hand


def pick_esc(m):
    while True:
        order = [*range(m.hand, m.n), *range(m.hand)]
        for frame in order:
            if (m.r[frame], m.dirty[frame]) == (0, False):
                m.hand = (frame + 1) % m.n
                return frame
        for frame in order:
            if (m.r[frame], m.dirty[frame]) == (0, True):
                m.hand = (frame + 1) % m.n
                return frame
            m.r[frame] = 0


def pick_aging(m):
    top = 1 << (m.bits - 1)
    m.age = [(age >> 1) | (top * r) for age, r in zip(m.age, m.r, strict=True)]
    m.r = [0] * m.n
    return min(range(m.n), key=lambda frame: (m.age[frame], frame))


PICKERS = {
    "fifo": pick_fifo,
    "lru": pick_lru,
    "mru": pick_mru,
    "clock": pick_clock,
    "esc": pick_esc,
    "aging": pick_aging,
    "lfu": pick_lfu,
    "random": pick_random,
}


def make_policy(name, nframes, *, rng=None, bits=32):
    if name not in NAMES:
        raise ValueError("unknown policy")
    if nframes < 1 or bits < 1:
        raise ValueError("too small")
    if name == "random" and rng is None:
        raise ValueError("no rng")
    return Machine(name, nframes, rng, bits)


def simulate(name, refs, nframes, writes=None, **kw):
    if writes is None:
        writes = [False for _ in refs]
    if len(writes) != len(refs):
        raise ValueError("refs and writes differ in length")
    if name == "opt":
        return opt(refs, nframes)
    policy = make_policy(name, nframes, **kw)
    hitmiss, victims, writebacks = "", [], 0
    for page, write in zip(refs, writes, strict=True):
        hit, _, victim, writeback = policy.access(page, write)
        hitmiss += "MH"[hit]
        victims.append(victim)
        writebacks += writeback
    return {
        "hits": hitmiss.count("H"),
        "misses": hitmiss.count("M"),
        "hitmiss": hitmiss,
        "victims": victims,
        "writebacks": writebacks,
        "resident": policy.resident(),
    }


def opt(refs, nframes):
    """A heap of (minus next use, minus load time); rank tells which entry of a page counts."""
    if nframes < 1:
        raise ValueError("too small")
    never = len(refs)
    uses = {}
    for now in range(len(refs) - 1, -1, -1):
        uses.setdefault(refs[now], []).append(now)  # the last use comes first
    heap, rank, load_time, frame_of = [], {}, {}, {}
    resident = [None] * nframes
    hitmiss, victims = "", []
    for now, page in enumerate(refs):
        uses[page].pop()
        victim = None
        if page in frame_of:
            hitmiss += "H"
        else:
            hitmiss += "M"
            if len(frame_of) < nframes:
                frame = len(frame_of)
            else:
                victim = farthest(heap, rank)
                frame = frame_of.pop(victim)
            frame_of[page] = frame
            resident[frame] = page
            load_time[page] = now
        victims.append(victim)
        following = uses[page][-1] if uses[page] else never
        rank[page] = (-following, -load_time[page])
        heappush(heap, (rank[page], page))
    return {
        "hits": hitmiss.count("H"),
        "misses": hitmiss.count("M"),
        "hitmiss": hitmiss,
        "victims": victims,
        "writebacks": 0,
        "resident": resident,
    }


def farthest(heap, rank):
    while True:
        entry, page = heappop(heap)
        if rank.get(page) == entry:
            del rank[page]
            return page
