"""The clean starter: forks one fresh worker per job, reaps it, sweeps after it.

Runs as a program of its own (``python -I -S -B starter.py``) on the trusted side
of the line: it never imports a submission, only its children do. A fork from here
costs about two milliseconds because Python, ``codec`` and ``machine`` are loaded.

Conversation over the control socket, which is standard input::

    <- {"files": {name: hex}, "machine": folder}                       once
    <- {"run": 7, "limits": {...}} and a descriptor, the worker's channel
    <- {"kill": 7}
    -> {"ended": 7, "status": wait status, "cpu_s": 0.31, "peak_bytes": ...}
    -> {"fault": "what went wrong here"}                               then exits
"""

import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

if __name__ == "__main__":  # isolated mode has no script folder; ours is needed for two imports
    _home = str(Path(__file__).resolve().parent.parent)
    sys.path.insert(0, _home)

from grader import codec, confine, worker

if __name__ == "__main__":
    sys.path.remove(_home)


class Starter:
    """One starter: the files of one submission, the workers that run now."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._frames = codec.Frames()
        self._texts: list[bytes] = []
        self._descriptors: list[int] = []
        self._running: dict[int, tuple[int, str]] = {}
        self._wakeup, waker = os.pipe()
        for descriptor in (self._wakeup, waker):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Obey until the grader closes the control socket."""
        while not self._texts and self._receive():
            pass
        if not self._texts:
            return
        opening = json.loads(self._texts.pop(0))
        files = {name: bytes.fromhex(content) for name, content in opening["files"].items()}
        machine = _load_machine(opening["machine"])
        confine.enter_starter()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        while True:
            while self._texts:
                self._obey(json.loads(self._texts.pop(0)), files, machine)
            self._reap()
            for descriptor, _ in poll.poll():
                if descriptor == self._wakeup:
                    os.read(self._wakeup, 4096)
                elif not self._receive():
                    return

    def end_all(self) -> None:
        """Kill and forget every worker that still runs."""
        for pid, folder in self._running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self._clean(pid, folder)
        self._running.clear()

    def _receive(self) -> bool:
        received, descriptors, _, _ = socket.recv_fds(self._control, 1 << 20, 8)
        self._descriptors += descriptors
        self._texts += self._frames.feed(received)
        return bool(received)

    def _obey(self, order: dict[str, Any], files: dict[str, bytes], machine: ModuleType) -> None:
        if "kill" in order:
            if order["kill"] in self._running:
                os.kill(self._running[order["kill"]][0], signal.SIGKILL)
            return
        channel = self._descriptors.pop(0)
        folder = tempfile.mkdtemp(prefix="submission-")
        pid = os.fork()
        if pid == 0:
            _become_worker(channel, folder, files, machine, confine.Limits(**order["limits"]))
        os.close(channel)
        self._running[order["run"]] = (pid, folder)

    def _reap(self) -> None:
        for run, (pid, folder) in list(self._running.items()):
            ended, status, usage = os.wait4(pid, os.WNOHANG)
            if ended == 0:
                continue
            del self._running[run]
            self._clean(pid, folder)
            self._tell(
                ended=run,
                status=os.waitstatus_to_exitcode(status),
                cpu_s=usage.ru_utime + usage.ru_stime,
                peak_bytes=usage.ru_maxrss * 1024,
            )

    def _clean(self, pid: int, folder: str) -> None:
        confine.sweep(pid)
        shutil.rmtree(folder, ignore_errors=True)

    def _tell(self, **wire: Any) -> None:
        self._control.sendall(codec.frame(codec.encode(wire)))


def _load_machine(folder: str) -> ModuleType:
    """Import the given package; its folder leaves the path again, so only it is reachable."""
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("machine")
    finally:
        sys.path.remove(folder)


def _become_worker(
    channel: int,
    folder: str,
    files: dict[str, bytes],
    machine: ModuleType,
    limits: confine.Limits,
) -> None:
    """Turn this forked child into a worker; never returns."""
    status = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(channel, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        os.chdir(folder)
        confine.enter_worker(limits)
        worker.serve(socket.socket(fileno=3), folder, machine)
        status = 0
    finally:
        os._exit(status)


def main() -> None:
    """Serve on standard input; a fault here is told to the grader, then this ends."""
    control = socket.socket(fileno=os.dup(0))
    starter = Starter(control)
    try:
        starter.serve()
    except Exception as error:
        control.sendall(codec.frame(codec.encode({"fault": f"{type(error).__name__}: {error}"})))
        raise
    finally:
        starter.end_all()


if __name__ == "__main__":
    main()
