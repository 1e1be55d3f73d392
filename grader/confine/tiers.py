"""The tiers: which layers each needs, what it promises, which one a place allows.

Owns the vocabulary that the rest of the package, `grader doctor` and every report
share. Makes no system call and loads no ctypes, so that asking costs nothing.

Legend::

    layer         one kernel mechanism, "seccomp"; probed, chosen and failed on its own
    Capabilities  {"user": "Operation not permitted"}: the layers that this place lacks
    Tier          Tier("A", ("mount", "pid", ...), "namespaces of its own, ...")
"""

import errno
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

from grader.errors import GraderFault


@dataclass(frozen=True)
class Layer:
    """One mechanism: what it keeps a submission from, and what to do where it is missing."""

    keeps: str
    remedy: str


_CONTAINER = "run as root or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)"

LAYERS: Mapping[str, Layer] = {
    "user": Layer("its root is nobody outside", _CONTAINER),
    "mount": Layer("it sees a private read-only root and its own /tmp and /dev/shm", _CONTAINER),
    "pid": Layer("it sees and signals only its own processes", _CONTAINER),
    "net": Layer("it has no network interface", _CONTAINER),
    "ipc": Layer("its System V objects and message queues are private", _CONTAINER),
    "uts": Layer("it does not learn the name of the host", _CONTAINER),
    "uid": Layer(
        "it runs under a user id that owns nothing",
        "run as root with the capabilities SETUID, SETGID, CHOWN and KILL",
    ),
    "interpreter": Layer(
        "that user id can read the interpreter",
        "install Python where every user may read it, under /usr/local or /opt, and make the "
        "grader's virtual environment with that; opening root's home is no remedy",
    ),
    "privileges": Layer(
        "it has no capability and cannot gain one by exec", "use Linux 3.5 or newer"
    ),
    "limits": Layer("CPU time, memory, files and processes are bounded", "raise the hard limits"),
    "landlock": Layer(
        "it opens only the interpreter, the given package and its own folder",
        "use a kernel with Landlock (Linux 5.13 or newer, CONFIG_SECURITY_LANDLOCK)",
    ),
    "scope": Layer(
        "it signals and reaches abstract sockets only among its own processes",
        "use a kernel with Landlock ABI 6 (Linux 6.12 or newer)",
    ),
    "seccomp": Layer(
        "it has no system call that traces, mounts, networks or escapes the sweep",
        "use a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or aarch64",
    ),
    "broker": Layer(
        "it connects sockets, and only to those of its own processes",
        "use Linux 6.9 or newer, outside of a container that supervises system calls itself",
    ),
    "sweep": Layer("nothing it started outlives it", "use Linux 3.4 or newer"),
}


class LayerError(Exception):
    """A layer that was chosen could not be put in place; the caller must fail closed."""

    def __init__(self, layer: str, reason: object) -> None:
        super().__init__(f"confinement layer {layer!r}: {reason}; {LAYERS[layer].remedy}")
        self.layer = layer


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Turn an OSError inside into the LayerError of layer ``name``."""
    try:
        yield
    except OSError as error:
        raise LayerError(name, error) from error


@dataclass(frozen=True)
class Tier:
    """A letter, the layers that stand behind it, and the promise in words for people."""

    letter: str
    layers: tuple[str, ...]
    promise: str

    def __contains__(self, layer: object) -> bool:
        return layer in self.layers

    def without(self, *layers: str) -> Self:
        """Return this tier lacking ``layers``: for tests, which prove what each is for."""
        return replace(self, layers=tuple(name for name in self.layers if name not in layers))

    def to_wire(self) -> dict[str, Any]:
        """Return plain data for the starter's opening message and for reports."""
        return {"tier": self.letter, "layers": list(self.layers)}


@dataclass(frozen=True)
class Capabilities:
    """What this place can do: for each layer that it cannot put in place, why."""

    missing: Mapping[str, str] = field(default_factory=dict)
    is_root: bool = False

    def lines(self) -> list[str]:
        """Return one line of text per layer, for `grader doctor`."""
        return [
            f"{name:10}  no: {self.missing[name]}; {layer.remedy}"
            if name in self.missing
            else f"{name:10}  yes: {layer.keeps}"
            for name, layer in LAYERS.items()
        ]


_BASE = ("privileges", "limits", "seccomp", "sweep")
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "A": ("mount", "pid", "net", "ipc", "uts", *_BASE),
    "B": ("uid", "interpreter", *_BASE),
    "C": ("landlock", "scope", *_BASE),
    "D": (),
}
_WELCOME: Mapping[str, tuple[str, ...]] = {
    "A": ("user", "uid", "landlock", "scope"),
    "B": ("landlock", "scope"),
    "C": ("broker",),
    "D": ("limits", "sweep"),
}
_PROMISES: Mapping[str, str] = {
    "A": "namespaces of its own, a private read-only root, no network, no privileges",
    "B": "a user id of its own, no privileges, no network, filtered system calls",
    "C": "no files but its own, no network, filtered system calls, under your user id",
    "D": "practice, unconfined: a separate process with limits",
}


def tier(letter: str, place: Capabilities) -> Tier:
    """Return tier ``letter`` as strong as ``place`` allows.

    Raises GraderFault, naming layer and remedy, where a layer that it needs is missing.
    """
    needed = list(_NEEDED[letter])
    if letter == "A" and not place.is_root:
        needed.append("user")
    for name in needed:
        if name in place.missing:
            raise GraderFault(
                f"confinement tier {letter} needs the layer {name!r}, which this place lacks "
                f"({place.missing[name]}); {LAYERS[name].remedy}"
            )
    there = {*needed, *(name for name in _WELCOME[letter] if name not in place.missing)}
    return Tier(letter, tuple(name for name in LAYERS if name in there), _PROMISES[letter])


def strongest_of(place: Capabilities) -> Tier:
    """Return the strongest tier that ``place`` allows; D always stands."""
    for letter in "ABC":
        try:
            return tier(letter, place)
        except GraderFault:
            continue
    return tier("D", place)


def from_wire(wire: Mapping[str, Any]) -> Tier:
    """Return the tier that ``Tier.to_wire`` described."""
    layers = tuple(wire["layers"])
    unknown = set(layers) - set(LAYERS)
    if unknown:
        raise ValueError(f"unknown confinement layers {sorted(unknown)}; use {list(LAYERS)}")
    return Tier(wire["tier"], layers, _PROMISES[wire["tier"]])


# --- the exit statuses of a worker that could not be confined ---

_FIRST_STATUS = 100


def status_of(error: BaseException) -> int:
    """Return the exit status by which a worker that could not be confined says why."""
    if isinstance(error, LayerError):
        return _FIRST_STATUS + list(LAYERS).index(error.layer)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _FIRST_STATUS - (1 if full else 2)


def explain_status(status: int) -> str:
    """Say why a worker ended with ``status`` before it was ready, and what to do."""
    names = list(LAYERS)
    if 0 <= status - _FIRST_STATUS < len(names):
        name = names[status - _FIRST_STATUS]
        return f"the confinement layer {name!r} could not be put in place; {LAYERS[name].remedy}"
    if status == _FIRST_STATUS - 1:
        return "the disk is full; make room and run it again"
    if status < 0:
        return f"it was ended by signal {signal.Signals(-status).name}; run it again"
    return f"its exit status was {status}; run it again with `grader doctor` at hand"
