"""The confinement tiers: what a submission can reach while it runs.

The only package that knows system calls, used on both sides of the line. The grader
asks what the place allows (`probe`, `strongest`) and passes the chosen `Tier` to a
starter. The starter enters it before the first fork and each worker its own part
before the first line of a submission (`place.Place`).

Floors, each explained by those below it::

    place        one starter's confinement, a home per worker, cleaning up
    namespaces   landlock   seccomp   broker   privileges   limits   sweeping    the layers
    private_root what a worker of tier A sees
    connecting   what a broker of tier C connects
    reach        what a worker may read
    syscalls     syscall_numbers                            the only ctypes
    tiers        the vocabulary: layers, tiers, promises    no system call
    probing      which layers this place allows
    canary       a program that tries to get out, and what its report means
"""

import functools
import sys

from grader.confine import probing, tiers
from grader.confine.limits import Limits
from grader.confine.tiers import Capabilities, LayerError, Tier, explain_status

__all__ = [
    "Capabilities",
    "LayerError",
    "Limits",
    "Tier",
    "clean_environment",
    "explain_status",
    "hide_memory",
    "probe",
    "strongest",
    "tier",
]


@functools.cache
def probe() -> Capabilities:
    """Return what this place allows, each layer tried in a throwaway child; asked once."""
    return probing.probe()


@functools.cache
def strongest() -> Tier:
    """Return the strongest tier that this place allows."""
    return tiers.strongest_of(probing.all_at_once() or probe())


def tier(letter: str) -> Tier:
    """Return tier ``letter`` of "ABCD"; raises GraderFault where this place has less."""
    return tiers.tier(letter, probe())


def hide_memory() -> None:
    """Keep this process, which holds the reference's answers, from being read or traced.

    Root still may; a debugger or a profiler of the same user may not (prctl(2),
    PR_SET_DUMPABLE). Programs that it starts are not concerned.
    """
    if sys.platform == "linux":
        from grader.confine import privileges

        privileges.hide_memory()


def clean_environment() -> dict[str, str]:
    """Return the whole environment of a worker: nothing of the grader's crosses.

    With the seed, the order of a set of strings is the same in every run: a program whose
    answer depends on it is graded alike twice.
    """
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
