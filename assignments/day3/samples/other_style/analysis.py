"""Questions to a reference string."""

from collections import Counter
from itertools import accumulate

import policies

BLOCK = 128


def stack_distances(refs):
    """Mark the latest use of each page on a line of positions; count the marks behind one.

    The line is cut into blocks, so that counting looks at one block and at the sums of the rest.
    """
    marks = [0] * (len(refs) + 1)
    sums = [0] * (len(refs) // BLOCK + 1)
    last = {}
    answer = []
    for now, page in enumerate(refs):
        if page in last:
            then = last[page]
            block = then // BLOCK
            end = (block + 1) * BLOCK
            answer.append(sum(marks[then:end]) + sum(sums[block + 1 : now // BLOCK + 1]))
            marks[then] = 0
            sums[block] -= 1
        else:
            answer.append(None)
        last[page] = now
        marks[now] = 1
        sums[now // BLOCK] += 1
    return answer


def miss_curve(refs, max_frames):
    if max_frames < 0:
        raise ValueError("max_frames must not be negative")
    at = Counter(stack_distances(refs))
    hits = accumulate(at[f] if f else 0 for f in range(max_frames + 1))
    return [len(refs) - h for h in hits]


def belady_anomalies(name, refs, max_frames):
    if max_frames < 1 or name == "random":
        raise ValueError("needs at least one frame, and a policy without dice")
    found = []
    fewer = policies.simulate(name, refs, 1)["misses"]
    for f in range(1, max_frames):
        more = policies.simulate(name, refs, f + 1)["misses"]
        if more > fewer:
            found.append((f, fewer, more))
        fewer = more
    return found


def working_set(refs, tau):
    """A reference keeps its page in the set for tau positions, or until the page's next use."""
    if tau < 1:
        raise ValueError("tau must be at least 1")
    change = [0] * (len(refs) + 1)
    last = {}
    for now, page in enumerate(refs):
        change[now] += 1
        if page in last:
            change[min(last[page] + tau, now)] -= 1
        last[page] = now
    for then in last.values():
        change[min(then + tau, len(refs))] -= 1
    return list(accumulate(change))[:-1]
