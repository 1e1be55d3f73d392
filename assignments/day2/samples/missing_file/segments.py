"""Segments (day 2)."""

from machine import SegFault

BIT31 = 1 << 31


def check(condition):
    if not condition:
        raise ValueError


def is_pow2(n):
    return n >= 1 and bin(n).count("1") == 1


def split_va(va, page_size):
    check(is_pow2(page_size) and va >= 0)
    return va // page_size, va % page_size


def join_va(vpn, off, page_size):
    check(is_pow2(page_size) and vpn >= 0 and 0 <= off < page_size)
    return vpn * page_size + off


class BaseBounds:
    def __init__(self, base, limit):
        check(base >= 0 and limit >= 0)
        self.base = base
        self.limit = limit

    def translate(self, va):
        if va < 0 or va >= self.limit:
            raise SegFault(va, "r", "MAPERR")
        return va + self.base

    def snapshot(self):
        return dict(base=self.base, limit=self.limit)


class Segment:
    def __init__(self, base, limit, prot="rw", grows="up"):
        check(base >= 0 and limit >= 0)
        check(all(p in "rwx" for p in prot))
        check(grows in ["up", "down"])
        self.row = [base, limit, prot, grows]


class SegmentTable:
    def __init__(self, va_bits, segments):
        check(is_pow2(len(segments)))
        check(len(segments) <= 2**va_bits)
        self.va_bits = va_bits
        self.rows = [None if s is None else s.row for s in segments]
        self.w = 2**va_bits // len(segments)
        check(all(row is None or row[1] <= self.w for row in self.rows))

    def translate(self, va, access="r"):
        if va < 0 or va >= 2**self.va_bits:
            raise SegFault(va, access, "MAPERR")
        row = self.rows[va // self.w]
        if row is None:
            raise SegFault(va, access, "MAPERR")
        base, limit, prot, grows = row
        off = va % self.w
        # how far from where the segment begins
        distance = off if grows == "up" else self.w - off - 1
        if distance >= limit:
            raise SegFault(va, access, "MAPERR")
        if access not in prot:
            raise SegFault(va, access, "ACCERR")
        return base + distance if grows == "up" else base - 1 - distance

    def snapshot(self):
        return dict(va_bits=self.va_bits, segments=[row and row[:] for row in self.rows])


def linear_translate(page_table, va, page_size):
    check(is_pow2(page_size))
    if va >= 0 and va // page_size < len(page_table):
        entry = page_table[va // page_size]
        if entry & BIT31:
            return (entry ^ BIT31) * page_size + va % page_size
    raise SegFault(va, "r", "MAPERR")
