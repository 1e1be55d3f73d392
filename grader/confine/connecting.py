"""One connect(2) that the filter stopped: who asks, for which socket, and whether it may be.

By a path a socket is connected only to one in the worker's own folder; to an abstract name
only where Landlock lets it, because the broker, whose part this is, stands in a domain
around the worker's. The address is copied before it is judged and the socket found is held
by a descriptor, so that nothing the worker changes meanwhile counts.

Source: seccomp_unotify(2), pidfd_getfd(2), openat2(2), unix(7).
"""

import errno
import fcntl
import os
import signal
import socket
import stat
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from grader.confine import syscalls

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
# struct seccomp_notif: id, pid, flags; then seccomp_data: nr, arch, ip, args[6].
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_REPLY = struct.Struct("=QqiI")
_LONGEST_ADDRESS = 110  # sizeof(struct sockaddr_un)
_STREAMS = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
_LONGEST_WAIT_S = 0.02
_SHORTEST_WAIT = struct.pack("@ll", 0, 1)  # struct timeval; 0 would mean for ever


class _QueueFullError(Exception):
    """The server has yet to accept others: a blocking connect waits for it."""


@dataclass(frozen=True)
class Request:
    """One connect(2): who waits for it, the socket's descriptor and the address there."""

    listener: int
    number: int
    thread: int
    descriptor: int
    address: int
    length: int

    def require_caller(self) -> None:
        """Raise OSError where the thread waits no more: its number may be another's."""
        fcntl.ioctl(self.listener, _IS_VALID, struct.pack("=Q", self.number))

    def answer(self, error: int) -> None:
        """Let the caller go on with ``error``, 0 for a connection."""
        with suppress(OSError):  # it may have been killed meanwhile
            fcntl.ioctl(self.listener, _SEND, _REPLY.pack(self.number, 0, -error, 0))


def receive(listener: int) -> list[Request]:
    """Return the next request; none where whoever asked has ended."""
    notification = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notification)
    except OSError:
        return []
    number, thread, _, _, _, _, descriptor, address, length, *_ = _NOTIFICATION.unpack(notification)
    return [Request(listener, number, thread, descriptor, address, length)]


def settle(request: Request, home: int, folder: str) -> bool:
    """Connect and answer; return False where it has to be tried again."""
    try:
        with _socket_of(request) as taken:
            name = _address_of(request)
            if name.startswith(b"\0"):
                _connect(taken, name)
                request.answer(0)
                return True
            target = _find(os.fsdecode(name), request.thread, home, folder)
            try:
                _connect(taken, f"/proc/self/fd/{target}")
            finally:
                os.close(target)
    except _QueueFullError:
        return False
    except OSError as error:
        request.answer(error.errno or errno.EIO)
    else:
        request.answer(0)
    return True


def _socket_of(request: Request) -> socket.socket:
    """Return the caller's socket, shared with it."""
    thread = os.pidfd_open(request.thread, syscalls.PIDFD_THREAD)
    try:
        request.require_caller()
        taken = syscalls.take_descriptor(thread, request.descriptor)
    finally:
        os.close(thread)
    try:
        found = socket.socket(fileno=taken)
    except OSError:
        os.close(taken)
        raise
    if found.family != socket.AF_UNIX or found.type not in _STREAMS:
        found.close()
        raise PermissionError(errno.EPERM, "only stream sockets of AF_UNIX are connected")
    return found


def _address_of(request: Request) -> bytes:
    """Return a copy of the name: a path, or an abstract name after its null byte."""
    length = request.length & 0xFFFFFFFF
    if not struct.calcsize("=H") < length <= _LONGEST_ADDRESS:
        raise OSError(errno.EINVAL, "no name or one that is too long")
    copy = syscalls.read_memory(request.thread, request.address, length)
    request.require_caller()  # so it was the caller's memory
    if struct.unpack_from("=H", copy)[0] != socket.AF_UNIX:
        raise OSError(errno.EINVAL, "not an address of AF_UNIX")
    name = copy[2:]
    return name if name[0] == 0 else name.split(b"\0", 1)[0]


def _find(path: str, thread: int, home: int, folder: str) -> int:
    """Return a descriptor that holds the socket at ``path``, in the caller's view of it.

    Raises OSError unless it lies below ``folder``, whose descriptor is ``home``.
    """
    path = os.path.join(os.readlink(f"/proc/{thread}/cwd"), path)
    if not path.startswith(folder + os.sep):
        raise PermissionError(errno.EACCES, "not in the worker's own folder")
    found = syscalls.open_beneath(home, path[len(folder) + 1 :])
    if not stat.S_ISSOCK(os.fstat(found).st_mode):
        os.close(found)
        raise ConnectionRefusedError(errno.ECONNREFUSED, "not a socket")
    return found


def _connect(taken: socket.socket, address: str | bytes) -> None:
    """Connect without waiting; raises _QueueFullError where the caller's call would wait.

    The caller shares the socket and may take back what keeps us from waiting: then an
    alarm ends the wait.
    """
    with _Alarm() as alarm:
        _try_to_connect(taken, address, alarm)


class _Alarm:
    """Ends a system call that waits: raises _QueueFullError, once, while it is ``set``.

    It rings again and again: once could be before the call has begun to wait.
    """

    def __init__(self) -> None:
        self.set = False

    def __enter__(self) -> Self:
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, _LONGEST_WAIT_S, _LONGEST_WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _ring(self, _number: int, _frame: object) -> None:
        if self.set:
            self.set = False
            raise _QueueFullError


def _try_to_connect(taken: socket.socket, address: str | bytes, alarm: _Alarm) -> None:
    may_wait = not fcntl.fcntl(taken, fcntl.F_GETFL) & os.O_NONBLOCK
    before = taken.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, len(_SHORTEST_WAIT))
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SHORTEST_WAIT)
    try:
        _call_connect(taken, address, alarm)
    except BlockingIOError as error:
        if may_wait:
            raise _QueueFullError from error
        raise
    except _QueueFullError:
        if not _is_connected(taken):  # else it rang between the connection and our noting it
            raise
    finally:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, before)


def _call_connect(taken: socket.socket, address: str | bytes, alarm: _Alarm) -> None:
    alarm.set = True
    try:
        taken.connect(address)
    finally:
        alarm.set = False


def _is_connected(taken: socket.socket) -> bool:
    try:
        taken.getpeername()
    except OSError:
        return False
    return True
