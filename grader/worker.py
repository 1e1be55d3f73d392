"""The child: imports one submission, replays traces, says what happened.

Runs next to a student's code and therefore holds no answer and no points. Whatever
it sends is untrusted. Standard library and ``codec`` only; ``machine`` and the
submission are found on ``sys.path``.

One conversation, frames both ways::

    <- {"modules": ["holes"], "count": 200, "explain": false}
    -> {"ready": true}      nothing of the submission has run yet
    -> {"imported": true}   or   {"imported": false, "module": "holes", "error": {...}}
    <- a trace              (count times)
    -> its transcript       (as many times; with explain, one frame a step)

A transcript is the list of outcomes, each preceded by the calls on recorded
stand-ins during its step; ``["same"]`` is a snapshot equal to the object's last.
"""

import errno
import importlib
import json
import linecache
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from grader import codec

_REFERENCE = re.compile(r"\$([A-Za-z_]\w*)((?:\.\d+)*)([+-]\d+)?\Z")
_SKIP = ["skip"]
_SAME = ["same"]
_MAX_FRAMES_SHOWN = 4
_TRAPS = {
    "SegFault": ("va", "access", "code"),
    "BusError": ("va", "access"),
    "PageFault": ("va", "access", "reason"),
}


class _Unresolvable(Exception):  # noqa: N818 - not an error: the step is skipped
    """A step refers to a step that failed or is not there."""


class Stage:
    """The names, objects and modules that one trace works with."""

    def __init__(self, modules: list[ModuleType], machine: ModuleType, folder: str) -> None:
        self._modules = modules
        self._machine = machine
        self.folder = folder
        self._names: dict[str, Any] = {}
        self._handles: dict[int, tuple[str, Any]] = {}
        self._last_snapshot: dict[str, list[Any]] = {}
        self._take_calls = _take_calls_of(machine)
        self.error: BaseException | None = None

    def play(self, index: int, step: list[Any]) -> list[list[Any]]:
        """Perform one step; return its calls and its outcome."""
        self.error = None
        try:
            outcome = self._outcome(index, step)
        except _Unresolvable:
            outcome = _SKIP
        except BaseException as error:  # noqa: BLE001 - the one place: anything may come out of a submission
            self.error = error
            outcome = self._failure(error)
        shortened = self._shortened(step, outcome)
        calls = self._take_calls()
        return [*map(_carried, calls), shortened] if calls else [shortened]

    def _outcome(self, index: int, step: list[Any]) -> list[Any]:
        verb = step[0]
        if verb == "call":
            method = getattr(self._named(step[1]), step[2])
            return self._result(index, step, _invoke(method, self._resolve(step[3])))
        if verb == "snap":
            return self._result(index, step, self._named(step[1]).snapshot())
        if verb == "new":
            made = _invoke(self._public(step[2]), self._resolve(step[3]))
        elif verb == "given":
            made = _invoke(getattr(self._machine, step[2]), self._resolve(step[3]))
        elif verb == "fn":
            return self._result(index, step, _invoke(self._public(step[1]), self._resolve(step[2])))
        elif verb == "get":
            return self._result(index, step, getattr(self._named(step[1]), step[2]))
        else:
            return self._result(index, step, self._next(step))
        self._names[step[1]] = made
        self._handles.setdefault(id(made), (step[1], made))
        return ["ok", None]

    def _next(self, step: list[Any]) -> Any:
        """Return what a fresh generator yields after the given results."""
        generator = _invoke(self._public(step[1]), self._resolve(step[2]))
        try:
            value = next(generator)
            for result in self._resolve(step[3]):
                value = generator.send(result)
        except StopIteration as stop:
            return ["returns", stop.value]
        return value

    def _result(self, index: int, step: list[Any], value: Any) -> list[Any]:
        name = step[-1]
        if len(step) > 3 and type(name) is str and name.startswith("-> "):
            self._names[name[3:]] = value
        try:
            return ["ok", codec.to_wire(value)]
        except codec.NotCarried as odd:
            if not self._stays_here(value):
                return ["odd", odd.args[0]]
        known = self._handles.setdefault(id(value), (f"step {index + 1}", value))
        return ["ok", {"handle": known[0]}]

    def _stays_here(self, value: Any) -> bool:
        """Whether ``value`` is an object of the submission's or the machine's classes."""
        name = type(value).__module__
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        return file.startswith(self.folder) or name.split(".")[0] == "machine"

    def _failure(self, error: BaseException) -> list[Any]:
        kind = type(error)  # not isinstance: an object may lie about its class
        name = kind.__name__[:80]
        if name in _TRAPS and kind is getattr(self._machine, name, None):
            try:
                shown = [getattr(error, field) for field in _TRAPS[name]]
                return ["trap", name, *codec.to_wire(shown)]
            except codec.NotCarried as odd:
                return ["odd", odd.args[0]]
            except Exception:  # noqa: BLE001 - built with something that is no address
                return ["raise", name]
        if issubclass(kind, OSError) and type(error.errno) is int:  # type: ignore[attr-defined]
            number = error.errno  # type: ignore[attr-defined]
            return ["err", errno.errorcode.get(number, str(number))]
        return ["raise", name]

    def _named(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise _Unresolvable from None

    def _public(self, name: str) -> Any:
        for module in self._modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"{self._modules[0].__name__}.py has no {name}")

    def _resolve(self, wire: Any) -> Any:
        kind = type(wire)
        if kind is list:
            return [self._resolve(item) for item in wire]
        if kind is str and wire[:1] == "$":
            return wire[1:] if wire[1:2] == "$" else self._reference(wire)
        if kind is dict:
            if len(wire) == 1 and not codec.TAGS.isdisjoint(wire):
                return codec.from_wire(wire)
            return {key: self._resolve(item) for key, item in wire.items()}
        return wire

    def _reference(self, text: str) -> Any:
        match = _REFERENCE.match(text)
        if match is None:
            raise _Unresolvable
        value = self._named(match[1])
        if not match[2] and not match[3]:
            return value
        try:
            for element in match[2].split(".")[1:]:
                value = value[int(element)]
            return value + int(match[3]) if match[3] else value
        except Exception:  # noqa: BLE001 - the referenced result has another shape than expected
            raise _Unresolvable from None

    def _shortened(self, step: list[Any], outcome: list[Any]) -> list[Any]:
        """Return ``["same"]`` for a snapshot equal, type for type, to the object's last."""
        if step[0] != "snap" or outcome[0] != "ok":
            return outcome
        last = self._last_snapshot.get(step[1])
        if outcome == last and repr(outcome) == repr(last):
            return _SAME
        self._last_snapshot[step[1]] = outcome
        return outcome


def _take_calls_of(machine: ModuleType) -> Callable[[], list[list[Any]]]:
    """Return what hands over the calls on recorded stand-ins; without any, there are none."""
    recorder = getattr(machine, "recorder", None)
    return list if recorder is None else recorder.take_calls


def transcript_text(entries: list[list[Any]]) -> bytes:
    """Return the canonical text of a transcript; a huge result becomes an odd one."""
    text = codec.encode(entries)
    if len(text) <= codec.MAX_TEXT_BYTES:
        return text
    return codec.encode([_bounded(entry) for entry in entries])


def _bounded(entry: list[Any]) -> list[Any]:
    size = len(codec.encode(entry))
    if size <= codec.MAX_TEXT_BYTES:
        return entry
    if entry[0] == "call":
        return [*entry[:2], [{"odd": f"arguments of {size} bytes"}], None]
    return ["odd", f"result of {size} bytes"]


def _carried(call: list[Any]) -> list[Any]:
    """Return a recorded call as plain data, whatever was passed to it."""
    _, name, arguments, result = call
    return ["call", name, [_plain(argument) for argument in arguments], _plain(result)]


def _plain(value: Any) -> Any:
    try:
        return codec.to_wire(value)
    except codec.NotCarried as odd:
        return {"odd": odd.args[0]}


def _invoke(function: Any, arguments: Any) -> Any:
    return function(**arguments) if type(arguments) is dict else function(*arguments)


# --- an exception, in words ---------------------------------------------------


def describe(error: BaseException, folder: str) -> dict[str, Any]:
    """Return type, message and the last frames inside ``folder``, as plain data."""
    try:
        message = str(error)
        if isinstance(error, ImportError):  # where a module lies differs between machines
            message = message.replace(f" ({error.path})", "")
        message = message[:300]
    except BaseException:  # noqa: BLE001 - a submission's __str__ may do anything
        message = "(its message cannot be shown)"
    return {
        "type": type(error).__name__[:80],
        "message": message.encode(errors="replace").decode(),
        "frames": _frames(error, folder)[-_MAX_FRAMES_SHOWN:],
    }


def _frames(error: BaseException, folder: str) -> list[list[Any]]:
    """Return [file, line number, function, source line] for each frame inside ``folder``."""
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename.startswith(folder):
            line = linecache.getline(code.co_filename, traceback.tb_lineno).strip()[:160]
            name = os.path.relpath(code.co_filename, folder)
            places.append([name, traceback.tb_lineno, code.co_name, line])
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        line = (error.text or "").strip()[:160]
        places.append([Path(error.filename).name, error.lineno or 0, "", line])
    return places


# --- the conversation ---------------------------------------------------------


def serve(channel: socket.socket, folder: str, machine: ModuleType) -> None:
    """Answer one job on ``channel``; the submission's files lie in ``folder``."""
    texts = _texts(channel)
    job = json.loads(next(texts))
    _send(channel, {"ready": True})
    sys.path.insert(0, folder)
    modules = []
    for name in job["modules"]:
        try:
            modules.append(importlib.import_module(name))
        except BaseException as error:  # noqa: BLE001 - anything may come out of an import
            _send(channel, {"imported": False, "module": name, "error": describe(error, folder)})
            return
    _take_calls_of(machine)()
    _send(channel, {"imported": True})
    for _ in range(job["count"]):
        trace = json.loads(next(texts))
        stage = Stage(modules, machine, folder)
        if job["explain"]:
            _explain(channel, stage, trace)
        else:
            entries = [
                entry for index, step in enumerate(trace) for entry in stage.play(index, step)
            ]
            channel.sendall(codec.frame(transcript_text(entries)))


def _explain(channel: socket.socket, stage: Stage, trace: list[list[Any]]) -> None:
    """Answer one frame a step, so that the step in which a worker ends is known."""
    for index, step in enumerate(trace):
        _announce(index)
        entries = [_bounded(entry) for entry in stage.play(index, step)]
        error = describe(stage.error, stage.folder) if stage.error else None
        _send(channel, {"entries": entries, "error": error})


def _announce(index: int) -> None:
    """Tell who reads what the program prints that step ``index`` begins."""
    with suppress(OSError):  # the submission may have closed it
        os.write(1, codec.STEP_MARK + b"%d\n" % index)


def _texts(channel: socket.socket) -> Iterator[bytes]:
    frames = codec.Frames()
    while received := channel.recv(1 << 18):
        yield from frames.feed(received)


def _send(channel: socket.socket, wire: Any) -> None:
    channel.sendall(codec.frame(codec.encode(wire)))
