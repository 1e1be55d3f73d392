"""What one worker may use, and the kernel's own limits that hold it to that."""

import os
import resource
import signal
from dataclasses import dataclass

THREADS_OF_ONE_PROCESS = 32
ROOM_FILES = 8
ROOM_INODES = 4096


@dataclass(frozen=True)
class Limits:
    """What one worker may use: seconds, bytes, processes.

    ``processes`` counts threads, as the kernel does. 1 means that the worker may
    neither fork nor exec, and may start threads: performance items, whose CPU clock
    does not see children.
    """

    cpu_s: int
    wall_s: float
    memory_bytes: int
    processes: int
    file_bytes: int = 16 << 20
    open_files: int = 64

    @property
    def may_fork(self) -> bool:
        """Whether the worker may have children."""
        return self.processes > 1

    @property
    def tasks(self) -> int:
        """How many processes and threads there may be at once."""
        return self.processes if self.may_fork else THREADS_OF_ONE_PROCESS

    @property
    def room_bytes(self) -> int:
        """How much all files of the worker, shared memory included, may take together."""
        return ROOM_FILES * self.file_bytes


def impose(limits: Limits, tasks_already: int | None) -> None:
    """Limit the calling process for good.

    RLIMIT_NPROC counts the tasks of the *user*, so the ``tasks_already`` there are
    added; None leaves the number of processes alone.
    """
    _limit(resource.RLIMIT_CPU, limits.cpu_s, hard=limits.cpu_s + 1)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 1 << 16)
    if tasks_already is not None:
        _limit(resource.RLIMIT_NPROC, tasks_already + limits.tasks)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(which)
    wanted = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    resource.setrlimit(which, (min(soft, wanted), wanted))


def tasks_of_user(uid: int) -> int:
    """Return how many processes and threads of ``uid`` run now (proc(5), task/)."""
    total = 0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            if entry.stat().st_uid == uid:
                total += len(os.listdir(f"{entry.path}/task"))
        except OSError:
            continue
    return total
