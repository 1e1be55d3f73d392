"""Segments and linear tables, written with shifts and masks."""

from machine import SegFault


def check_page_size(page_size):
    if page_size <= 0 or bin(page_size).count("1") != 1:
        raise ValueError("page size must be a power of two")


def split_va(va, page_size):
    check_page_size(page_size)
    if va < 0:
        raise ValueError("negative address")
    bits = page_size.bit_length() - 1
    return va >> bits, va & (page_size - 1)


def join_va(vpn, off, page_size):
    check_page_size(page_size)
    if vpn < 0 or off < 0 or off >= page_size:
        raise ValueError("bad page number or offset")
    return (vpn << (page_size.bit_length() - 1)) | off


class BaseBounds:
    def __init__(self, base, limit):
        if base < 0 or limit < 0:
            raise ValueError("base and limit must not be negative")
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
            raise ValueError("base and limit must not be negative")
        for letter in prot:
            if letter not in "rwx":
                raise ValueError("prot may only use r, w, x")
        if grows not in {"up", "down"}:
            raise ValueError("grows must be up or down")
        self.base = base
        self.limit = limit
        self.prot = prot
        self.grows = grows


class SegmentTable:
    def __init__(self, va_bits, segments):
        s = 0
        while 1 << s < len(segments):
            s += 1
        if 1 << s != len(segments) or s > va_bits:
            raise ValueError("need a power of two of segments that fits the address")
        self.va_bits = va_bits
        self.off_bits = va_bits - s
        self.segments = list(segments)
        for seg in self.segments:
            if seg is not None and seg.limit > 1 << self.off_bits:
                raise ValueError("limit larger than the window")

    def translate(self, va, access="r"):
        if va < 0 or va >= 1 << self.va_bits:
            raise SegFault(va, access, "MAPERR")
        seg = self.segments[va >> self.off_bits]
        if seg is None:
            raise SegFault(va, access, "MAPERR")
        off = va & ((1 << self.off_bits) - 1)
        if seg.grows == "down":
            off -= 1 << self.off_bits  # now negative: -d
            inside = -off <= seg.limit
        else:
            inside = off < seg.limit
        if not inside:
            raise SegFault(va, access, "MAPERR")
        if access not in seg.prot:
            raise SegFault(va, access, "ACCERR")
        return seg.base + off

    def snapshot(self):
        rows = []
        for seg in self.segments:
            if seg is None:
                rows.append(None)
            else:
                rows.append([seg.base, seg.limit, seg.prot, seg.grows])
        return {"va_bits": self.va_bits, "segments": rows}


def linear_translate(page_table, va, page_size):
    check_page_size(page_size)
    if va < 0:
        raise SegFault(va, "r", "MAPERR")
    vpn, off = split_va(va, page_size)
    if vpn >= len(page_table):
        raise SegFault(va, "r", "MAPERR")
    entry = page_table[vpn]
    if not (entry >> 31) & 1:
        raise SegFault(va, "r", "MAPERR")
    return join_va(entry & 0x7FFFFFFF, off, page_size)
