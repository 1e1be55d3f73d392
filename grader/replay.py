"""Starts, feeds, times and ends workers.

Owns the conversation with untrusted processes: one absolute deadline per job, caps
on what is read, no exception that a worker could cause. Never judges an answer.

Legend::

    Job      which modules to import and which traces to play, under which limits
    Answer   the texts of the transcripts that arrived, and how the worker ended
    Bench    one submission (or the reference) with a starter that forks its workers
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

from grader import clock, codec, confine
from grader.confine import canary
from grader.errors import GraderFault

EndingKind = Literal["finished", "import_failed", "exited", "signalled", "timeout", "garbled"]
_CHUNK = 1 << 18
# What one worker may answer: one text, and all of them. More is an attempt on our memory.
_MAX_TEXT_BYTES = 8 << 20
_MAX_BYTES = 192 << 20
_GRACE_S = 5.0
_SWEEP_S = 60.0  # on some disks it takes milliseconds to remove one of thousands of folders
_SET_UP_S = 30.0
_PAUSE_S = 0.02
# What -I means, but for the environment, which is ours: it fixes the order of sets.
_ISOLATED = ("-s", "-P", "-S", "-B")


@dataclass(frozen=True)
class Ending:
    """How a worker ended; ``number`` is its exit status or signal where it has one."""

    kind: EndingKind
    number: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """Traces, already as canonical texts, for one fresh worker."""

    modules: tuple[str, ...]
    traces: Sequence[bytes]
    limits: confine.Limits
    explain: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back: at most one text per trace (with ``explain``, per step).

    ``imported`` tells whether the modules were, before the worker ended.
    """

    texts: tuple[bytes, ...]
    ending: Ending
    cpu_s: float
    peak_bytes: int
    imported: bool


class Bench:
    """A place to run one set of files: a starter and the workers that it forks.

    ``files`` are the bytes of every file by relative name, ``machine`` the folder
    that holds the given package, None where a course gives none. Use it as a context
    manager; leaving it ends every process it started. ``tier`` is the strongest of this
    place if not given. What the program prints goes to the descriptor ``echo``, if given.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        machine: Path | None,
        *,
        tier: confine.Tier | None = None,
        echo: int | None = None,
    ) -> None:
        self._files = files
        self._machine = machine
        self._echo = echo
        self.tier = tier or confine.strongest()
        self._numbers = count(1)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._frames = codec.Frames()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._control is not None and self._process is not None:
            _hang_up(self._control)
            try:
                self._process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def run(self, job: Job, each: Callable[[int], None] | None = None) -> Answer:
        """Play the traces of ``job`` in one fresh worker; return what it answered.

        ``each`` is called with the number of answers so far. Raises GraderFault when
        our own side fails; whatever the submission does comes back as an Answer.
        """
        answer, outlived = self._play(job, each or (lambda _: None), {})
        if outlived:
            raise GraderFault(canary.message([canary.LINGERED], self.tier))
        return answer

    def canary(self, reads: Sequence[Path] = (), writes: Sequence[Path] = ()) -> None:
        """Let a program try to get out before any submission does; call it once, first.

        ``reads`` must be out of its reach (references, hidden checks), ``writes`` must
        be safe from it (results). Raises GraderFault, naming layer and remedy, if it
        succeeds in anything; tier D promises nothing and is not tried.
        """
        if not self._is_confined:
            return
        me = os.getpid()
        steps = canary.trace([*map(str, reads)], [*map(str, writes)], me)
        job = Job((canary.MODULE,), [codec.encode(steps)], canary.LIMITS)
        files = {name: content.hex() for name, content in canary.files().items()}
        answer, outlived = self._play(job, lambda _: None, {"files": files})
        found = canary.judge(answer.texts, self.tier, canary.start_time(me), outlived=outlived)
        if found:
            raise GraderFault(canary.message(found, self.tier))

    @property
    def _is_confined(self) -> bool:
        """Whether the tier promises anything; D does not."""
        return self.tier.letter in "ABC"

    def _play(
        self, job: Job, each: Callable[[int], None], extra: Mapping[str, Any]
    ) -> tuple[Answer, bool]:
        """Return the answer, and whether a process outlived the sweep after the worker."""
        if self._control is None:
            self._start()
        ours, theirs = socket.socketpair()
        number = next(self._numbers)
        with ours:
            with theirs:
                self._order([theirs.fileno()], run=number, limits=asdict(job.limits), **extra)
            listener = _Listener(ours, job, each)
            kind = listener.converse(job.limits.wall_s)
            # Also where it has answered: a submission may have replaced os._exit.
            self._order([], kill=number)
            ended = self._await_end(number)
            outlived = self._is_confined and not _closes(ours)
            return listener.answer(kind, ended), outlived

    def _order(self, descriptors: list[int], **order: Any) -> None:
        """Tell the starter something; if it has ended, `_await_end` finds out why."""
        assert self._control is not None
        message = codec.frame(codec.encode(order))
        with suppress(BrokenPipeError, ConnectionResetError):
            sent = socket.send_fds(self._control, [message], descriptors)
            self._control.sendall(message[sent:])

    def _start(self) -> None:
        confine.hide_memory()  # ours, before anything runs that might look at it
        self._control, theirs = socket.socketpair()
        starter = Path(__file__).with_name("starter.py")
        shown = subprocess.DEVNULL if self._echo is None else self._echo
        unbuffered = [] if self._echo is None else ["-u"]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, *_ISOLATED, *unbuffered, str(starter)],
                stdin=theirs.fileno(),
                stdout=shown,
                stderr=shown,
                cwd="/",
                env=confine.clean_environment(),
                start_new_session=True,
            )
        opening = {
            "files": {name: content.hex() for name, content in self._files.items()},
            "machine": str(self._machine or ""),
            "confinement": self.tier.to_wire(),
            "grader": os.getpid(),
        }
        self._order([], **opening)

    def _await_end(self, number: int) -> dict[str, Any]:
        """Return the starter's report on worker ``number``; it kills on our order."""
        assert self._control is not None
        self._control.settimeout(_SWEEP_S)
        try:
            while received := self._control.recv(_CHUNK):
                for text in self._frames.feed(received):
                    told: dict[str, Any] = codec.decode(text)
                    if "fault" in told:
                        raise GraderFault(f"the starter of the workers failed: {told['fault']}")
                    if told["ended"] == number:
                        return told
        except ConnectionResetError:
            pass
        except TimeoutError:
            raise GraderFault("the starter of the workers does not answer; run it again") from None
        finally:
            self._control.settimeout(None)
        raise GraderFault("the starter of the workers ended early; run it again")


class _Listener:
    """One conversation: sends the job as fast as it is taken, reads what comes."""

    def __init__(self, channel: socket.socket, job: Job, each: Callable[[int], None]) -> None:
        opening = {"modules": job.modules, "count": len(job.traces), "explain": job.explain}
        texts = [codec.encode(opening), *job.traces]
        self._unsent = memoryview(b"".join(codec.frame(text) for text in texts))
        self._channel = channel
        self._explain = job.explain
        # An explaining worker answers each step by itself and may end at any of them.
        self._wanted = _steps(job) if job.explain else len(job.traces)
        self._most_bytes = 2 * _MAX_TEXT_BYTES if job.explain else _MAX_BYTES
        self._each = each
        self._ready = False
        self._import_error: dict[str, Any] = {}
        self._imported = False
        self._texts: list[bytes] = []

    def converse(self, wall_s: float, set_up_s: float = _SET_UP_S) -> EndingKind:
        """Talk until the worker has answered, ended, broken the format or run out of time.

        Its time runs from when it is ready, which it says before it imports anything of a
        submission: on a busy machine setting it up may take longer than a short limit.
        """
        frames = codec.Frames(_MAX_TEXT_BYTES)
        deadline = clock.now() + set_up_s
        taken = 0
        self._channel.setblocking(False)
        with selectors.DefaultSelector() as selector:
            events = selectors.EVENT_READ | selectors.EVENT_WRITE
            selector.register(self._channel, events)
            while not self._complete():
                ready = selector.select(max(0.0, deadline - clock.now()))
                if not ready:
                    return "timeout"
                _, mask = ready[0]
                try:
                    if mask & selectors.EVENT_WRITE and self._send():
                        selector.modify(self._channel, selectors.EVENT_READ)
                    if mask & selectors.EVENT_READ:
                        received = self._channel.recv(_CHUNK)
                        if not received:
                            return "exited"
                        taken += len(received)
                        if taken > self._most_bytes:
                            return "garbled"
                        for text in frames.feed(received):
                            if not self._ready:
                                deadline = clock.now() + wall_s
                            self._take(text)
                        self._each(len(self._texts))
                except codec.CodecError:
                    return "garbled"
                except ConnectionResetError:
                    return "exited"
        return "finished" if self._imported else "import_failed"

    def _complete(self) -> bool:
        if self._import_error:
            return True
        return not self._explain and self._imported and len(self._texts) == self._wanted

    def _send(self) -> bool:
        """Send a part of what is left; return whether nothing is.

        To a worker that has ended nothing is left to send, but what it said before is
        still to be read.
        """
        try:
            sent = self._channel.send(self._unsent[:_CHUNK])
        except (BrokenPipeError, ConnectionResetError):
            return True
        self._unsent = self._unsent[sent:]
        return not self._unsent

    def _take(self, text: bytes) -> None:
        if self._import_error:
            return  # its last word, whether or not what follows came in the same piece
        if not self._ready:
            self._ready = True
        elif not self._imported:
            told = codec.decode(text)
            if type(told) is not dict or type(told.get("imported")) is not bool:
                raise codec.CodecError("not an import report")
            self._imported = told["imported"]
            self._import_error = {} if self._imported else told
        elif len(self._texts) == self._wanted:
            raise codec.CodecError("more answers than questions")
        else:
            self._texts.append(text)

    def answer(self, kind: EndingKind, ended: dict[str, Any]) -> Answer:
        """Return the answer, now that the starter has told how the worker ended."""
        status = ended["status"]
        if not self._ready:
            raise GraderFault(f"a worker could not be set up: {confine.explain_status(status)}")
        if kind == "exited" and self._explain and status == 0 and self._imported:
            kind = "finished"
        ending = Ending(kind, status if kind == "exited" else 0, self._import_error)
        if kind == "exited" and status < 0:
            out_of_time = -status in (signal.SIGXCPU, signal.SIGKILL) and ended["cpu_s"] > 0.5
            ending = Ending("timeout" if out_of_time else "signalled", -status)
        cpu_s, peak_bytes = ended["cpu_s"], ended["peak_bytes"]
        return Answer(tuple(self._texts), ending, cpu_s, peak_bytes, self._imported)


def _steps(job: Job) -> int:
    return sum(len(codec.decode_trusted(text)) for text in job.traces)


def _hang_up(control: socket.socket) -> None:
    """Let the starter end, and wait for it: `Popen.wait` alone looks ever more rarely."""
    control.settimeout(_SWEEP_S)
    with control, suppress(OSError):  # it may have ended already, or not end at all
        control.shutdown(socket.SHUT_WR)
        while control.recv(_CHUNK):
            pass


def _closes(channel: socket.socket) -> bool:
    """Whether soon nobody holds the other end; what still waits here is thrown away.

    At once, as a rule. But where a worker has sent descriptors in circles, the kernel
    finds out only later that nobody can receive them any more: it looks for such whenever
    a socket is closed.
    """
    deadline = clock.now() + _GRACE_S
    channel.settimeout(_PAUSE_S)
    while clock.now() < deadline:
        try:
            if not channel.recv(_CHUNK):
                return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            for end in socket.socketpair():
                end.close()
    return False


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the Python files directly in a *trusted* folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}
