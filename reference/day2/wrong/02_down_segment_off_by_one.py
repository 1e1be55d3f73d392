# wrong 2 of segments: down segment off by one (d < limit); loses D2.2 D2.18
"""The bound of an up segment, a strict one, is copied to down segments."""

from right.segments import BaseBounds, Segment, join_va, linear_translate, split_va
from right.segments import SegmentTable as Right

__all__ = ["BaseBounds", "Segment", "SegmentTable", "join_va", "linear_translate", "split_va"]


class SegmentTable(Right):
    def _in_bounds(self, segment, off):
        if segment.grows == "down":
            return self._window - off < segment.limit
        return super()._in_bounds(segment, off)
