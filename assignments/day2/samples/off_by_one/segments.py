"""Translation before there were page tables."""

from dataclasses import dataclass

from machine import SegFault


def power_of_two(n):
    return n > 0 and (n & (n - 1)) == 0


def split_va(va, page_size):
    if not power_of_two(page_size) or va < 0:
        raise ValueError
    return divmod(va, page_size)


def join_va(vpn, off, page_size):
    if not power_of_two(page_size) or vpn < 0 or not 0 <= off < page_size:
        raise ValueError
    return vpn * page_size + off


@dataclass
class BaseBounds:
    base: int
    limit: int

    def __post_init__(self):
        if self.base < 0 or self.limit < 0:
            raise ValueError

    def translate(self, va):
        if not 0 <= va < self.limit:
            raise SegFault(va, "r", "MAPERR")
        return self.base + va

    def snapshot(self):
        return {"base": self.base, "limit": self.limit}


@dataclass
class Segment:
    base: int
    limit: int
    prot: str = "rw"
    grows: str = "up"

    def __post_init__(self):
        if self.base < 0 or self.limit < 0:
            raise ValueError
        if set(self.prot) - set("rwx") or self.grows not in ("up", "down"):
            raise ValueError

    def find(self, off, window):
        """Physical address, or None"""
        if self.grows == "up":
            return self.base + off if off < self.limit else None
        d = window - off
        return self.base - d if d < self.limit else None


class SegmentTable:
    def __init__(self, va_bits, segments):
        if not power_of_two(len(segments)) or len(segments) > 2**va_bits:
            raise ValueError
        self.va_bits = va_bits
        self.segments = segments
        self.window = 2**va_bits // len(segments)
        if any(s and s.limit > self.window for s in segments):
            raise ValueError

    def translate(self, va, access="r"):
        pa = None
        if 0 <= va < 2**self.va_bits:
            n, off = divmod(va, self.window)
            segment = self.segments[n]
            if segment:
                pa = segment.find(off, self.window)
        if pa is None:
            raise SegFault(va, access, "MAPERR")
        if access not in segment.prot:
            raise SegFault(va, access, "ACCERR")
        return pa

    def snapshot(self):
        return {
            "va_bits": self.va_bits,
            "segments": [s and [s.base, s.limit, s.prot, s.grows] for s in self.segments],
        }


def linear_translate(page_table, va, page_size):
    if not power_of_two(page_size):
        raise ValueError
    vpn, off = va // page_size, va % page_size
    if not 0 <= vpn < len(page_table):
        raise SegFault(va, "r", "MAPERR")
    if page_table[vpn] & 0x80000000 == 0:
        raise SegFault(va, "r", "MAPERR")
    return (page_table[vpn] & 0x7FFFFFFF) * page_size + off
