# wrong 3 of segments: base of a down segment taken as its low end; loses D2.2 D2.18
"""A down segment is placed as if its base were where it starts and not where it ends."""

from right.segments import BaseBounds, Segment, join_va, linear_translate, split_va
from right.segments import SegmentTable as Right

__all__ = ["BaseBounds", "Segment", "SegmentTable", "join_va", "linear_translate", "split_va"]


class SegmentTable(Right):
    def _place(self, segment, off):
        pa = super()._place(segment, off)
        return pa + segment.limit if segment.grows == "down" else pa
