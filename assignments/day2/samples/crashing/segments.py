"""Day 2: segments."""

import sys

from machine import SegFault


def pow2(n):
    return n > 0 and n & n - 1 == 0


def die(text):
    """Print what is wrong and stop."""
    print("error:", text)
    sys.exit(1)


def split_va(va, page_size):
    if not pow2(page_size) or va < 0:
        raise ValueError("split_va")
    return va // page_size, va % page_size


def join_va(vpn, off, page_size):
    if not pow2(page_size) or vpn < 0 or off < 0 or off >= page_size:
        raise ValueError("join_va")
    return vpn * page_size + off


class BaseBounds:
    def __init__(self, base, limit):
        if base < 0 or limit < 0:
            raise ValueError("BaseBounds")
        self.base = base
        self.limit = limit

    def translate(self, va):
        if va < 0 or va >= self.limit:
            raise SegFault(va, "r", "MAPERR")
        return self.base + va

    def snapshot(self):
        return {"base": self.base, "limit": self.limit}


class Segment:
    def __init__(self, base, limit, prot="rw", grows="up"):
        if base < 0 or limit < 0:
            raise ValueError("Segment")
        if any(p not in "rwx" for p in prot) or grows not in ("up", "down"):
            raise ValueError("Segment")
        self.base, self.limit, self.prot, self.grows = base, limit, prot, grows


class SegmentTable:
    def __init__(self, va_bits, segments):
        if not pow2(len(segments)) or len(segments) > 2**va_bits:
            raise ValueError("SegmentTable")
        self.va_bits = va_bits
        self.segments = segments
        self.w = 2**va_bits // len(segments)
        for s in segments:
            if s is not None and s.limit > self.w:
                raise ValueError("limit")

    def translate(self, va, access="r"):
        if va < 0 or va >= 2**self.va_bits:
            raise SegFault(va, access, "MAPERR")
        s = self.segments[va // self.w]
        if s is None:
            raise SegFault(va, access, "MAPERR")
        off = va % self.w
        if s.grows == "down":
            off = off - self.w
        if off >= s.limit or off < -s.limit:
            raise SegFault(va, access, "MAPERR")
        if access not in s.prot:
            raise SegFault(va, access, "ACCERR")
        return s.base + off

    def snapshot(self):
        rows = [s and [s.base, s.limit, s.prot, s.grows] for s in self.segments]
        return {"va_bits": self.va_bits, "segments": rows}


def linear_translate(page_table, va, page_size):
    vpn, off = split_va(va, page_size) if va >= 0 else (-1, 0)
    if vpn < 0 or vpn >= len(page_table):
        die("address outside of the page table")
    if not page_table[vpn] >> 31:
        die("entry not valid")
    return (page_table[vpn] & 0x7FFFFFFF) * page_size + off
