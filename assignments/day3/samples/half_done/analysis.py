"""Analysis of reference strings. belady_anomalies is still missing."""


def stack_distances(refs):
    """Return the LRU stack distances."""
    stack = []  # most recent page first
    distances = []
    for page in refs:
        if page in stack:
            depth = stack.index(page)
            distances.append(depth + 1)
            del stack[depth]
        else:
            distances.append(None)
        stack.insert(0, page)
    return distances


def miss_curve(refs, max_frames):
    """Return the LRU misses for 0..max_frames frames."""
    if max_frames < 0:
        raise ValueError("max_frames")
    distances = stack_distances(refs)
    curve = []
    for frames in range(max_frames + 1):
        misses = 0
        for distance in distances:
            if distance is None or distance > frames:
                misses += 1
        curve.append(misses)
    return curve


def belady_anomalies(name, refs, max_frames):
    """Return where one more frame means more misses."""
    raise NotImplementedError


def working_set(refs, tau):
    """Return the working-set sizes."""
    if tau < 1:
        raise ValueError("tau")
    sizes = []
    for i in range(len(refs)):
        window = refs[max(0, i - tau + 1) : i + 1]
        sizes.append(len(set(window)))
    return sizes
