"""Connects sockets for workers that share their user id with the user's own agents (tier C).

Landlock before ABI 9 (Linux 7.1) does not rule the path of a socket. So the filter stops
every connect(2) of a worker and tells the starter, which makes the connection itself, where
`connecting` allows it. No call is ever told to continue.

The starter stands in a Landlock domain around those of its workers: it reaches no abstract
name but theirs. They can neither signal nor trace it. A server sees the starter's process
id as its peer's.

Source: seccomp_unotify(2), pidfd_open(2), landlock(7).
"""

import errno
import os
import select
import shutil
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field

from grader.confine import connecting, landlock, privileges, seccomp, syscalls

_RETRY_MS = 5


@dataclass
class _Client:
    """A worker: its own folder, held by a descriptor, and what it waits for."""

    folder: str
    home: int
    listener: int | None = None
    waiting: list[connecting.Request] = field(default_factory=list)


class Broker:
    """The starter's part; a worker takes its own with `divert`.

    It can be polled: ``fileno`` is readable when `attend` has something to do.
    """

    def __init__(self) -> None:
        self._clients: dict[int, _Client] = {}
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        self._events = select.epoll()
        self._events.register(self._ours, select.EPOLLIN)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._events.fileno()

    @property
    def pause_ms(self) -> int | None:
        """In how many ms to attend again although nothing is readable; None for not at all."""
        return _RETRY_MS if any(client.waiting for client in self._clients.values()) else None

    def enter(self) -> None:
        """Let the calling process reach no abstract name but those of its descendants."""
        privileges.forgo_gains()
        rules = landlock.scope()
        landlock.enforce(rules)
        os.close(rules)

    def open(self, number: int, folder: str) -> None:
        """Expect a worker ``number``, below 256, whose own ``folder`` has no link in its path."""
        home = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._clients[number] = _Client(folder, home)

    def divert(self, number: int, program: bytes) -> None:
        """Filter the calling worker by ``program`` and let the starter hear of its connects.

        Every descriptor that it has of the broker must be closed before it runs anything
        of a submission: whoever held a listener could answer in the starter's place.
        """
        listener = syscalls.install_filter(program, listen=True)
        socket.send_fds(self._theirs, [bytes([number])], [listener])
        os.close(listener)

    def attend(self) -> None:
        """Take new listeners, answer what can be answered now."""
        for descriptor, event in self._events.poll(0):
            if descriptor == self._ours.fileno():
                self._take_listeners()
            elif event & select.EPOLLIN:
                self._client_of(descriptor).waiting += connecting.receive(descriptor)
            else:
                self._events.unregister(descriptor)  # nobody is left who could ask
        for client in self._clients.values():
            client.waiting = [
                request
                for request in client.waiting
                if not connecting.settle(request, client.home, client.folder)
            ]

    def close(self, number: int) -> None:
        """Forget the worker ``number``, which has ended."""
        self.attend()  # its listener may still be on the way
        client = self._clients.pop(number)
        os.close(client.home)
        if client.listener is not None:
            with suppress(FileNotFoundError):  # `attend` saw its end first
                self._events.unregister(client.listener)
            os.close(client.listener)

    def _take_listeners(self) -> None:
        with suppress(BlockingIOError):  # all that were sent are taken
            while True:
                number, listeners, _, _ = socket.recv_fds(self._ours, 1, 1)
                self._clients[number[0]].listener = listeners[0]
                self._events.register(listeners[0], select.EPOLLIN)

    def _client_of(self, listener: int) -> _Client:
        return next(one for one in self._clients.values() if one.listener == listener)


def rehearse() -> None:
    """Raise OSError unless a broker can connect its worker here; for a probe's child."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="grader-"))
    try:
        broker = Broker()
        broker.enter()
        broker.open(0, folder)
        worker = os.fork()
        if worker == 0:
            _act(broker, folder)
        ended = os.pidfd_open(worker)
        poll = select.poll()
        for descriptor in (ended, broker.fileno()):
            poll.register(descriptor, select.POLLIN)
        while ended not in dict(poll.poll(broker.pause_ms)):
            broker.attend()
        status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        if status:
            raise OSError(abs(status), "a worker could not connect through its broker")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _act(broker: Broker, folder: str) -> None:
    """Be a worker that connects to itself; ends with an errno."""
    error = errno.EIO
    try:
        program = seccomp.build(private_ipc=False, shared_uid=True, may_fork=True, brokered=True)
        privileges.show_memory()  # as a worker does; the grader's may be hidden
        broker.divert(0, program)
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
