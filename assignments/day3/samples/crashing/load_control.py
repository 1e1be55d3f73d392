"""Load control."""

from collections import deque


def admit(ws, nframes):
    order = sorted((size, pid) for pid, size in ws.items())
    admitted = []
    while order and order[0][0] <= nframes:
        size, pid = order.pop(0)
        nframes -= size
        admitted.append(pid)
    return admitted


class ThrashMeter:
    def __init__(self, window, threshold):
        if window < 1:
            raise ValueError("window")
        self.threshold = threshold
        self.recent = deque(maxlen=window)

    def record(self, fault):
        self.recent.append(int(fault))
        full = len(self.recent) == self.recent.maxlen
        return full and self.recent.count(1) / len(self.recent) >= self.threshold

    def snapshot(self):
        return {"recent": list(self.recent)}
