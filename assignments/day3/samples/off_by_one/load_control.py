def admit(ws, nframes):
    admitted = []
    for pid in sorted(ws, key=lambda pid: (ws[pid], pid)):
        if sum(ws[p] for p in admitted) + ws[pid] > nframes:
            break
        admitted.append(pid)
    return admitted


class ThrashMeter:
    def __init__(self, window, threshold):
        if window < 1:
            raise ValueError("window")
        self._window, self._threshold = window, threshold
        self._recent = []

    def record(self, fault):
        self._recent = (self._recent + [int(fault)])[-self._window :]
        rate = sum(self._recent) / self._window
        return len(self._recent) == self._window and rate > self._threshold

    def snapshot(self):
        return {"recent": list(self._recent)}
