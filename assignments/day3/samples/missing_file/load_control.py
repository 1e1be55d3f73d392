"""Load control."""


def admit(ws, nframes):
    admitted, total = [], 0
    for pid in sorted(sorted(ws), key=lambda pid: ws[pid]):
        if total + ws[pid] > nframes:
            return admitted
        total += ws[pid]
        admitted.append(pid)
    return admitted


class ThrashMeter:
    def __init__(self, window, threshold):
        if window < 1:
            raise ValueError("window")
        self.window = window
        self.threshold = threshold
        self.recent = []

    def record(self, fault):
        self.recent.append(1 if fault else 0)
        if len(self.recent) > self.window:
            self.recent.pop(0)
        if len(self.recent) < self.window:
            return False
        return sum(self.recent) / self.window >= self.threshold

    def snapshot(self):
        return {"recent": self.recent[:]}
