"""Analysis of reference strings."""

from policies import simulate


def stack_distances(refs):
    last = {}
    distances = []
    for now, page in enumerate(refs):
        if page in last:
            distances.append(len(set(refs[last[page] : now])))
        else:
            distances.append(None)
        last[page] = now
    return distances


def miss_curve(refs, max_frames):
    if max_frames < 0:
        raise ValueError("max_frames")
    distances = stack_distances(refs)
    first_uses = distances.count(None)
    again = [d for d in distances if d is not None]
    return [first_uses + len([d for d in again if d > f]) for f in range(max_frames + 1)]


def belady_anomalies(name, refs, max_frames):
    if max_frames < 1:
        raise ValueError("max_frames")
    if name == "random":
        raise ValueError("random")
    found = []
    before = simulate(name, refs, 1)["misses"]
    for f in range(1, max_frames):
        after = simulate(name, refs, f + 1)["misses"]
        if after > before:
            found.append((f, before, after))
        before = after
    return found


def working_set(refs, tau):
    if tau < 1:
        raise ValueError("tau")
    last, sizes = {}, []
    for now, page in enumerate(refs):
        last[page] = now
        last = {p: when for p, when in last.items() if when > now - tau}
        sizes.append(len(last))
    return sizes
