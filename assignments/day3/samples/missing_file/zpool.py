"""Compressed pages (finished in the train, the battery was nearly empty)."""

import errno

from machine import err


def compress(page):
    first = page[0]
    if all(byte == first for byte in page):
        return bytes([0, first])
    code, run = [1], 1
    for here, following in zip(page, [*page[1:], None]):
        if here == following and run < 255:
            run += 1
        else:
            code += [run, here]
            run = 1
    return bytes(code)


def decompress(code, page_size):
    if code[0] == 0:
        return bytes([code[1]] * page_size)
    page = []
    for i in range(1, len(code), 2):
        page += [code[i + 1]] * code[i]
    return bytes(page)


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0 or page_size < 1:
            raise ValueError("capacity or page_size")
        self.capacity = capacity
        self.page_size = page_size
        self.writeback = writeback
        self.entries = {}
        self.used = 0

    def store(self, key, page):
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        self.used -= len(self.entries.pop(key, b""))
        code = compress(page)
        if len(code) > 3 * self.page_size // 4 or len(code) > self.capacity:
            return False
        while self.used + len(code) > self.capacity:
            oldest = list(self.entries)[0]
            old_code = self.entries.pop(oldest)
            self.used -= len(old_code
            self.writeback(oldest, decompress(old_code, self.page_size))
        self.entries[key] = code
        self.used += len(code)
        return True

    def load(self, key):
        if key not in self.entries:
            raise err(errno.ENOENT)
        code = self.entries.pop(key)
        self.used -= len(code)
        return decompress(code, self.page_size)

    def ratio(self):
        return len(self.entries) * self.page_size / self.used if self.used else 0.0

    def snapshot(self):
        return {"used": self.used, "entries": [[k, c] for k, c in self.entries.items()]}
