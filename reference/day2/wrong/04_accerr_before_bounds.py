# wrong 4 of segments: ACCERR before bounds; loses D2.2
"""The permission of a segment is checked as soon as the segment is known."""

from machine import SegFault
from right.segments import BaseBounds, Segment, join_va, linear_translate, split_va
from right.segments import SegmentTable as Right

__all__ = ["BaseBounds", "Segment", "SegmentTable", "join_va", "linear_translate", "split_va"]


class SegmentTable(Right):
    def translate(self, va, access="r"):
        segment = self._select(va)
        if segment is not None and access not in segment.prot:
            raise SegFault(va, access, "ACCERR")
        return super().translate(va, access)
