"""The places in which every attack is tried, and how a process comes to stand in one.

Legend::

    place     a machine as a kind of user finds it: "A root", "C user", ...
    control   no confinement at all, in namespaces that are thrown away: attacks must work
"""

import ctypes
import errno
import fcntl
import os
import shutil
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

ORDINARY_UIDS = 54321  # and up: one for each place, because limits count a user's tasks
_CAP_SYS_ADMIN = 21
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1


@dataclass(frozen=True)
class Place:
    """What a place lacks: root's power, namespaces, Landlock; and the tier it then gives."""

    letter: str
    as_root: bool
    no_namespaces: bool = False
    no_landlock: bool = False


PLACES = {
    "A root": Place("A", as_root=True),
    "A user": Place("A", as_root=False),
    "A root, no Landlock": Place("A", as_root=True, no_landlock=True),
    "B": Place("B", as_root=True, no_namespaces=True),
    "B, no Landlock": Place("B", as_root=True, no_namespaces=True, no_landlock=True),
    "C": Place("C", as_root=False, no_namespaces=True),
}
CONTROL = "control"


def prepare(folder: Path, home: Path) -> list[str]:
    """Put what any user may read into ``folder``; return the command that runs the referee.

    An interpreter under root's home is reachable by others only through a mount, in a
    mount namespace that this process enters for good.
    """
    shutil.copytree(home / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pyc*"))
    for name in ("referee.py", "places.py"):
        shutil.copy(Path(__file__).with_name(name), folder / name)
    machine = folder / "assignments" / "machine"
    machine.mkdir(parents=True)
    (machine / "__init__.py").write_text(_TOY_MACHINE)
    executable = Path(sys.executable).resolve()
    if os.geteuid() == 0:
        from grader.confine import syscalls

        prefix, layer = folder / "python", folder / "layer"
        for each in (prefix, layer):
            each.mkdir()
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
        # What is written or removed in here, by an attack or by us, is so in a layer that
        # vanishes, and not in the machine's own Python.
        syscalls.mount("tmpfs", str(layer), "tmpfs", 0, "mode=0700")
        for name in ("upper", "work"):
            (layer / name).mkdir(mode=0o755)
        layers = f"lowerdir={sys.base_prefix},upperdir={layer}/upper,workdir={layer}/work"
        syscalls.mount("overlay", str(prefix), "overlay", 0, layers)
        executable = prefix / executable.relative_to(sys.base_prefix)
    return [str(executable), "-I", str(folder / "referee.py")]


_TOY_MACHINE = '''
class Trap(Exception):
    """No trap here."""


class recorder:
    @staticmethod
    def take_calls():
        return []
'''


def stand_in(name: str) -> None:
    """Turn this process into one of place ``name``; there is no way back."""
    if name == CONTROL:
        _throwaway_namespaces()
        return
    place = PLACES[name]
    refused = {"unshare": errno.EPERM} if place.no_namespaces else {}
    if place.no_landlock:
        refused["landlock_create_ruleset"] = errno.ENOSYS
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0 and not place.as_root:
        uid = ORDINARY_UIDS + list(PLACES).index(name)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        libc.prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: an ordinary process owns its /proc
    if refused:
        refuse(refused)
    if place.as_root and place.no_namespaces:
        libc.prctl(_PR_CAPBSET_DROP, _CAP_SYS_ADMIN, 0, 0, 0)


# System calls that no layer makes by number.
_OTHER_NUMBERS = {"setresuid": {"x86_64": 117, "aarch64": 147}}


def refuse(calls: dict[str, int]) -> None:
    """Make system calls fail, by name, with an errno, as a container's policy would."""
    from grader.confine import syscall_numbers, syscalls

    program = [(0x20, 0, 0, 0)]
    for name, number in calls.items():
        others = _OTHER_NUMBERS.get(name)
        here = others[os.uname().machine] if others else syscall_numbers.number(name)
        program += [(0x15, 0, 1, here), (0x06, 0, 0, 0x50000 | number)]
    program.append((0x06, 0, 0, 0x7FFF0000))
    if os.geteuid() != 0:
        syscalls.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    syscalls.install_filter(b"".join(struct.pack("=HBBI", *step) for step in program))


def _throwaway_namespaces() -> None:
    """Stand as root where nothing matters: attacks may succeed here, and should."""
    from grader.confine import namespaces, syscalls

    if os.geteuid() != 0:
        namespaces.own_user_namespace(os.geteuid(), os.getegid())
    syscalls.unshare(
        syscalls.CLONE_NEWNS
        | syscalls.CLONE_NEWPID
        | syscalls.CLONE_NEWNET
        | syscalls.CLONE_NEWIPC
        | syscalls.CLONE_NEWUTS
    )
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, 9)
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("proc", "/proc", "proc", 0)
    syscalls.mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=512m,mode=1777")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tap:
        fcntl.ioctl(tap, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
