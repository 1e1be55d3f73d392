"""Day 2, part 1: the old ways.  Finished."""

from machine import SegFault


def check_page_size(page_size):
    n = 1
    while n < page_size:
        n = n * 2
    if n != page_size:
        raise ValueError("page_size must be a power of two")


def split_va(va, page_size):
    """Split an address into page number and offset."""
    check_page_size(page_size)
    if va < 0:
        raise ValueError("va must not be negative")
    return va // page_size, va % page_size


def join_va(vpn, off, page_size):
    """The reverse of split_va."""
    check_page_size(page_size)
    if vpn < 0 or off < 0 or off >= page_size:
        raise ValueError("vpn or off out of range")
    return vpn * page_size + off


class BaseBounds:
    def __init__(self, base, limit):
        if base < 0 or limit < 0:
            raise ValueError("must not be negative")
        self.base = base
        self.limit = limit

    def translate(self, va):
        if 0 <= va < self.limit:
            return self.base + va
        raise SegFault(va, "r", "MAPERR")

    def snapshot(self):
        return {"base": self.base, "limit": self.limit}


class Segment:
    def __init__(self, base, limit, prot="rw", grows="up"):
        if base < 0 or limit < 0:
            raise ValueError("must not be negative")
        for c in prot:
            if c != "r" and c != "w" and c != "x":
                raise ValueError("prot")
        if grows != "up" and grows != "down":
            raise ValueError("grows")
        self.base = base
        self.limit = limit
        self.prot = prot
        self.grows = grows


class SegmentTable:
    def __init__(self, va_bits, segments):
        check_page_size(len(segments))  # any power of two, so this will do
        self.window = 2**va_bits // len(segments)
        if self.window < 1:
            raise ValueError("more segments than addresses")
        for seg in segments:
            if seg is not None and seg.limit > self.window:
                raise ValueError("limit too large")
        self.va_bits = va_bits
        self.segments = segments

    def translate(self, va, access="r"):
        if va < 0 or va >= 2**self.va_bits:
            raise SegFault(va, access, "MAPERR")
        seg = self.segments[va // self.window]
        if seg is None:
            raise SegFault(va, access, "MAPERR")
        off = va % self.window
        if seg.grows == "up":
            if off >= seg.limit:
                raise SegFault(va, access, "MAPERR")
            pa = seg.base + off
        else:
            d = self.window - off
            if d > seg.limit:
                raise SegFault(va, access, "MAPERR")
            pa = seg.base - d
        if access not in seg.prot:
            raise SegFault(va, access, "ACCERR")
        return pa

    def snapshot(self):
        rows = []
        for seg in self.segments:
            if seg is None:
                rows.append(None)
            else:
                rows.append([seg.base, seg.limit, seg.prot, seg.grows])
        return {"va_bits": self.va_bits, "segments": rows}


def linear_translate(page_table, va, page_size):
    """Translate through a list with one int per page."""
    check_page_size(page_size)
    vpn = va // page_size
    if va < 0 or vpn >= len(page_table) or page_table[vpn] < 2**31:
        raise SegFault(va, "r", "MAPERR")
    return (page_table[vpn] - 2**31) * page_size + va % page_size
