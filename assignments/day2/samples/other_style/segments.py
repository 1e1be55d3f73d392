"""Old ways to translate.

Every window of a segment table is turned into a "shift" once, when the table is made:

    lo, hi   the valid virtual addresses of the window, lo <= va < hi
    by       what has to be added to such an address

After that it does not matter any more in which direction a segment grows.
"""

from collections import namedtuple

from machine import SegFault

Shift = namedtuple("Shift", "lo hi by prot")
NOWHERE = Shift(0, 0, 0, "")


def page_shift(page_size):
    """12 for 4096"""
    shift = max(page_size, 1).bit_length() - 1
    if page_size != 1 << shift:
        raise ValueError("a page size has to be a power of two")
    return shift


def split_va(va, page_size):
    shift = page_shift(page_size)
    if va < 0:
        raise ValueError("negative va")
    vpn = va >> shift
    return vpn, va - (vpn << shift)


def join_va(vpn, off, page_size):
    shift = page_shift(page_size)
    if vpn < 0 or off >> shift != 0:  # off >> shift is -1 (or less) if off < 0
        raise ValueError("negative vpn, or offset not in the page")
    return (vpn << shift) + off


class BaseBounds:
    def __init__(self, base, limit):
        if base < 0 or limit < 0:
            raise ValueError("negative")
        self.shift = Shift(0, limit, base, "r")

    def translate(self, va):
        return apply(self.shift, va, "r")

    def snapshot(self):
        return {"base": self.shift.by, "limit": self.shift.hi}


def apply(shift, va, access):
    if va < shift.lo or va >= shift.hi:
        raise SegFault(va, access, "MAPERR")
    if access not in shift.prot:
        raise SegFault(va, access, "ACCERR")
    return va + shift.by


class Segment:
    def __init__(self, base, limit, prot="rw", grows="up"):
        ok = base >= 0 and limit >= 0 and grows in ("up", "down")
        if not ok or any(letter not in "rwx" for letter in prot):
            raise ValueError("bad segment")
        self.base, self.limit, self.prot, self.grows = base, limit, prot, grows

    def shift(self, start, end):
        """My Shift, if my window is start..end"""
        if self.grows == "up":
            return Shift(start, start + self.limit, self.base - start, self.prot)
        return Shift(end - self.limit, end, self.base - end, self.prot)


class SegmentTable:
    def __init__(self, va_bits, segments):
        n = len(segments)
        if n not in [1 << s for s in range(va_bits + 1)]:
            raise ValueError("number of segments")
        self.va_bits = va_bits
        self.segments = tuple(segments)
        self.window = (1 << va_bits) // n
        self.shifts = []
        for number, segment in enumerate(self.segments):
            start = number * self.window
            if segment is None:
                self.shifts.append(NOWHERE)
            elif segment.limit > self.window:
                raise ValueError("segment larger than its window")
            else:
                self.shifts.append(segment.shift(start, start + self.window))

    def translate(self, va, access="r"):
        inside = 0 <= va < 1 << self.va_bits
        return apply(self.shifts[va // self.window] if inside else NOWHERE, va, access)

    def snapshot(self):
        segments = [s and [s.base, s.limit, s.prot, s.grows] for s in self.segments]
        return {"va_bits": self.va_bits, "segments": segments}


def linear_translate(page_table, va, page_size):
    shift = page_shift(page_size)
    try:
        if va < 0:
            raise IndexError
        entry = page_table[va >> shift]
        if entry < 1 << 31:
            raise IndexError
    except IndexError:
        raise SegFault(va, "r", "MAPERR") from None
    return ((entry - (1 << 31)) << shift) + va % page_size
