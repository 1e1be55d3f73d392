"""Connects sockets for a worker that shares its user id with the user's own agents (tier C).

Landlock before ABI 9 (Linux 7.1) does not rule the path of a socket. So the filter stops
every connect(2) of a worker and tells this process, the worker's parent, which makes the
connection itself: by a path only to a socket in the worker's own folder; to an abstract
name only where Landlock lets it, because it stands in a domain around the worker's. The
address is copied before it is judged and the socket found is held by a descriptor, so
that nothing the worker changes meanwhile counts. No call is ever told to continue.

The broker has no more rights than the worker, which can neither signal nor trace it. A
server sees the broker's process id as its peer's.

Source: seccomp_unotify(2), pidfd_getfd(2), openat2(2), unix(7).
"""

import errno
import fcntl
import os
import select
import shutil
import signal
import socket
import stat
import struct
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from grader.confine import privileges, seccomp, syscalls

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102
# struct seccomp_notif: id, pid, flags; then seccomp_data: nr, arch, ip, args[6].
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_REPLY = struct.Struct("=QqiI")
_LONGEST_ADDRESS = 110  # sizeof(struct sockaddr_un)
_STREAMS = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
_RETRY_MS = 5
_SHORTEST_WAIT = struct.pack("@ll", 0, 1)  # struct timeval; 0 would mean for ever
_MOST_DESCRIPTORS = 4096  # a starter has a few dozen


class _QueueFullError(Exception):
    """The server has yet to accept others: a blocking connect waits for it."""


def divide(folder: str, program: bytes, channel: int, fence: Callable[[], None]) -> None:
    """Return in a child that is filtered by ``program``; the caller stays as its broker.

    ``folder`` is the worker's own, with no link in its path. ``channel`` is the worker's
    descriptor by which the grader sees its end, which must come after the broker has
    learnt how it ended. ``fence`` is called in the child and keeps it from signalling
    the broker. Raises OSError, only in the child.
    """
    ours, theirs = socket.socketpair()
    broker = os.getpid()
    worker = os.fork()
    if worker:
        theirs.close()
        try:
            _keep_only(channel, ours.fileno())
            _end_like(_serve(ours, worker, folder))
        finally:
            os._exit(errno.EIO)
    privileges.die_with_parent()
    if os.getppid() != broker:
        raise ProcessLookupError(errno.ESRCH, "the broker has ended")
    fence()
    listener = syscalls.install_filter(program, listen=True)
    with ours, theirs:
        socket.send_fds(theirs, [b"!"], [listener])
    os.close(listener)  # whoever held it could answer in the broker's place


def _keep_only(*kept: int) -> None:
    """Close every other descriptor."""
    first = 0
    for descriptor in (*sorted(kept), _MOST_DESCRIPTORS):
        if first < descriptor:  # os.closerange takes an empty range for one without end
            os.closerange(first, descriptor)
        first = descriptor + 1


def _serve(told: socket.socket, worker: int, folder: str) -> int:
    """Answer the processes of ``worker`` until it ends; return its wait status."""
    privileges.hide_memory()
    home = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    _, listeners, _, _ = socket.recv_fds(told, 1, 1)
    ended = os.pidfd_open(worker)
    poll = select.poll()
    for descriptor in (ended, *listeners):
        poll.register(descriptor, select.POLLIN)
    waiting: list[_Request] = []
    while True:
        for descriptor, event in poll.poll(_RETRY_MS if waiting else None):
            if descriptor == ended:
                return os.waitpid(worker, 0)[1]
            if event & select.POLLIN:
                waiting += _receive(descriptor)
            else:
                poll.unregister(descriptor)  # nobody is left who could ask
        waiting = [request for request in waiting if not _settle(request, home, folder)]


@dataclass(frozen=True)
class _Request:
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


def _receive(listener: int) -> list[_Request]:
    """Return the next request; none where whoever asked has ended."""
    notification = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notification)
    except OSError:
        return []
    number, thread, _, _, _, _, descriptor, address, length, *_ = _NOTIFICATION.unpack(notification)
    return [_Request(listener, number, thread, descriptor, address, length)]


def _settle(request: _Request, home: int, folder: str) -> bool:
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


def _socket_of(request: _Request) -> socket.socket:
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


def _address_of(request: _Request) -> bytes:
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
    """Connect without waiting; raises _QueueFullError where the caller's call would wait."""
    if fcntl.fcntl(taken, fcntl.F_GETFL) & os.O_NONBLOCK:
        taken.connect(address)
        return
    before = taken.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, len(_SHORTEST_WAIT))
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SHORTEST_WAIT)
    try:
        taken.connect(address)
    except BlockingIOError as error:
        raise _QueueFullError from error
    finally:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, before)


def _end_like(status: int) -> None:
    """End this process as the worker did, which the starter then sees."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        with suppress(OSError):  # SIGKILL has no other handler anyway
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
        os.kill(os.getpid(), -code)
    os._exit(code)


def rehearse() -> None:
    """Raise OSError unless a broker can connect its worker here; for a probe's child."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="grader-"))
    try:
        actor = os.fork()
        if actor == 0:
            _act(folder)
        status = os.waitstatus_to_exitcode(os.waitpid(actor, 0)[1])
        if status:
            raise OSError(abs(status), "a worker could not connect through its broker")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _act(folder: str) -> None:
    """Be a broker and its worker, which connects to itself; ends with an errno."""
    error = errno.EIO
    try:
        program = seccomp.build(private_ipc=False, shared_uid=True, may_fork=True, brokered=True)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        privileges.show_memory()  # as a worker does; the grader's may be hidden
        divide(folder, program, 0, lambda: None)
        path = os.path.join(folder, "socket")
        with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
            server.bind(path)
            server.listen()
            client.connect(path)
        error = 0
    except OSError as failure:
        error = failure.errno or errno.EIO
    finally:
        os._exit(error)
