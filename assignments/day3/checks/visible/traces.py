"""What day 3's checks try: families of random traces, and examples written as calls.

Frames are few and pages hardly more, so that faults, ties and evictions come early.
A hidden check uses the same families with a secret seed.

    t         the recorder of one trace; every draw comes from ``t.rng``
    refs      a reference string: [1, 2, 3, 1]
    touch     draws the next page: often one of the last few, or the one after the last
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from grader import TraceRecorder, traces
from grader.trace import Thing, Trace, Traces

from . import situations as seen

TEXTBOOK = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
POLICIES = ("fifo", "lru", "mru", "clock", "esc", "aging", "lfu", "random")
PAGER_POLICIES = ("fifo", "lru", "clock", "esc", "aging")
SMALL = 6


def recorded(*examples: Callable[[TraceRecorder], object]) -> list[Trace]:
    """Return one trace per function that makes ordinary calls on a recorder."""
    found = []
    for example in examples:
        t = TraceRecorder()
        example(t)
        found.append(t.steps)
    return found


def called(function: str, *arguments: Any, **named: Any) -> Trace:
    """Return the trace of one call of a module-level function."""
    t = TraceRecorder()
    t.fn(function, *arguments, **named)
    return t.steps


# --- reference strings --------------------------------------------------------


def touches(rng: Random, pages: int) -> Iterator[int]:
    """Yield references to ``pages`` pages: some local, some in a row, some anywhere."""
    last = [rng.randrange(pages)]
    while True:
        yield last[-1]
        kind = rng.random()
        if kind < 0.25:
            page = rng.choice(last[-4:])
        elif kind < 0.5:
            page = (last[-1] + 1) % pages
        else:
            page = rng.randrange(pages)
        last = [*last[-3:], page]


def string(rng: Random, pages: int, length: int) -> list[int]:
    """Return a reference string."""
    return [page for page, _ in zip(touches(rng, pages), range(length), strict=False)]


def length_of_string(t: TraceRecorder) -> int:
    """Return how many references to draw: few where a trace is to be small."""
    return t.rng.randint(4, 9) if t.most_operations <= SMALL else t.rng.randint(5, 60)


# --- policies -----------------------------------------------------------------


def made_policy(t: TraceRecorder, name: str, nframes: int) -> Thing:
    """Record the making of a policy object; random gets its numbers from a seed."""
    if name == "random":
        rng = t.given("Rng", seed=t.rng.randrange(100))
        made = t.fn("make_policy", name=name, nframes=nframes, rng=rng)
    elif name == "aging" and t.rng.random() < 0.5:
        made = t.fn("make_policy", name=name, nframes=nframes, bits=t.rng.choice((1, 2, 3, 8)))
    else:
        made = t.fn("make_policy", name, nframes)
    return t.thing(made, "policy")


def access(policy: Thing, page: int, write: bool) -> None:  # noqa: FBT001 - as the course calls it
    """Record an access as one would write it."""
    policy.access(page, True) if write else policy.access(page)


_SEEN_OF_POLICY: dict[str, dict[str, seen.Situation]] = {
    "fifo": {"a_used_page_leaves": seen.a_used_page_leaves},
    "lru": {"another_victim_than_fifo": seen.another_victim_than_fifo},
    "mru": {"another_victim_than_fifo": seen.another_victim_than_fifo},
    "clock": {
        "a_second_chance": seen.second_chance,
        "a_full_revolution": seen.full_revolution,
        "the_hand_wraps": seen.hand_wraps,
    },
    "esc": {
        "a_dirty_victim": seen.writes_back,
        "a_clean_victim_while_others_are_dirty": seen.drops_a_clean_page,
        "the_hand_wraps": seen.hand_wraps,
    },
    "aging": {"another_victim_than_fifo": seen.another_victim_than_fifo},
    "lfu": {"another_victim_than_fifo": seen.another_victim_than_fifo},
    "random": {"another_victim_than_fifo": seen.another_victim_than_fifo},
}


def _step_by_step(t: TraceRecorder, name: str, *, looks: float, share_of_writes: float) -> None:
    rng = t.rng
    nframes = rng.choice((1, 2, 2, 2, 3) if t.most_operations <= SMALL else (1, 2, 3, 3, 4, 5))
    policy = made_policy(t, name, nframes)
    for page in touches(rng, nframes + rng.choice((1, 1, 2, 3))):
        if not t.more():
            return
        access(policy, page, rng.random() < share_of_writes)
        if rng.random() < looks:
            policy.snapshot()
        elif rng.random() < 0.03:
            policy.resident()


def policy_traces(name: str, *, looks: float = 0.1, share_of_writes: float = 0.3) -> Traces:
    """Return a family of accesses of one policy object, one at a time.

    ``looks`` is how often a snapshot follows an access.
    """
    family = traces(an_eviction=seen.evicts, a_hit=seen.hits, **_SEEN_OF_POLICY[name])
    return family(_step_by_step)(name=name, looks=looks, share_of_writes=share_of_writes)


def simulated(t: TraceRecorder, name: str, refs: Sequence[int], nframes: int) -> None:
    """Record a simulation of a whole string, with writes in half of the cases."""
    arguments: dict[str, Any] = {"name": name, "refs": refs, "nframes": nframes}
    if name == "random":
        arguments["rng"] = t.given("Rng", seed=t.rng.randrange(100))
    if t.rng.random() < 0.5:
        arguments["writes"] = [t.rng.random() < 0.3 for _ in refs]
    t.fn("simulate", **arguments)


def _whole_string(t: TraceRecorder, name: str) -> None:
    refs = string(t.rng, t.rng.randint(3, 9), length_of_string(t))
    simulated(t, name, refs, t.rng.choice((1, 2, 3, 3, 4, 6)))


def string_traces(name: str) -> Traces:
    """Return a family of simulations of whole reference strings, one a trace."""
    family = traces(an_eviction=seen.evicts, a_hit=seen.hits, a_long_string=seen.has_long_string)
    return family(_whole_string)(name=name)


def loops(*names: str) -> list[Trace]:
    """Return loops over one page more than there are frames."""
    return [
        called("simulate", name, [*range(nframes + 1)] * 3, nframes)
        for name in names
        for nframes in (1, 2, 3, 5)
    ]


def first_example(name: str) -> Trace:
    """Return the textbook string in three frames."""
    t = TraceRecorder()
    if name == "random":
        t.fn("simulate", name=name, refs=TEXTBOOK, nframes=3, rng=t.given("Rng", seed=1))
    else:
        t.fn("simulate", name, TEXTBOOK, 3)
    return t.steps


def second_example(name: str) -> Trace:
    """Return the example with two writes."""
    writes = [position in (1, 5) for position in range(8)]
    return called("simulate", name, [0, 1, 2, 0, 3, 0, 4, 1], 3, writes)


def policy_boundaries(*names: str) -> list[Trace]:
    """Return the boundary cases that every policy has: frames, strings, writes."""
    return [
        called("simulate", name, *arguments)
        for name in names
        for arguments in (
            ([], 2),
            ([7, 7, 7, 7], 1),
            ([1, 2, 1, 2], 1),
            ([1, 2, 3], 3),
            ([1, 2, 3], 0),
            ([1, 2, 3], 2, [True]),
            ([1, 2], 2, [True, False, True]),
        )
    ]


# --- analysis -----------------------------------------------------------------


@traces(a_long_string=seen.has_long_string, a_deep_page=seen.is_deep)
def distance_traces(t: TraceRecorder) -> None:
    """Stack distances of one string, or its miss curve."""
    refs = string(t.rng, t.rng.randint(2, 9), length_of_string(t))
    if t.rng.random() < 0.6:
        t.fn("stack_distances", refs)
    else:
        t.fn("miss_curve", refs, t.rng.choice((0, 1, 3, 5, 12)))


@traces(a_long_string=seen.has_long_string, the_working_set_shrinks=seen.window_is_left)
def working_set_traces(t: TraceRecorder) -> None:
    """Working sets of one string with a window of one length."""
    refs = string(t.rng, t.rng.randint(2, 7), length_of_string(t))
    t.fn("working_set", refs, t.rng.choice((1, 2, 2, 3, 3, 4, 6, 10, 70)))


# --- pager --------------------------------------------------------------------


def areas(rng: Random) -> list[tuple[int, int, str, bool]]:
    """Return one to three areas that do not overlap; some touch."""
    found = []
    start = rng.choice((0, 0, 0, 2))
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        end = start + rng.choice((1, 2, 3))
        found.append((start, end, rng.choice(("anon", "anon", "file")), rng.random() < 0.8))
        start = end + rng.choice((0, 0, 1))
    return found


def bad_areas(rng: Random) -> list[tuple[int, int, str, bool]]:
    """Return areas of which one is wrong."""
    wrong = rng.choice(((-1, 2, "anon"), (2, 2, "anon"), (3, 1, "file"), (0, 2, "swap")))
    overlap = [(0, 3, "anon", True), (2, 4, "file", True)]
    return overlap if rng.random() < 0.4 else [(5, 6, "anon", True), (*wrong, True)]


class Processes:
    """The pager of a trace and its processes, while the trace is built."""

    def __init__(self, t: TraceRecorder, policy: str, **options: Any) -> None:
        self.t, self.rng = t, t.rng
        self.pager = t.new("Pager", policy=policy, **options)
        self.pages: dict[int, list[int]] = {}  # of the live processes
        self.was: list[int] = []  # every pid that was added

    def add(self, vmas: list[tuple[int, int, str, bool]]) -> None:
        """Add a process with these areas."""
        pid = max(self.was, default=0) + 1
        self.was.append(pid)
        self.pager.add_process(pid, vmas)
        self.pages[pid] = [vpn for start, end, *_ in vmas for vpn in range(start, end)]

    def add_wrongly(self) -> None:
        """Try to add a process that there is already, or one with wrong areas."""
        if self.was and self.rng.random() < 0.5:
            vmas = areas(self.rng) if self.rng.random() < 0.5 else bad_areas(self.rng)
            self.pager.add_process(self.rng.choice(self.was), vmas)
        else:
            self.pager.add_process(max(self.was, default=0) + 1, bad_areas(self.rng))

    def access(self) -> None:
        """Access a page of a live process, or rarely one beyond its areas."""
        pid = self.rng.choice(list(self.pages))
        outside = self.rng.random() < 0.04
        vpn = max(self.pages[pid]) + 1 if outside else self.rng.choice(self.pages[pid])
        write = (True,) if self.rng.random() < 0.5 else ()
        self.pager.access(pid, vpn, *write)

    def exit(self) -> None:
        """Let a live process exit."""
        pid = self.rng.choice(list(self.pages))
        del self.pages[pid]
        self.pager.exit(pid)

    def ask(self) -> None:
        """Ask for the statistics of all processes, or of one that lives or did."""
        kind = self.rng.random()
        pids = () if kind < 0.3 else (99,) if kind < 0.35 else (self.rng.choice(self.was),)
        self.pager.stats(*pids)

    def miss(self) -> None:
        """Name a process that does not live."""
        gone = [pid for pid in self.was if pid not in self.pages]
        pid = self.rng.choice([*gone, 99])
        self.rng.choice((lambda: self.pager.access(pid, 0), lambda: self.pager.exit(pid)))()


def play_processes(t: TraceRecorder, policies: Sequence[str], *, asks: float) -> None:
    """Let processes come, access their pages, and go; a snapshot follows every step.

    ``asks`` is how often somebody wants to know the statistics.
    """
    rng = t.rng
    is_small = t.most_operations <= SMALL
    nframes = rng.choice((1, 1, 2) if is_small else (1, 2, 3, 4))
    there = Processes(t, rng.choice(policies), nframes=nframes)
    while t.more():
        kind = rng.random()
        if not there.pages:
            if rng.random() < 0.1:
                there.add_wrongly()
            there.add([(0, 3, rng.choice(("anon", "file")), True)] if is_small else areas(rng))
        elif kind < asks:
            there.ask()
        elif kind < asks + 0.05 and not is_small:
            there.add(areas(rng))
        elif kind < asks + 0.1:
            there.exit()
        elif kind < asks + 0.12:
            there.add_wrongly()
        elif kind < asks + 0.14:
            there.miss()
        else:
            there.access()
        there.pager.snapshot()


@traces(
    swap_out=seen.event("OUT"),
    swap_in=seen.event("IN"),
    a_file_page_is_written=seen.event("FOUT"),
    a_victim_is_dropped=seen.drops_without_writing,
    SEGV=seen.event("SEGV"),
    SEGPROT=seen.event("SEGPROT"),
    an_exit_with_pages=seen.exits_with_pages,
    a_slot_is_used_again=seen.a_slot_is_used_again,
    EINVAL=seen.refused,
    EEXIST=seen.fails_with("err", "EEXIST"),
    ESRCH=seen.fails_with("err", "ESRCH"),
)
def pager_traces(t: TraceRecorder, policies: Sequence[str] = PAGER_POLICIES) -> None:
    """Pagers whose processes come, access their pages, and go."""
    play_processes(t, policies, asks=0.0)


@traces(
    swap_out=seen.event("OUT"),
    swap_in=seen.event("IN"),
    a_refused_write=seen.event("SEGPROT"),
    a_victim_after_an_exit_without_pages=seen.evicts_after_an_exit_without_pages,
)
def followed_traces(t: TraceRecorder) -> None:
    """Access pages that a policy object gets as well, unless the access is refused.

    A second process touches some pages of its own at the beginning. It exits later, most
    often when none of them is left: that must not change what the policy knows.
    """
    rng = t.rng
    name = rng.choice(PAGER_POLICIES)
    nframes = rng.choice((1, 2, 3, 4))
    policy = t.thing(t.fn("make_policy", name, nframes), "policy")
    pager = t.new("Pager", nframes=nframes, policy=name)
    pager.add_process(1, [(0, 6, "anon", True), (6, 8, "file", False)])
    first = range(10, 10 + rng.randint(1, nframes)) if t.most_operations > SMALL else ()
    if first:
        pager.add_process(2, [(10, 20, "anon", True)])
    for page in first:
        policy.access(page)
        pager.access(2, page)
    exits_after = rng.randint(nframes + 1, 4 * nframes + 2) if first else None
    for number, far in enumerate(touches(rng, nframes + rng.choice((1, 2, 3)))):
        if not t.more():
            return
        if number == exits_after:
            pager.exit(2)
        page = 7 - far  # from the top, where the read-only pages are
        if rng.random() < 0.15:
            pager.access(1, rng.choice((6, 7)), True)
        write = (True,) if page < 6 and rng.random() < 0.3 else ()
        policy.access(page, *write)
        pager.access(1, page, *write)


# --- readahead ----------------------------------------------------------------


def made_readahead(t: TraceRecorder) -> Thing:
    """Record the making of a Readahead with a small window."""
    init = t.rng.choice((1, 1, 2, 3, 4))
    return t.new("Readahead", init=init, maximum=init * t.rng.choice((1, 2, 3, 4)))


@traces(
    a_batch=seen.prefetches,
    two_batches_of_the_maximum=seen.reaches_the_maximum,
    the_same_page_again=seen.touches_a_page_twice,
)
def readahead_traces(t: TraceRecorder) -> None:
    """Mostly one page after the other; now and then the same again, or a jump."""
    readahead = made_readahead(t)
    page = t.rng.choice((0, 0, 10))
    while t.more():
        readahead.on_access(page)
        if t.rng.random() < 0.5:
            readahead.snapshot()
        kind = t.rng.random()
        if kind < 0.8:
            page += 1
        elif kind > 0.9:
            page = max(0, page + t.rng.choice((-5, -1, 2, 3, 20)))


@traces(two_batches_of_the_maximum=seen.reaches_the_maximum)
def scan_traces(t: TraceRecorder) -> None:
    """One sequential scan."""
    readahead = made_readahead(t)
    page = t.rng.randrange(100)
    while t.more():
        readahead.on_access(page)
        page += 1


@traces()
def jump_traces(t: TraceRecorder) -> None:
    """Jumps only: no page is next to the one before it."""
    readahead = made_readahead(t)
    page = 0
    while t.more():
        readahead.on_access(page)
        page = abs(page + t.rng.choice((-7, -2, 2, 3, 30)))


# --- compressed pages ---------------------------------------------------------


def page_of_runs(rng: Random, page_size: int) -> bytes:
    """Return a page of a few runs of letters; one run quite often, too many sometimes."""
    runs = rng.choice((1, 1, 2, 2, 3, 4, page_size))
    cuts = sorted(rng.sample(range(1, page_size), runs - 1))
    ends = zip([0, *cuts], [*cuts, page_size], strict=True)
    first = rng.randrange(26)
    return b"".join(
        bytes([97 + (first + number) % 26]) * (end - start)
        for number, (start, end) in enumerate(ends)
    )


def made_pool(t: TraceRecorder, page_size: int) -> Thing:
    """Record the making of a pool of a few pages, with a recorder for what is written back."""
    writeback = t.given("Recorder", name="writeback")
    capacity = t.rng.choice((2, 5, 8, 11, 14, 20, 40))
    return t.new("ZPool", capacity=capacity, page_size=page_size, writeback=writeback)


@traces(
    a_page_is_loaded=seen.loads_a_page,
    ENOENT=seen.not_there,
    a_page_is_refused=seen.stores_with(answer=False),
    a_page_is_written_back=seen.written_back(1),
)
def pool_traces(t: TraceRecorder) -> None:
    """Pages are stored and loaded again."""
    rng = t.rng
    page_size = rng.choice((8, 16))
    pool = made_pool(t, page_size)
    keys = ("a", "b", "c", "d")
    while t.more():
        kind = rng.random()
        if kind < 0.55:
            pool.store(rng.choice(keys), page_of_runs(rng, page_size))
        elif kind < 0.9:
            pool.load(rng.choice(keys))
        elif kind < 0.95:
            pool.ratio()
        else:
            pool.get("used")
        pool.snapshot()
