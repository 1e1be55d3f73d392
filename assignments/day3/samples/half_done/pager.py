"""Demand paging: from an access to the events that make the page present."""


class Pager:
    """A demand pager over ``nframes`` frames, shared by all processes under one policy."""

    def __init__(self, nframes, policy="clock"):
        raise NotImplementedError

    def add_process(self, pid, vmas):
        """Create a process."""
        raise NotImplementedError

    def access(self, pid, vpn, write=False):
        """Touch one page; return what happened, in order."""
        raise NotImplementedError

    def exit(self, pid):
        """End a process; return the events of its resident pages."""
        raise NotImplementedError

    def stats(self, pid=None):
        """Return the counters and the cost."""
        raise NotImplementedError

    def snapshot(self):
        """Return who is where."""
        raise NotImplementedError
