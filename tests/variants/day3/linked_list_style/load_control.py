"""Load control with plain lists."""

from __future__ import annotations


def admit(ws: dict, nframes: int) -> list:
    waiting = sorted((size, pid) for pid, size in ws.items())
    running: list = []
    total = 0
    for size, pid in waiting:
        if total + size > nframes:
            return running
        total += size
        running.append(pid)
    return running


class ThrashMeter:
    def __init__(self, window: int, threshold: float) -> None:
        if window < 1:
            raise ValueError("window must be positive")
        self.window = window
        self.threshold = threshold
        self.recent: list = []

    def record(self, fault: bool) -> bool:
        self.recent = [*self.recent, 1 if fault else 0][-self.window :]
        full = len(self.recent) == self.window
        return full and self.recent.count(1) / self.window >= self.threshold

    def snapshot(self) -> dict:
        return {"recent": list(self.recent)}
