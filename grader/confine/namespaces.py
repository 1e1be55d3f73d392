"""Tier A's namespaces: entered once by the starter, in part again by each worker.

Three processes stand in line. The *porter* is what the grader started; it forks the
starter, tells it its user ids, waits for it, and nothing else. The *starter* is
process 1 of the new pid namespace, so that its end is the end of all. A *worker* gets
a mount and an IPC namespace of its own, which end with it.

Source: namespaces(7), user_namespaces(7), pid_namespaces(7), pivot_root(2).
"""

import os
import socket
from collections.abc import Iterable

from grader.confine import private_root, privileges, syscalls
from grader.confine.tiers import Tier, layer

INSIDE_UID = 1000
HOST_NAME = "worker"

_NAMESPACES = {
    "mount": syscalls.CLONE_NEWNS,
    "net": syscalls.CLONE_NEWNET,
    "ipc": syscalls.CLONE_NEWIPC,
    "uts": syscalls.CLONE_NEWUTS,
}


def enter(tier: Tier, roots: list[str], outer_uid: int) -> list[private_root.Kept]:
    """Enter the namespaces of ``tier``; returns in a fork of the calling process.

    The caller stays behind as porter and never returns from here. A private root holds
    ``roots``. What is returned is
    for every worker's `enter_home`.
    """
    as_root = os.geteuid() == 0
    if "user" in tier and not as_root:
        with layer("user"):
            own_user_namespace(os.geteuid(), os.getegid())
    with layer("pid"):
        if "pid" in tier:
            syscalls.unshare(syscalls.CLONE_NEWPID)
    asks, answers = os.pipe(), os.pipe()
    starter = os.fork()
    if starter:
        _be_porter(starter, asks[0], answers[1], outer_uid)
    privileges.die_with_parent()
    os.close(asks[0])
    os.close(answers[1])
    for name, flag in _NAMESPACES.items():
        if name in tier:
            with layer(name):
                syscalls.unshare(flag)
    kept: list[private_root.Kept] = []
    if "mount" in tier:
        with layer("mount"):
            kept = private_root.build(roots, private_proc="pid" in tier)
    if "uts" in tier:
        with layer("uts"):
            socket.sethostname(HOST_NAME)
    if "user" in tier and as_root:
        with layer("user"):
            syscalls.unshare(syscalls.CLONE_NEWUSER)
            os.write(asks[1], b"?")
            if os.read(answers[0], 1) != b"!":
                raise OSError(1, "the user ids could not be mapped")
    os.close(asks[1])
    os.close(answers[0])
    return kept


def own_user_namespace(uid: int, gid: int) -> None:
    """Enter a user namespace in which this user is INSIDE_UID, with every capability."""
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    for name, line in (
        ("setgroups", "deny"),
        ("gid_map", f"{INSIDE_UID} {gid} 1"),
        ("uid_map", f"{INSIDE_UID} {uid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(line)


def _be_porter(starter: int, asked: int, answer: int, outer_uid: int) -> None:
    """Map the starter's user ids when it asks, wait for it and end as it ends."""
    os.dup2(asked, 0)
    os.dup2(answer, 1)
    # A worker's channel that arrived with the opening must close when the worker ends.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if os.read(0, 1):
        lines = f"0 0 1\n{INSIDE_UID} {outer_uid} {privileges.SLOTS}\n"
        try:
            for name in ("gid_map", "uid_map"):
                with open(f"/proc/{starter}/{name}", "w", encoding="utf-8") as file:
                    file.write(lines)
            os.write(1, b"!")
        except OSError:
            os.write(1, b".")
    privileges.hide_memory()
    _, status = os.waitpid(starter, 0)
    os._exit(min(255, abs(os.waitstatus_to_exitcode(status))))


# --- one worker's part --------------------------------------------------------


def enter_home(tier: Tier, kept: Iterable[private_root.Kept], size_bytes: int, inodes: int) -> None:
    """Give this worker a tmpfs and an IPC namespace that end with its last process."""
    with layer("mount"):
        syscalls.unshare(syscalls.CLONE_NEWNS)
        private_root.furnish(kept, size_bytes, inodes)
    if "ipc" in tier:
        with layer("ipc"):
            syscalls.unshare(syscalls.CLONE_NEWIPC)
