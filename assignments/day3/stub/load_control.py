"""Load control: when memory is too small for all, run fewer programs.

`admit` decides before the fact, from working sets; `ThrashMeter` notices it after the
fact, from the rate of page faults. Neither stops a program itself.

    ws           working-set sizes in pages, by pid: {1: 5, 2: 3}
    fault        whether one reference was a page fault
    window       the number of latest references that a meter looks at
    threshold    the rate of faults, 0.0 to 1.0, from which a meter speaks of thrashing
"""


def admit(ws: dict[int, int], nframes: int) -> list[int]:
    """Return the pids that may run together in ``nframes`` frames, in order of admission.

    Smaller working sets go first, equal ones by pid, as long as the sum of all fits; the
    first that does not fit ends the admission.
    """
    raise NotImplementedError


class ThrashMeter:
    """A meter of the fault rate over the last ``window`` references.

    Raises ValueError for window < 1.
    """

    def __init__(self, window: int, threshold: float) -> None:
        raise NotImplementedError

    def record(self, fault: bool) -> bool:
        """Record one reference; return whether the system thrashes now.

        That is: ``window`` references have been recorded, and the share of faults among
        the last ``window``, this one included, is at least the threshold.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, list[int]]:
        """Return {"recent": [0 or 1, ...]}, at most ``window`` references, oldest first."""
        raise NotImplementedError
