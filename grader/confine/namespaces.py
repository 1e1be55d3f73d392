"""Tier A's namespaces: entered once by the starter, in part again by each worker.

Three processes stand in line. The *porter* is what the grader started; it forks the
starter, tells it its user ids, waits for it, and nothing else. The *starter* is
process 1 of the new pid namespace, so that its end is the end of all. A *worker* gets
a mount and an IPC namespace of its own, which end with it.

Source: namespaces(7), user_namespaces(7), pid_namespaces(7), pivot_root(2).
"""

import os
import socket

from grader.confine import privileges, reach, syscalls
from grader.confine.tiers import Tier, layer

INSIDE_UID = 1000
HOST_NAME = "worker"
# A worker's tmpfs is mounted *below* a folder that Landlock has a rule for: the rules
# skip the hidden mount point itself and go on with its parent.
HOMES = "/worker"
HOME = "/worker/home"

_NAMESPACES = {
    "mount": syscalls.CLONE_NEWNS,
    "net": syscalls.CLONE_NEWNET,
    "ipc": syscalls.CLONE_NEWIPC,
    "uts": syscalls.CLONE_NEWUTS,
}
_READ_ONLY = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV
_DEVICE = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NOEXEC
_PLAIN = syscalls.MS_NOSUID | syscalls.MS_NODEV


def enter(tier: Tier, machine: str, outer_uid: int) -> None:
    """Enter the namespaces of ``tier``; returns in a fork of the calling process.

    The caller stays behind as porter and never returns from here.
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
    if "mount" in tier:
        with layer("mount"):
            build_root(machine, private_proc="pid" in tier)
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


# --- the private root ---------------------------------------------------------


def build_root(machine: str, *, private_proc: bool) -> None:
    """Replace the root of this mount namespace by a read-only one with what `reach` lists."""
    roots = reach.trees(machine)
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, "size=1m,mode=0755")
    for name in ("old", "new"):
        os.mkdir(f"/tmp/{name}", 0o755)
    syscalls.pivot_root("/tmp", "/tmp/old")
    os.chdir("/")
    syscalls.mount("tmpfs", "/new", "tmpfs", _PLAIN, "size=1m,mode=0755")
    for path in roots:
        _bring(path)
    for path in reach.DEVICES:
        _bind(path, _DEVICE)
    for path in reach.hidden(roots):
        _cover(path)
    os.makedirs("/new" + HOME)
    if not os.path.lexists("/new/tmp"):  # something that is needed may lie below it
        os.symlink(f"{HOME}/tmp", "/new/tmp")
    os.symlink(f"{HOME}/shm", "/new/dev/shm")
    os.mkdir("/new/proc")
    if private_proc:
        _mount_proc("/new/proc")
    os.chdir("/new")
    syscalls.pivot_root(".", ".")
    syscalls.detach(".")
    os.chdir("/")
    syscalls.restrict_mount("/", _READ_ONLY)


def _bring(path: str) -> None:
    """Put ``path`` into the new root: a link as a link, anything else as a bind mount."""
    if os.path.islink("/old" + path):
        os.makedirs(os.path.dirname("/new" + path), exist_ok=True)
        os.symlink(os.readlink("/old" + path), "/new" + path)
    else:
        _bind(path, _READ_ONLY)


def _bind(path: str, attributes: int) -> None:
    source, target = "/old" + path, "/new" + path
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "x", encoding="utf-8"):
            pass
    syscalls.mount(source, target, "", syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.restrict_mount(target, attributes, recursive=True)


def _cover(path: str) -> None:
    if os.path.isdir("/new" + path):
        syscalls.mount(
            "tmpfs", "/new" + path, "tmpfs", _PLAIN | syscalls.MS_RDONLY, "size=4k,mode=0755"
        )


def _mount_proc(target: str) -> None:
    """Mount a /proc of this pid namespace, as narrow as the kernel can.

    An empty folder stays where even that is refused, as it is where a container
    masks parts of its own /proc (user_namespaces(7)).
    """
    for options in ("subset=pid,hidepid=invisible", "hidepid=2"):
        try:
            syscalls.mount("proc", target, "proc", _PLAIN | syscalls.MS_NOEXEC, options)
        except OSError:
            continue
        return


def try_mounts() -> None:
    """Make the kinds of mount that `build_root` needs; for a probe's throwaway namespace."""
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, "size=4k")
    os.mkdir("/tmp/bound")
    syscalls.mount("/dev", "/tmp/bound", "", syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.restrict_mount("/tmp/bound", _READ_ONLY, recursive=True)


# --- one worker's part --------------------------------------------------------


def enter_home(tier: Tier, size_bytes: int, inodes: int) -> None:
    """Give this worker a tmpfs and an IPC namespace that end with its last process."""
    with layer("mount"):
        syscalls.unshare(syscalls.CLONE_NEWNS)
        options = f"size={size_bytes},nr_inodes={inodes},mode=0755"
        syscalls.mount("tmpfs", HOME, "tmpfs", _PLAIN | syscalls.MS_NOEXEC, options)
    if "ipc" in tier:
        with layer("ipc"):
            syscalls.unshare(syscalls.CLONE_NEWIPC)
