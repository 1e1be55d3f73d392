import errno
from itertools import groupby

from machine import err


def _pack(page):
    if min(page) == max(page):
        return b"\0" + page[:1]
    code = bytearray(b"\1")
    for byte, run in groupby(page):
        n = len(list(run))
        while n >= 255:
            code += bytes([255, byte])
            n -= 255
        code += bytes([n, byte])
    return bytes(code)


def _unpack(code, size):
    if code[0] == 0:
        return code[1:2] * size
    return b"".join(bytes([b]) * n for n, b in zip(code[1::2], code[2::2]))


class ZPool:
    def __init__(self, capacity, page_size, writeback):
        if capacity < 0 or page_size < 1:
            raise ValueError("capacity, page_size")
        self._capacity, self._page_size, self._writeback = capacity, page_size, writeback
        self._codes = {}
        self.used = 0

    def store(self, key, page):
        if len(page) != self._page_size:
            raise err(errno.EINVAL)
        if key in self._codes:
            self._remove(key)
        code = _pack(page)
        if len(code) > 3 * self._page_size // 4 or len(code) > self._capacity:
            return False
        while self.used + len(code) >= self._capacity and self._codes:
            oldest = next(iter(self._codes))
            self._writeback(oldest, self._remove(oldest))
        self._codes[key] = code
        self.used += len(code)
        return True

    def _remove(self, key):
        code = self._codes.pop(key)
        self.used -= len(code)
        return _unpack(code, self._page_size)

    def load(self, key):
        if key not in self._codes:
            raise err(errno.ENOENT)
        return self._remove(key)

    def ratio(self):
        return len(self._codes) * self._page_size / self.used if self.used else 0.0

    def snapshot(self):
        return {"used": self.used, "entries": [[k, c] for k, c in self._codes.items()]}
