"""A pool of compressed pages.

encode and decode work.  TODO: make room when the pool is full (writeback), ratio.
"""

import errno

from machine import err


def encode(page):
    if len(set(page)) == 1:
        return bytes([0, page[0]])
    code = [1]
    count, previous = 0, None
    for byte in page:
        if byte == previous and count < 255:
            count += 1
        else:
            if count:
                code += [count, previous]
            count, previous = 1, byte
    code += [count, previous]
    return bytes(code)


def decode(code, page_size):
    if code[0] == 0:
        return bytes([code[1]]) * page_size
    page = bytearray()
    for i in range(1, len(code), 2):
        page += bytes([code[i + 1]]) * code[i]
    return bytes(page)


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0 or page_size < 1:
            raise ValueError("capacity, page_size")
        self.capacity = capacity
        self.page_size = page_size
        self.writeback = writeback
        self.entries = {}

    @property
    def used(self):
        return sum(len(code) for code in self.entries.values())

    def store(self, key, page):
        """Compress and keep a page."""
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        self.entries.pop(key, None)
        code = encode(page)
        if len(code) > (3 * self.page_size) // 4 or len(code) > self.capacity:
            return False
        if self.used + len(code) > self.capacity:
            raise NotImplementedError
        self.entries[key] = code
        return True

    def load(self, key):
        """Return a page and forget it."""
        if key not in self.entries:
            raise err(errno.ENOENT)
        return decode(self.entries.pop(key), self.page_size)

    def ratio(self):
        """Return the compression ratio."""
        raise NotImplementedError

    def snapshot(self):
        """Return used and entries."""
        return {"used": self.used, "entries": [[k, c] for k, c in self.entries.items()]}
