"""The clean starter: forks one fresh worker per job, reaps it, sweeps after it.

Runs as a program of its own (``python -s -P -S -B starter.py``) on the trusted side
of the line: it never imports a submission, only its children do. A fork from here
costs about two milliseconds because Python, ``codec`` and ``machine`` are loaded.

Conversation over the control socket, which is standard input::

    <- {"files": {name: hex}, "machine": folder or "", "confinement": {...}, "grader": pid}   once
    <- {"run": 7, "limits": {...}} and a descriptor, the worker's channel
       with "files" of its own where it is not the submission that runs
    <- {"kill": 7}
    -> {"ended": 7, "status": wait status, "cpu_s": 0.31, "peak_bytes": ...}
    -> {"fault": "what went wrong here"}                               then exits

It ends, with all its workers, when the control socket or the grader's process does.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

if __name__ == "__main__":  # isolated mode has no script folder; ours is needed for two imports
    _home = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, _home)

from grader import codec, worker
from grader.confine import place as places
from grader.confine import sweeping, tiers, watching
from grader.confine.limits import Limits

if __name__ == "__main__":
    sys.path.remove(_home)

_Files = dict[str, bytes]


class Starter:
    """One starter: the files of one submission, the workers that run now."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._frames = codec.Frames()
        self._texts: list[bytes] = []
        self._descriptors: list[int] = []
        self._running: dict[int, tuple[int, places.Home]] = {}
        self._place = places.Place(tiers.Tier("D", (), ""), "")

    def serve(self) -> None:
        """Obey until the grader closes the control socket or ends."""
        while not self._texts and self._receive():
            pass
        if not self._texts:
            return
        opening = json.loads(self._texts.pop(0))
        files = _decoded(opening["files"])
        machine = _load_machine(opening["machine"])
        grader = _watch(opening["grader"])
        self._place = places.Place(tiers.from_wire(opening["confinement"]), _folder_of(machine))
        self._place.enter()
        gc.freeze()  # a fork then copies fewer pages
        wakeup = _wake_up_at_child_ends()
        poll = select.poll()
        for descriptor in (self._control.fileno(), wakeup, *grader, *self._place.calls):
            poll.register(descriptor, select.POLLIN)
        while True:
            while self._texts:
                self._obey(json.loads(self._texts.pop(0)), files, machine)
            self._reap()
            for descriptor, _ in poll.poll(self._attend()):
                if descriptor == wakeup:
                    os.read(wakeup, 4096)
                elif descriptor in grader or (
                    descriptor == self._control.fileno() and not self._receive()
                ):
                    return

    def _attend(self) -> int | None:
        """Do what running workers need; return in how many ms to look again."""
        pauses = [self._place.attend(), self._watch_rooms()]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _watch_rooms(self) -> int | None:
        """End every worker that overfills the disk; return in how many ms to look again."""
        shared = [(pid, home) for pid, home in self._running.values() if home.room]
        for pid, home in shared:
            if self._place.overflows(home):
                os.kill(pid, signal.SIGKILL)
        return watching.POLL_MS if shared else None

    def end_all(self) -> None:
        """Kill and forget every worker that still runs."""
        for pid, home in self._running.values():
            sweeping.end(pid)
            self._place.clean(home, set())
        self._running.clear()
        self._place.leave()

    def _receive(self) -> bool:
        received, descriptors, _, _ = socket.recv_fds(self._control, 1 << 20, 8)
        self._descriptors += descriptors
        self._texts += self._frames.feed(received)
        return bool(received)

    def _obey(self, order: dict[str, Any], files: _Files, machine: ModuleType) -> None:
        if "kill" in order:
            if order["kill"] in self._running:
                os.kill(self._running[order["kill"]][0], signal.SIGKILL)
            return
        if "files" in order:
            files = _decoded(order["files"])
        channel = self._descriptors.pop(0)
        limits = Limits(**order["limits"])
        home = self._place.home(limits)
        pid = os.fork()
        if pid == 0:
            self._become_worker(channel, home, files, machine, limits)
        os.close(channel)
        self._running[order["run"]] = (pid, home)

    def _reap(self) -> None:
        for run, (pid, home) in list(self._running.items()):
            ended = self._place.reap(pid)
            if ended is None:
                continue
            del self._running[run]
            self._place.clean(home, {other for other, _ in self._running.values()})
            self._tell(
                ended=run, status=ended.status, cpu_s=ended.cpu_s, peak_bytes=ended.peak_bytes
            )

    def _become_worker(
        self, channel: int, home: places.Home, files: _Files, machine: ModuleType, limits: Limits
    ) -> None:
        """Turn this forked child into a worker; never returns."""
        status = 70
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            most = os.sysconf("SC_OPEN_MAX")  # before there is a lower limit
            self._place.enter_home(home, limits)
            os.chdir(home.folder)
            _write(files)
            self._place.confine(home, limits)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(channel, 3)
            os.closerange(4, most)
        except (OSError, tiers.LayerError) as error:
            os._exit(tiers.status_of(error))
        talk = socket.socket(fileno=3)  # open until the very end: its end tells of ours
        try:
            worker.serve(talk, home.folder, machine)
            status = 0
        finally:
            os._exit(status)

    def _tell(self, **wire: Any) -> None:
        self._control.sendall(codec.frame(codec.encode(wire)))


def _decoded(files: dict[str, str]) -> _Files:
    return {name: bytes.fromhex(content) for name, content in files.items()}


def _write(files: _Files) -> None:
    """Write the submission's files into the working directory, under relative names."""
    for name, content in files.items():
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            raise PermissionError(1, f"{name!r} does not stay in the submission's folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _watch(grader: int) -> list[int]:
    """Return a descriptor that is readable once the process ``grader``, our parent, ends.

    Not the parent-death signal: that one comes when the *thread* that started us ends.
    """
    if not hasattr(os, "pidfd_open"):
        return []
    watched = os.pidfd_open(grader)
    if os.getppid() != grader:
        raise ProcessLookupError(3, "the grader has ended")
    return [watched]


def _wake_up_at_child_ends() -> int:
    """Return a descriptor that is readable whenever a child has ended."""
    wakeup, waker = os.pipe()
    for descriptor in (wakeup, waker):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    return wakeup


def _load_machine(folder: str) -> ModuleType:
    """Import the given package; its folder leaves the path again, so only it is reachable.

    A course that gives none gets an empty one, which a submission cannot import.
    """
    if not folder:
        return ModuleType("machine")
    folder = str(Path(folder).resolve())  # a private root holds the package, not a link to it
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("machine")
    finally:
        sys.path.remove(folder)


def _folder_of(machine: ModuleType) -> str:
    """Return where the given package lies, "" for an empty one."""
    file = getattr(machine, "__file__", None)
    return str(Path(file).resolve().parent) if file else ""


def main() -> None:
    """Serve on standard input; a fault here is told to the grader, then this ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides, by closing the socket
    control = socket.socket(fileno=os.dup(0))
    starter = Starter(control)
    try:
        starter.serve()
    except Exception as error:  # noqa: BLE001 - the grader must hear of it, whatever it is
        fault = str(error) if isinstance(error, tiers.LayerError) else f"{error!r}"
        with contextlib.suppress(OSError):
            control.sendall(codec.frame(codec.encode({"fault": fault})))
    finally:
        starter.end_all()
        os._exit(0)  # nothing is left that the interpreter would have to take down


if __name__ == "__main__":
    main()
