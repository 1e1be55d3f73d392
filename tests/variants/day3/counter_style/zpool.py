"""A compressed pool: a list of entries and a regular expression that finds the runs."""

import errno
import re

from machine import err

RUN = re.compile(rb"(.)\1{0,254}", re.DOTALL)


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0 or page_size < 1:
            raise ValueError("capacity or page_size")
        self.capacity = capacity
        self.page_size = page_size
        self.writeback = writeback
        self.entries = []  # [key, code], oldest first

    @property
    def used(self):
        return sum(len(code) for _, code in self.entries)

    def find(self, key):
        for i, entry in enumerate(self.entries):
            if entry[0] == key:
                return i
        return -1

    def store(self, key, page):
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        old = self.find(key)
        if old >= 0:
            self.entries.pop(old)
        code = pack(page)
        if len(code) > min((3 * self.page_size) // 4, self.capacity):
            return False
        while self.used + len(code) > self.capacity:
            key_out, code_out = self.entries.pop(0)
            self.writeback(key_out, unpack(code_out, self.page_size))
        self.entries.append([key, code])
        return True

    def load(self, key):
        at = self.find(key)
        if at < 0:
            raise err(errno.ENOENT)
        return unpack(self.entries.pop(at)[1], self.page_size)

    def ratio(self):
        if self.used == 0:
            return 0.0
        return len(self.entries) * self.page_size / self.used

    def snapshot(self):
        return {"used": self.used, "entries": [list(entry) for entry in self.entries]}


def pack(page):
    if page.count(page[0]) == len(page):
        return b"\0" + page[:1]
    code = b"\1"
    for run in RUN.finditer(page):
        code += bytes([len(run[0])]) + run[1]
    return code


def unpack(code, page_size):
    """Recursive: the first run, then the rest."""
    if code[0] == 0:
        return code[1:] * page_size
    return unpack_runs(code[1:])


def unpack_runs(pairs):
    if len(pairs) > 64:
        middle = len(pairs) // 4 * 2
        return unpack_runs(pairs[:middle]) + unpack_runs(pairs[middle:])
    if not pairs:
        return b""
    return pairs[1:2] * pairs[0] + unpack_runs(pairs[2:])
