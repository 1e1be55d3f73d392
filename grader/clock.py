"""The only door to the clock: seconds from an arbitrary start, never going back."""

from time import monotonic as now

__all__ = ["now"]
