"""The confinement tiers: what a submission can reach while it runs.

The only package that knows system calls. It is used on both sides: the grader asks
which tier the place allows, the starter enters it before the first fork, each
worker enters its own part before the first line of a submission.

Today there is one tier, D: a process of its own with limits, a clean environment,
its own session and a sweep, honestly called unconfined. Stronger tiers plug in
here: ``enter_starter``, ``enter_worker`` and ``sweep`` are the only doors.
"""

import os
import resource
import signal
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one worker may use: seconds, bytes, processes."""

    cpu_s: int
    wall_s: float
    memory_bytes: int
    processes: int
    file_bytes: int = 16 << 20
    open_files: int = 64


@dataclass(frozen=True)
class Tier:
    """A tier's letter and what it promises, in words for people."""

    letter: str
    promise: str


PRACTICE = Tier("D", "practice, unconfined: a separate process with limits")


def strongest() -> Tier:
    """Return the strongest tier that this place allows."""
    return PRACTICE


def clean_environment() -> dict[str, str]:
    """Return the whole environment of a worker: nothing of the grader's crosses."""
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


def enter_starter() -> None:
    """Confine the calling process as far as all workers share it."""


def enter_worker(limits: Limits) -> None:
    """Confine the calling process for good; call it before the submission is imported."""
    os.setsid()
    _limit(resource.RLIMIT_CPU, limits.cpu_s, hard=limits.cpu_s + 1)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(which)
    wanted = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    resource.setrlimit(which, (min(soft, wanted), wanted))


def sweep(pid: int) -> None:
    """End whatever the finished worker ``pid`` left running in its session."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
