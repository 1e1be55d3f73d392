"""Compressed pages: runs by recursion."""

import errno

from machine import err


def runs(page):
    """Return the code of the page's runs: the first run, and then those of the rest."""
    if not page:
        return b""
    n = 1
    while n < len(page) and n < 256 and page[n] == page[0]:
        n += 1
    return bytes([n, page[0]]) + runs(page[n:])


def code_of(page):
    return b"\0" + page[:1] if len(set(page)) == 1 else b"\1" + runs(page)


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0 or page_size < 1:
            raise ValueError("capacity or page_size")
        self.capacity, self.page_size, self.writeback = capacity, page_size, writeback
        self.codes = []  # (key, code), oldest first

    @property
    def used(self):
        return sum(len(code) for _, code in self.codes)

    def page_of(self, code):
        if code[0] == 0:
            return code[1:] * self.page_size
        return b"".join(code[i + 1 : i + 2] * code[i] for i in range(1, len(code), 2))

    def store(self, key, page):
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        self.codes = [(k, c) for k, c in self.codes if k != key]
        code = code_of(page)
        if len(code) > min(3 * self.page_size // 4, self.capacity):
            return False
        while self.used + len(code) > self.capacity:
            oldest, its_code = self.codes.pop(0)
            self.writeback(oldest, self.page_of(its_code))
        self.codes.append((key, code))
        return True

    def load(self, key):
        for i, (k, code) in enumerate(self.codes):
            if k == key:
                del self.codes[i]
                return self.page_of(code)
        raise err(errno.ENOENT)

    def ratio(self):
        return len(self.codes) * self.page_size / self.used

    def snapshot(self):
        return {"used": self.used, "entries": [list(entry) for entry in self.codes]}
