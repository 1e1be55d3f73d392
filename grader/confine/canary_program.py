"""What a hostile submission would try first; runs inside the sandbox before any submission.

A program of its own, sent to a worker as bytes, never imported by the grader. It
reports what it could do; `canary.leaks` says what of that must not be.
"""

import contextlib
import os
import socket
import time

_BYTES = 16
_LINGERS_S = 30


def attempts(reads: list[str], writes: list[str], grader: int) -> dict[str, list[object]]:
    """Return what succeeded: paths read, paths written, the grader's start time, sockets."""
    return {
        "read": [path for path in reads if _can_read(path)],
        "written": [path for path in writes if _can_write(path)],
        "grader": [_start_time(grader), _can_signal(grader)],
        "sockets": [name for name in ("AF_INET", "AF_INET6") if _can_open(name)],
        "root": [_can_become_root()],
    }


def linger() -> bool:
    """Leave a process behind that holds the channel open; return whether it has started."""
    if os.fork():
        return True
    with contextlib.suppress(OSError):
        os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(_LINGERS_S)
    os._exit(0)


def _can_read(path: str) -> bool:
    try:
        if os.path.isdir(path):
            os.listdir(path)
        else:
            with open(path, "rb") as file:
                file.read(_BYTES)
    except OSError:
        return False
    return True


def _can_write(path: str) -> bool:
    """Open without changing anything; in a folder, make and remove an entry."""
    try:
        if os.path.isdir(path):
            made = os.path.join(path, f".canary-{os.getpid()}")
            os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(made)
        else:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError:
        return False
    return True


def _start_time(pid: int) -> str:
    """Return field 22 of /proc/PID/stat, which with the number makes a process unique."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _can_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _can_open(family: str) -> bool:
    try:
        socket.socket(getattr(socket, family), socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def _can_become_root() -> bool:
    if os.getuid() == 0:
        return True
    try:
        os.setuid(0)
    except OSError:
        return False
    return True
