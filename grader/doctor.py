"""What this machine can do: Python, confinement, and what Day 5's real tasks need."""

import mmap
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader import confine
from grader.errors import GraderError
from grader.replay import Bench, Job
from grader.spec import Assignment

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``remedy`` says what to do where it is not fine."""

    what: str
    fine: bool
    found: str
    remedy: str = ""


def examine_machine(assignment: Assignment | None) -> list[Finding]:
    """Return what was found; ``assignment`` gives the package ``machine`` to try."""
    tier = confine.strongest()
    findings = [
        Finding(
            "Python",
            sys.version_info >= OLDEST_PYTHON,
            platform.python_version(),
            "install Python 3.11 or newer",
        ),
        Finding("system", hasattr(os, "fork"), platform.platform(terse=True), "use WSL or Linux"),
        Finding("confinement", True, f"tier {tier.letter}: {tier.promise}"),
        _tried("mmap", _can_map, "memory-mapped files cannot be tried here"),
        _tried("local sockets", _can_connect, "sockets cannot be tried here"),
        _tried("shared memory", _can_share, "mount a tmpfs at /dev/shm"),
    ]
    machine = assignment.machine_if_given if assignment is not None else None
    if machine is not None:
        findings.append(_machine_imports(machine))
    return findings


def _tried(what: str, attempt: Callable[[], None], remedy: str) -> Finding:
    try:
        attempt()
    except (OSError, ValueError, ImportError) as error:
        return Finding(what, fine=False, found=str(error), remedy=remedy)
    return Finding(what, fine=True, found="works")


def _can_map() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(bytes(mmap.PAGESIZE))
        file.flush()
        with mmap.mmap(file.fileno(), mmap.PAGESIZE) as mapped:
            mapped[0] = 1


def _can_connect() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"x")
        other.recv(1)


def _can_share() -> None:
    from multiprocessing import shared_memory  # noqa: PLC0415 - slow, and only looked at here

    shared = shared_memory.SharedMemory(create=True, size=16)
    shared.close()
    shared.unlink()


def _machine_imports(machine: Path) -> Finding:
    limits = confine.Limits(cpu_s=2, wall_s=10.0, memory_bytes=512 << 20, processes=8)
    try:
        with Bench({}, machine) as bench:
            answer = bench.run(Job((), [b"[]"], limits))
    except GraderError as error:
        return Finding("machine in a worker", fine=False, found=str(error), remedy="reinstall")
    works = answer.texts == (b"[]",)
    return Finding(
        "machine in a worker",
        works,
        "works" if works else f"a worker {answer.ending.kind}",
        "unpack the handout again",
    )
