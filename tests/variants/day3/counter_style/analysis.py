"""Reference strings with time stamps."""

from bisect import bisect_left

from policies import simulate


def stack_distances(refs):
    """The sorted times of the latest uses are the LRU stack upside down."""
    times, last, distances = [], {}, []
    for now, page in enumerate(refs):
        distance = None
        if page in last:
            at = bisect_left(times, last[page])
            distance = len(times) - at
            del times[at]
        distances.append(distance)
        times.append(now)
        last[page] = now
    return distances


def miss_curve(refs, max_frames):
    if max_frames < 0:
        raise ValueError("negative")
    far = len(refs) + max_frames + 1
    distances = sorted(far if d is None else d for d in stack_distances(refs))
    return [len(refs) - bisect_left(distances, f + 1) for f in range(max_frames + 1)]


def belady_anomalies(name, refs, max_frames):
    if max_frames < 1:
        raise ValueError("too few frames")
    if name == "random":
        raise ValueError("random is not allowed")
    counts = {f: simulate(name, refs, f)["misses"] for f in range(1, max_frames + 1)}
    return [
        (f, counts[f], counts[f + 1]) for f in range(1, max_frames) if counts[f + 1] > counts[f]
    ]


def working_set(refs, tau):
    """A page leaves when its latest reference falls out of the window."""
    if tau < 1:
        raise ValueError("tau too small")
    latest, sizes, size = {}, [], 0
    for now, page in enumerate(refs):
        if now >= tau and latest[refs[now - tau]] == now - tau:
            size -= 1
        if page not in latest or latest[page] <= now - tau:
            size += 1
        latest[page] = now
        sizes.append(size)
    return sizes
