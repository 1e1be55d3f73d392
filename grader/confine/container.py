"""A container like the platform's, to try in what will run there.

The machine's own files under a layer that vanishes, a /tmp, /proc and process ids of its
own, root with what a container's root has: no mounts, no namespaces, and (to be on the safe
side, as the platform's kernel is not known) no Landlock. An ordinary user becomes root of a
user namespace; more ids than his own do not exist there, so namespaces stay allowed.

It imitates; it does not hold anybody. What holds a submission are the tiers, inside.

Source: overlayfs (Documentation/filesystems/overlayfs.rst), capabilities(7), seccomp(2).
"""

import errno
import os
import signal
import stat
import struct
import sys
import traceback
from collections.abc import Callable, Mapping

from grader.confine import privileges, syscall_numbers, syscalls

# What docker leaves to root: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID,
# SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP.
_KEPT = frozenset((0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31))
_REFUSED = {"unshare": errno.EPERM, "setns": errno.EPERM, "mount": errno.EPERM}
_NO_LANDLOCK = {"landlock_create_ruleset": errno.ENOSYS}
_LAYER = "size=4g,mode=0755"
_OWN = ("autograder", "dev", "proc", "sys", "tmp")
_BIND = syscalls.MS_BIND | syscalls.MS_REC


def play_inside(scratch: str, play: Callable[[], None]) -> int:
    """Call ``play`` in a container, in a fork; return the exit status of that.

    ``scratch`` is an empty folder. Whatever ``play`` started ends with it. Raises OSError
    where namespaces are not allowed.
    """
    as_root = os.geteuid() == 0
    if not as_root:
        _become_root_of_a_namespace()
    syscalls.unshare(
        syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS
    )
    child = os.fork()
    if child:
        return _await(child)
    status = 1
    try:
        privileges.die_with_parent()
        _change_root(scratch, user_namespace=not as_root)
        if as_root:
            _give_up()
        play()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        os._exit(status)


def _await(child: int) -> int:
    """Return how the first process of the container ended; end it when interrupted."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise


def _become_root_of_a_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    lines = {"setgroups": "deny", "gid_map": f"0 {gid} 1", "uid_map": f"0 {uid} 1"}
    for name, line in lines.items():
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(line)


def _change_root(scratch: str, *, user_namespace: bool) -> None:
    """Make what lies in the machine's root, under layers in memory, the root of this process."""
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", scratch, "tmpfs", 0, _LAYER)
    os.chdir(scratch)  # short names, without the commas and colons that options cannot hold
    os.mkdir("root", 0o755)
    syscalls.mount("tmpfs", "root", "tmpfs", 0, _LAYER)
    for entry in sorted(os.scandir("/"), key=lambda entry: entry.name):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), f"root/{entry.name}")
        elif entry.is_dir() and entry.name not in _OWN:
            _bring(entry.name, stat.S_IMODE(entry.stat().st_mode), user_namespace=user_namespace)
    os.chdir("root")
    for name in _OWN:
        os.mkdir(name, 0o755)
    syscalls.mount("/sys", "sys", "", _BIND)  # where the shares of a run are set, from inside
    syscalls.mount("proc", "proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV)
    _make_devices()
    for name in ("dev/shm", "tmp"):
        syscalls.mount("tmpfs", name, "tmpfs", syscalls.MS_NOSUID, "size=1g,mode=1777")
    syscalls.pivot_root(".", ".")
    syscalls.detach(".")
    os.chdir("/")


def _bring(name: str, mode: int, *, user_namespace: bool) -> None:
    """Show a folder of the root under a layer of its own.

    In a user namespace one with mounts below it cannot be a layer's base (theirs are
    locked); it is shown as it is, read-only, as it is wherever there are no such layers.
    """
    for part in ("upper", "work"):
        os.makedirs(f"{part}/{name}", mode)
    os.mkdir(f"root/{name}", mode)
    options = f"lowerdir=/{name},upperdir=upper/{name},workdir=work/{name}"
    try:
        options += ",userxattr" * user_namespace
        syscalls.mount("overlay", f"root/{name}", "overlay", 0, options)
    except OSError:
        _show(f"/{name}", f"root/{name}")


def _show(path: str, target: str) -> None:
    """Show the machine's own ``path`` at ``target``: root in here must not write to it."""
    syscalls.mount(path, target, "", _BIND)
    syscalls.restrict_mount(target, syscalls.MOUNT_ATTR_RDONLY, recursive=True)


def _make_devices() -> None:
    """Make /dev with what every container has, and none of the machine's disks."""
    os.mkdir("dev/shm", 0o1777)
    for name in ("full", "null", "random", "urandom", "zero"):
        os.close(os.open(f"dev/{name}", os.O_CREAT | os.O_WRONLY, 0o644))
        syscalls.mount(f"/dev/{name}", f"dev/{name}", "", syscalls.MS_BIND)
    os.symlink("/proc/self/fd", "dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"dev/{name}")


def _give_up() -> None:
    """Keep of root's power what a container's root has; it takes effect at the next exec."""
    _refuse(_REFUSED | _NO_LANDLOCK)
    capability = 0
    while True:
        try:
            held = syscalls.prctl(syscalls.PR_CAPBSET_READ, capability)
        except OSError:  # the kernel knows no higher one
            return
        if held and capability not in _KEPT:
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
        capability += 1


def _refuse(calls: Mapping[str, int]) -> None:
    """Make system calls fail, by name, with an errno, as a container's policy does."""
    load, equal, back = 0x20, 0x15, 0x06
    program = [(load, 0, 0, 0)]
    for name, number in calls.items():
        known = syscall_numbers.number(name)
        if known is not None:
            program += [(equal, 0, 1, known), (back, 0, 0, 0x50000 | number)]
    program.append((back, 0, 0, 0x7FFF0000))
    syscalls.install_filter(b"".join(struct.pack("=HBBI", *step) for step in program))
