"""The only door to the clock: ``now`` in seconds from an arbitrary start, and ``sleep``."""

from time import monotonic as now
from time import sleep

__all__ = ["now", "sleep"]
