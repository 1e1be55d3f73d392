"""A share of the machine for one process and all it starts: CPU and memory, by control groups.

Both versions of the interface, because machines still have the first (cgroups(7)).
"""

import os
from contextlib import suppress
from typing import NamedTuple

_BASE = "/sys/fs/cgroup"
_PERIOD_US = 100_000


class Share(NamedTuple):
    """The folders of one share, to `join` and to `remove`."""

    folders: tuple[str, ...]


def make(cpus: float, memory_bytes: int) -> Share:
    """Return a new share of ``cpus`` processors; raises OSError where that is not allowed."""
    quota_us = round(cpus * _PERIOD_US)
    name = f"grader-{os.getpid()}"
    if os.path.exists(f"{_BASE}/cgroup.controllers"):
        folder = f"{_BASE}/{name}"
        wanted = {
            f"{folder}/cpu.max": f"{quota_us} {_PERIOD_US}",
            f"{folder}/memory.max": f"{memory_bytes}",
        }
        share = Share((folder,))
    else:
        wanted = {
            f"{_BASE}/cpu/{name}/cpu.cfs_period_us": f"{_PERIOD_US}",
            f"{_BASE}/cpu/{name}/cpu.cfs_quota_us": f"{quota_us}",
            f"{_BASE}/memory/{name}/memory.limit_in_bytes": f"{memory_bytes}",
        }
        share = Share((f"{_BASE}/cpu/{name}", f"{_BASE}/memory/{name}"))
    try:
        for folder in share.folders:
            os.mkdir(folder)
        for path, line in wanted.items():
            _write(path, line)
    except OSError:
        remove(share)
        raise
    return share


def join(share: Share) -> None:
    """Put the calling process, and what it will start, under the share."""
    for folder in share.folders:
        _write(f"{folder}/cgroup.procs", "0")


def remove(share: Share) -> None:
    """Forget the share, once nothing runs under it any more."""
    for folder in share.folders:
        with suppress(OSError):  # a process may still be in it; it is empty and costs nothing
            os.rmdir(folder)


def _write(path: str, line: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(line)
