"""Least recently used, with a clock and a queue of notes.

Each use of a key writes a note (time, key) at the end of a queue.  A note is out of date
if the key has been used again, or is gone.  The oldest note that is not out of date names
the least recently used key.  Out-of-date notes are thrown away when they are met, and all
of them when there are too many.
"""

from collections import deque


class Recency:
    def __init__(self):
        self.now = 0
        self.last = {}  # key -> time of its last use
        self.notes = deque()

    def __len__(self):
        return len(self.last)

    def __contains__(self, key):
        return key in self.last

    def use(self, key):
        self.now += 1
        self.last[key] = self.now
        self.notes.append((self.now, key))
        if len(self.notes) > 100 + 4 * len(self.last):
            self.notes = deque(sorted((time, key) for key, time in self.last.items()))

    def forget(self, key):
        del self.last[key]

    def oldest(self):
        while True:
            time, key = self.notes[0]
            if self.last.get(key) == time:
                return key
            self.notes.popleft()

    def in_order(self):
        return sorted(self.last, key=self.last.get)
