from collections import Counter, deque

from policies import simulate


def stack_distances(refs):
    stack, result = [], []
    for page in refs:
        try:
            result.append(stack[::-1].index(page) + 1)
            stack.remove(page)
        except ValueError:
            result.append(None)
        stack.append(page)
    return result


def miss_curve(refs, max_frames):
    if max_frames < 0:
        raise ValueError("max_frames")
    d = stack_distances(refs)
    return [sum(x is None or x > f for x in d) for f in range(max_frames + 1)]


def belady_anomalies(name, refs, max_frames):
    if max_frames < 1 or name == "random":
        raise ValueError("max_frames or name")
    misses = [simulate(name, refs, f)["misses"] for f in range(1, max_frames + 1)]
    return [
        (f, misses[f - 1], misses[f])
        for f in range(1, max_frames)
        if misses[f] > misses[f - 1]
    ]


def working_set(refs, tau):
    if tau < 1:
        raise ValueError("tau")
    window, count, sizes = deque(), Counter(), []
    for page in refs:
        window.append(page)
        count[page] += 1
        if len(window) > tau + 1:
            old = window.popleft()
            count[old] -= 1
            if count[old] == 0:
                del count[old]
        sizes.append(len(count))
    return sizes
