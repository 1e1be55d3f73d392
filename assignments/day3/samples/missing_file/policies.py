"""Replacement policies: the frames are rows of a table, and a policy sorts them."""

from collections import namedtuple

Access = namedtuple("Access", "hit frame victim writeback")

R, DIRTY, AGE, COUNT, LOADED, USED = range(6)

SORTED_BY = {
    "fifo": lambda row: row[LOADED],
    "lru": lambda row: row[USED],
    "mru": lambda row: -row[USED],
    "lfu": lambda row: (row[COUNT], row[USED]),
    "aging": lambda row: row[AGE],
}


class Table:
    def __init__(self, name, nframes, rng, bits):
        self.name = name
        self.n = nframes
        self.rng = rng
        self.bits = bits
        self.pages = []
        self.rows = []
        self.hand = 0
        self.time = 0

    def access(self, page, write=False):
        self.time += 1
        if page in self.pages:
            frame = self.pages.index(page)
            row = self.rows[frame]
            row[R] = 1
            row[DIRTY] = row[DIRTY] or bool(write)
            row[COUNT] += 1
            row[USED] = self.time
            return Access(True, frame, None, False)
        row = [1, bool(write), 0, 1, self.time, self.time]
        if len(self.pages) < self.n:
            self.pages.append(page)
            self.rows.append(row)
            return Access(False, len(self.pages) - 1, None, False)
        frame = self.choose()
        victim, writeback = self.pages[frame], self.rows[frame][DIRTY]
        self.pages[frame], self.rows[frame] = page, row
        return Access(False, frame, victim, writeback)

    def choose(self):
        if self.name == "random":
            in_order = sorted(range(self.n), key=lambda frame: self.rows[frame][LOADED])
            return in_order[int(self.rng.random() * self.n)]
        if self.name == "clock":
            return self.turn(lambda row: not row[R], self.n + 1, clear=True)
        if self.name == "esc":
            return self.enhanced()
        if self.name == "aging":
            for row in self.rows:
                row[AGE] = (row[AGE] >> 1) | (row[R] << (self.bits - 1))
                row[R] = 0
        keys = [SORTED_BY[self.name](row) for row in self.rows]
        return keys.index(min(keys))

    def turn(self, wanted, steps, clear):
        """Look at so many frames; set the hand behind the one that is found."""
        for i in range(self.hand, self.hand + steps):
            frame = i % self.n
            if wanted(self.rows[frame]):
                self.hand = (frame + 1) % self.n
                return frame
            if clear:
                self.rows[frame][R] = 0
        return None

    def enhanced(self):
        frame = self.turn(lambda row: not row[R] and not row[DIRTY], self.n, clear=False)
        if frame is None:
            frame = self.turn(lambda row: not row[R] and row[DIRTY], self.n, clear=True)
        return self.enhanced() if frame is None else frame

    def resident(self):
        return self.pages + [None] * (self.n - len(self.pages))

    def snapshot(self):
        dirty = [row[DIRTY] for row in self.rows]
        return {
            "resident": self.resident(),
            "dirty": dirty + [False] * (self.n - len(dirty)),
        }


def make_policy(name, nframes, *, rng=None, bits=32):
    if nframes < 1:
        raise ValueError("nframes")
    if bits < 1:
        raise ValueError("bits")
    if name not in SORTED_BY and name not in ("clock", "esc", "random"):
        raise ValueError("name")
    if name == "random" and rng is None:
        raise ValueError("rng")
    return Table(name, nframes, rng, bits)


def simulate(name, refs, nframes, writes=None, **kw):
    if writes is not None and len(writes) != len(refs):
        raise ValueError("writes")
    if name == "opt":
        return opt(refs, nframes)
    table = make_policy(name, nframes, **kw)
    answers = []
    for i, page in enumerate(refs):
        answers.append(table.access(page, writes is not None and writes[i]))
    return report(answers, table.resident())


def report(answers, resident):
    letters = ["H" if answer.hit else "M" for answer in answers]
    return {
        "hits": letters.count("H"),
        "misses": letters.count("M"),
        "hitmiss": "".join(letters),
        "victims": [answer.victim for answer in answers],
        "writebacks": [answer.writeback for answer in answers].count(True),
        "resident": resident,
    }


def opt(refs, nframes):
    """Precompute when each reference's page comes again; then as always."""
    if nframes < 1:
        raise ValueError("nframes")
    never = len(refs)
    again = [never] * len(refs)
    last = {}
    for i, page in enumerate(refs):
        if page in last:
            again[last[page]] = i
        last[page] = i
    pages, next_use, loaded = [], [], []
    answers = []
    for now, page in enumerate(refs):
        victim = None
        hit = page in pages
        if hit:
            frame = pages.index(page)
        elif len(pages) < nframes:
            frame = len(pages)
            pages.append(page)
            next_use.append(None)
            loaded.append(now)
        else:
            frame = max(range(nframes), key=lambda f: (next_use[f], loaded[f]))
            victim = pages[frame]
            pages[frame] = page
            loaded[frame] = now
        next_use[frame] = again[now]
        answers.append(Access(hit, frame, victim, False))
    return report(answers, pages + [None] * (nframes - len(pages)))
