"""User ids, capabilities and what a process keeps across them.

Order matters, see `drop`: the kernel clears the parent-death signal and the
dumpable flag at a change of user id (prctl(2)), so both are set again after it.
"""

import errno
import os
import signal

from grader.confine import syscalls

SLOTS = 64
_WANTED_BASE = 0x60000000
_UID_CAPABILITIES = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7  # CHOWN, KILL, SETGID, SETUID
_SPREAD = 1 << 22  # pid_max never exceeds it, so starters that live at once differ


def first_uid(seed: int) -> int:
    """Return the first of SLOTS user ids that are no one's; ``seed`` spreads starters.

    Where a container maps only a few ids, a range inside its largest mapping is taken.
    """
    wanted = _WANTED_BASE + (seed % _SPREAD) * SLOTS
    with open("/proc/self/uid_map", encoding="utf-8") as lines:
        mapped = [tuple(map(int, line.split())) for line in lines]
    if any(first <= wanted and wanted + SLOTS <= first + size for first, _, size in mapped):
        return wanted
    first, _, size = max(mapped, key=lambda entry: entry[2])
    lowest = first + size // 2
    room = (size - size // 2) // SLOTS
    if room < 1:
        raise OSError(22, "too few user ids are mapped here")
    return lowest + (seed % room) * SLOTS


def require_uid_capabilities() -> None:
    """Raise PermissionError unless this process can become, feed and end another user."""
    with open("/proc/self/status", encoding="utf-8") as status:
        held = next(int(line.split()[1], 16) for line in status if line.startswith("CapEff:"))
    if held & _UID_CAPABILITIES != _UID_CAPABILITIES:
        raise PermissionError(errno.EPERM, "CHOWN, KILL, SETGID and SETUID are needed")


def become(uid: int) -> None:
    """Take user and group ``uid`` for good, with no further group."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def forgo_gains() -> None:
    """Never gain a privilege by exec again, which filters and rules ask for."""
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def give_up() -> None:
    """Hold no capability and never gain one by exec again."""
    forgo_gains()
    syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
    syscalls.clear_capabilities()


def empty_bounding_set() -> None:
    """Let no exec of this process or its children gain a capability (capabilities(7))."""
    capability = 0
    while True:
        try:
            if syscalls.prctl(syscalls.PR_CAPBSET_READ, capability):
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # EINVAL: the kernel knows no higher one
                return
            raise
        capability += 1


def hide_memory() -> None:
    """Make this process non-dumpable: its /proc entries are root's, nobody traces it."""
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)


def show_memory() -> None:
    """Make this process dumpable, so that it owns its entries in /proc again."""
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)


def die_with_parent() -> None:
    """Be killed when the parent ends, prctl(2) PR_SET_PDEATHSIG."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
