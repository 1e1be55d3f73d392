"""Reference strings."""

from collections import Counter

from policies import simulate
from sortedcontainers import SortedList


def stack_distances(refs):
    times, last, distances = SortedList(), {}, []
    for now, page in enumerate(refs):
        if page in last:
            distances.append(len(times) - times.index(last[page]))
            times.remove(last[page])
        else:
            distances.append(None)
        times.add(now)
        last[page] = now
    return distances


def miss_curve(refs, max_frames):
    if max_frames < 0:
        raise ValueError("max_frames")
    at = Counter(stack_distances(refs))
    curve = [len(refs)]
    for frames in range(1, max_frames + 1):
        curve.append(curve[-1] - at[frames])
    return curve


def belady_anomalies(name, refs, max_frames):
    if max_frames < 1 or name == "random":
        raise ValueError("max_frames or name")
    misses = [simulate(name, refs, frames)["misses"] for frames in range(1, max_frames + 1)]
    pairs = zip(misses, misses[1:])
    return [(i, few, more) for i, (few, more) in enumerate(pairs, 1) if more > few]


def working_set(refs, tau):
    if tau < 1:
        raise ValueError("tau")
    return [len(set(refs[max(0, i - tau) : i])) for i in range(1, len(refs) + 1)]
