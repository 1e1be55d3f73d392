"""Segments as small tuples of numbers; translations as expressions."""

from typing import NamedTuple

from machine import SegFault


def _log2(n):
    """Return k with 2**k == n."""
    if n < 1:
        raise ValueError(f"{n} is not a power of two")
    if n == 1:
        return 0
    if n % 2:
        raise ValueError(f"{n} is not a power of two")
    return 1 + _log2(n // 2)


def split_va(va, page_size):
    _log2(page_size)
    if va < 0:
        raise ValueError(va)
    return divmod(va, page_size)


def join_va(vpn, off, page_size):
    _log2(page_size)
    if vpn < 0 or off not in range(page_size):
        raise ValueError((vpn, off))
    return vpn * page_size + off


class BaseBounds(NamedTuple("BaseBounds", [("base", int), ("limit", int)])):
    def __new__(cls, base, limit):
        if min(base, limit) < 0:
            raise ValueError((base, limit))
        return super().__new__(cls, base, limit)

    def translate(self, va):
        if va in range(self.limit):
            return self.base + va
        raise SegFault(va, "r", "MAPERR")

    def snapshot(self):
        return self._asdict()


class Segment:
    def __init__(self, base, limit, prot="rw", grows="up"):
        if min(base, limit) < 0 or prot.strip("rwx") or grows not in ("up", "down"):
            raise ValueError((base, limit, prot, grows))
        self.row = [base, limit, prot, grows]


class SegmentTable:
    def __init__(self, va_bits, segments):
        s = _log2(len(segments))
        if s > va_bits:
            raise ValueError("more segments than addresses")
        self._va_bits = va_bits
        self._window = 2 ** (va_bits - s)
        self._rows = [seg.row if seg is not None else None for seg in segments]
        if any(row is not None and row[1] > self._window for row in self._rows):
            raise ValueError("limit exceeds the window")

    def translate(self, va, access="r"):
        n, off = divmod(va, self._window)
        row = self._rows[n] if 0 <= n < len(self._rows) else None
        if row is None:
            raise SegFault(va, access, "MAPERR")
        base, limit, prot, grows = row
        valid = range(limit) if grows == "up" else range(self._window - limit, self._window)
        if off not in valid:
            raise SegFault(va, access, "MAPERR")
        if access not in prot:
            raise SegFault(va, access, "ACCERR")
        return base + off if grows == "up" else base - self._window + off

    def snapshot(self):
        return {"va_bits": self._va_bits, "segments": [row and list(row) for row in self._rows]}


def linear_translate(page_table, va, page_size):
    _log2(page_size)
    n, off = divmod(va, page_size)
    entry = page_table[n] if 0 <= n < len(page_table) else 0
    if entry & 2**31 == 0:
        raise SegFault(va, "r", "MAPERR")
    return entry % 2**31 * page_size + off
