"""Load control with running sums."""

from itertools import accumulate


def admit(ws, nframes):
    order = sorted(ws)
    order.sort(key=ws.get)  # stable: equal sizes stay in order of pid
    totals = accumulate(ws[pid] for pid in order)
    return [pid for pid, total in zip(order, totals, strict=True) if total <= nframes]


class ThrashMeter:
    def __init__(self, window, threshold):
        if window < 1:
            raise ValueError("window")
        self.window = window
        self.threshold = threshold
        self.history = []
        self.faults = 0

    def record(self, fault):
        self.history.append(int(fault))
        self.faults += self.history[-1]
        if len(self.history) > self.window:
            self.faults -= self.history.pop(0)
        if len(self.history) < self.window:
            return False
        return self.faults / self.window >= self.threshold

    def snapshot(self):
        return {"recent": self.history[:]}
