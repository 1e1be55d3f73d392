"""Connects sockets for a worker that shares its user id with the user's own agents (tier C).

Landlock before ABI 9 (Linux 7.1) does not rule the path of a socket. So the filter stops
every connect(2) of a worker and tells this process, the worker's parent, which makes the
connection itself, where `connecting` allows it. No call is ever told to continue.

The broker has no more rights than the worker, which can neither signal nor trace it. A
server sees the broker's process id as its peer's.

Source: seccomp_unotify(2), pidfd_open(2), prctl(2).
"""

import errno
import os
import select
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress

from grader.confine import connecting, privileges, seccomp, syscalls
from grader.confine.tiers import LayerError, status_of

_RETRY_MS = 5
_MOST_DESCRIPTORS = 4096  # a starter has a few dozen


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
            os._exit(status_of(LayerError("broker", "it failed")))
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
    waiting: list[connecting.Request] = []
    while True:
        for descriptor, event in poll.poll(_RETRY_MS if waiting else None):
            if descriptor == ended:
                return os.waitpid(worker, 0)[1]
            if event & select.POLLIN:
                waiting += connecting.receive(descriptor)
            else:
                poll.unregister(descriptor)  # nobody is left who could ask
        waiting = [request for request in waiting if not connecting.settle(request, home, folder)]


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
