# wrong 1 of segments: offset taken modulo page_size - 1; loses D2.1 D2.3
"""The mask of the offset, page_size - 1, is used as if it were the modulus."""

from right.segments import BaseBounds, Segment, SegmentTable, join_va
from right.segments import linear_translate as right_linear_translate
from right.segments import split_va as right_split_va

__all__ = ["BaseBounds", "Segment", "SegmentTable", "join_va", "linear_translate", "split_va"]


def split_va(va, page_size):
    vpn, _ = right_split_va(va, page_size)
    return vpn, va % max(page_size - 1, 1)


def linear_translate(page_table, va, page_size):
    pa = right_linear_translate(page_table, va, page_size)
    return pa - pa % page_size + split_va(va, page_size)[1]
