"""Load control. The meter is not written yet."""


def admit(ws, nframes):
    """Return the pids that may run."""
    pids = []
    total = 0
    for size, pid in sorted((size, pid) for pid, size in ws.items()):
        total += size
        if total > nframes:
            break
        pids.append(pid)
    return pids


class ThrashMeter:
    """A meter of the fault rate."""

    def __init__(self, window, threshold):
        raise NotImplementedError

    def record(self, fault):
        """Record one reference."""
        raise NotImplementedError

    def snapshot(self):
        """Return the recent references."""
        raise NotImplementedError
