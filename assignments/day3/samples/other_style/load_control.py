"""Load control. The meter's memory is one integer, a bit for each reference."""

import heapq


def admit(ws, nframes):
    queue = [(size, pid) for pid, size in ws.items()]
    heapq.heapify(queue)
    admitted = []
    while queue and queue[0][0] <= nframes:
        size, pid = heapq.heappop(queue)
        nframes -= size
        admitted.append(pid)
    return admitted


class ThrashMeter:
    def __init__(self, window, threshold):
        if window < 1:
            raise ValueError("window")
        self.window = window
        self.threshold = threshold
        self.bits = 1  # a 1 in front, which tells how many bits there are

    def record(self, fault):
        self.bits = self.bits << 1 | bool(fault)
        full = 1 << self.window
        if self.bits < full:
            return False
        self.bits = full | self.bits & full - 1
        return (self.bits.bit_count() - 1) / self.window >= self.threshold

    def snapshot(self):
        return {"recent": [int(bit) for bit in f"{self.bits:b}"[1:]]}
