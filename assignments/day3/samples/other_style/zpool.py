"""Compressed pages. A plain dict remembers the order in which its keys were added."""

import errno

from machine import err


def squeeze(page):
    if page.count(page[0]) == len(page):
        return b"\0" + page[:1]
    code = b"\1"
    while page:
        rest = page.lstrip(page[:1])
        run = len(page) - len(rest)
        while run > 255:
            code += b"\xff" + page[:1]
            run -= 255
        code += bytes([run, page[0]])
        page = rest
    return code


def expand(code, page_size):
    if code[0] == 0:
        return code[1:] * page_size
    return b"".join(code[i + 1 : i + 2] * code[i] for i in range(1, len(code), 2))


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0:
            raise ValueError("capacity")
        if page_size < 1:
            raise ValueError("page_size")
        self.capacity, self.page_size, self.writeback = capacity, page_size, writeback
        self.codes = {}
        self.used = 0

    def store(self, key, page):
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        if key in self.codes:
            self.take(key)
        code = squeeze(page)
        if len(code) > self.page_size * 3 // 4 or len(code) > self.capacity:
            return False
        while self.capacity - self.used < len(code):
            oldest = next(iter(self.codes))
            self.writeback(oldest, self.take(oldest))
        self.codes[key] = code
        self.used += len(code)
        return True

    def take(self, key):
        code = self.codes.pop(key)
        self.used -= len(code)
        return expand(code, self.page_size)

    def load(self, key):
        if key in self.codes:
            return self.take(key)
        raise err(errno.ENOENT)

    def ratio(self):
        return len(self.codes) * self.page_size / self.used if self.used else 0.0

    def snapshot(self):
        return {"used": self.used, "entries": [[key, code] for key, code in self.codes.items()]}
