"""A compressed pool as a linked list of entries."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from machine import err


class Entry:
    def __init__(self, key: Any, code: bytes) -> None:
        self.key = key
        self.code = code
        self.older: Entry = self
        self.newer: Entry = self


class ZPool:
    def __init__(self, capacity: int, page_size: int, writeback: Callable) -> None:
        if capacity < 0 or page_size < 1:
            raise ValueError("bad capacity or page size")
        self.capacity = capacity
        self.page_size = page_size
        self.writeback = writeback
        self.ends = Entry(None, b"")  # its newer one is the oldest of all
        self.entries: dict = {}

    def store(self, key: Any, page: bytes) -> bool:
        if len(page) != self.page_size:
            raise err(errno.EINVAL)
        if key in self.entries:
            self.unlink(key)
        code = compress(page)
        if len(code) > 3 * self.page_size // 4 or len(code) > self.capacity:
            return False
        while self.used + len(code) > self.capacity:
            oldest = self.unlink(self.ends.newer.key)
            self.writeback(oldest.key, self.decompress(oldest.code))
        self.link(Entry(key, code))
        return True

    def load(self, key: Any) -> bytes:
        if key not in self.entries:
            raise err(errno.ENOENT)
        return self.decompress(self.unlink(key).code)

    @property
    def used(self) -> int:
        return sum(len(entry.code) for entry in self.entries.values())

    def ratio(self) -> float:
        return len(self.entries) * self.page_size / self.used if self.entries else 0.0

    def snapshot(self) -> dict:
        rows = []
        entry = self.ends.newer
        while entry is not self.ends:
            rows.append([entry.key, entry.code])
            entry = entry.newer
        return {"used": self.used, "entries": rows}

    def link(self, entry: Entry) -> None:
        newest = self.ends.older
        entry.older = newest
        entry.newer = self.ends
        newest.newer = entry
        self.ends.older = entry
        self.entries[entry.key] = entry

    def unlink(self, key: Any) -> Entry:
        entry = self.entries.pop(key)
        entry.older.newer = entry.newer
        entry.newer.older = entry.older
        return entry

    def decompress(self, code: bytes) -> bytes:
        if code[0] == 0:
            return bytes([code[1]] * self.page_size)
        page = b""
        for i in range(1, len(code), 2):
            page += bytes([code[i + 1]] * code[i])
        return page


def compress(page: bytes) -> bytes:
    if len(set(page)) == 1:
        return bytes([0, page[0]])
    code = [1]
    start = 0
    while start < len(page):
        end = start
        while end < len(page) and page[end] == page[start] and end - start < 255:
            end += 1
        code += [end - start, page[start]]
        start = end
    return bytes(code)
