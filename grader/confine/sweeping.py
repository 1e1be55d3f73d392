"""After a worker: end what it left running, remove what it left lying.

Trusts nothing of what it finds: names are never followed through links, a tree may be
deeper than any recursion, processes may fork while they are being ended.
"""

import contextlib
import os
import resource
import signal
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

_MOST_STRAYS = 1000
# Where everyone may create entries; a worker without a root of its own can, too.
SHARED_MEMORY = "/dev/shm"
MEMORY_FOLDERS = (SHARED_MEMORY, "/dev/mqueue")
PUBLIC_FOLDERS = (*MEMORY_FOLDERS, "/tmp", "/var/tmp", "/run/lock")


@dataclass(frozen=True)
class Ended:
    """A worker that ended: its exit status (negative: a signal) and what it used."""

    status: int
    cpu_s: float
    peak_bytes: int


def reap(pid: int, *, group: bool) -> Ended | None:
    """Return how the worker ``pid`` ended, its ``group`` gone with it; None if it runs."""
    if group and hasattr(os, "waitid"):
        # A zombie keeps its number, so the group cannot become someone else's meanwhile.
        over = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return end(pid) if over else None
    ended, status, usage = os.wait4(pid, os.WNOHANG)
    if not ended:
        return None
    if group:
        _kill_group(pid)
    return _ended(status, usage)


def end(pid: int) -> Ended:
    """Kill the worker ``pid`` and its whole process group; return when all are gone.

    What its orphans used counts, too.

    killpg(2) reaches every member in one step under the kernel's lock, also those that
    are just being forked. Its descendants become ours when their parents end
    (PR_SET_CHILD_SUBREAPER), so that "no more children in this group" is a proof.
    """
    _kill_group(pid)
    with contextlib.suppress(ProcessLookupError):  # it may not lead its group yet
        os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    ended = _ended(status, usage)
    with contextlib.suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-pid, 0)
            other = _ended(0, usage)
            cpu_s, peak_bytes = other.cpu_s, max(ended.peak_bytes, other.peak_bytes)
            ended = replace(ended, cpu_s=ended.cpu_s + cpu_s, peak_bytes=peak_bytes)
    return ended


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _ended(status: int, usage: resource.struct_rusage) -> Ended:
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2) differs in ru_maxrss
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), cpu_s, usage.ru_maxrss * unit)


def end_strays(spare: set[int]) -> None:
    """Kill every child of this process but the groups ``spare``: orphans that left theirs.

    The seccomp layer lets none leave; this is for tiers without it and for the case
    that it should fail. Bounded, because a chain of forks could outrun it.
    """
    for _ in range(_MOST_STRAYS):
        strays = {pid for pid in _children() if pid not in spare and _group(pid) not in spare}
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _children() -> set[int]:
    """Return the children of this process, which has one thread (proc(5))."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="utf-8") as file:
            return {int(word) for word in file.read().split()}
    except OSError:
        return set()


def remove_tree(folder: str) -> None:
    """Remove ``folder`` whatever lies in it, however deep; what resists stays.

    Folders of folders are moved up first, so that no path grows and nothing recurses.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.lstat(folder).st_mode):
            os.chmod(folder, 0o700)
        top = os.open(folder, flags)
        try:
            _empty(top, flags)
        finally:
            os.close(top)
        os.rmdir(folder)


def _empty(top: int, flags: int) -> None:
    number = 0
    waiting = list(_unlink_files(top))
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):
            os.chmod(name, 0o700, dir_fd=top)
            inner = os.open(name, flags, dir_fd=top)
            try:
                for found in _unlink_files(inner):
                    number += 1
                    moved = f".grader-{number}"
                    os.rename(found, moved, src_dir_fd=inner, dst_dir_fd=top)
                    waiting.append(moved)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _unlink_files(folder: int) -> Iterator[str]:
    """Unlink what is not a folder in ``folder``; yield the folders' names."""
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                yield name
            else:
                os.unlink(name, dir_fd=folder)


def remove_owned(uid: int, folders: Iterable[str]) -> None:
    """Remove what ``uid``, a worker's own, left directly in ``folders``."""
    for folder in folders:
        for path in entries_of(folder):
            with contextlib.suppress(OSError):
                if os.lstat(path).st_uid == uid:
                    remove_entry(path)


def remove_new_shared_memory(before: Collection[str], uid: int) -> None:
    """Remove shared memory of ``uid`` that was not there ``before`` and that nobody maps.

    For tier C, where a worker shares its user id with the user's other programs.
    """
    there = entries_of(SHARED_MEMORY)
    new = [path for path in there if path not in before and _owner(path) == uid]
    if new:
        used = _mapped()
        for path in new:
            if path not in used:
                remove_entry(path)


def _owner(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def _mapped() -> set[str]:
    """Return every /dev/shm path that some process of this user has mapped (proc(5))."""
    used: set[str] = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with (
                contextlib.suppress(OSError),
                open(f"/proc/{entry}/maps", encoding="utf-8", errors="surrogateescape") as maps,
            ):
                used |= {line.split(maxsplit=5)[-1].strip() for line in maps if "/dev/shm/" in line}
    return used


def remove_entry(path: str) -> None:
    """Remove the file or tree at ``path``; what resists stays."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            remove_tree(path)
        else:
            os.unlink(path)


def entries_of(folder: str) -> list[str]:
    """Return the paths of what lies in ``folder``; none where it cannot be listed."""
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []
