"""Tier A's private root: a read-only tree of what `reach` lists, and a worker's own folders.

Built once by the starter; each worker then mounts one tmpfs over HOME, which holds its
/tmp and its /dev/shm. What is needed and lies below one of these on the machine (a clone
under /tmp) is kept aside by the starter and shown in its place by each worker.

Legend::

    Kept    Kept("/worker/kept/tmp/clone", "/worker/home/tmp/clone"): a folder of /tmp that
            holds, read-only, just the given package and what leads to it

Source: mount_namespaces(7), pivot_root(2), mount_setattr(2).
"""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from grader.confine import reach, syscalls

# A worker's tmpfs is mounted *below* a folder that Landlock has a rule for: the rules
# skip the hidden mount point itself and go on with its parent.
HOMES = "/worker"
HOME = "/worker/home"
KEPT = "/worker/kept"

# Folders of the machine that every worker has of its own: where the starter keeps what it
# needs of them, and where the worker's are.
_OWN = {
    "/tmp": (f"{KEPT}/tmp", f"{HOME}/tmp"),
    "/dev/shm": (f"{KEPT}/shm", f"{HOME}/shm"),
    HOME: (f"{KEPT}/home", HOME),
}
_FOLDERS = ("submission", "tmp", "shm")

_READ_ONLY = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV
_DEVICE = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NOEXEC
_PLAIN = syscalls.MS_NOSUID | syscalls.MS_NODEV
_BIND = syscalls.MS_BIND | syscalls.MS_REC


class Kept(NamedTuple):
    """Where the starter keeps something, and where a worker expects it."""

    kept: str
    shown: str


def build(roots: list[str], *, private_proc: bool) -> list[Kept]:
    """Replace the root of this mount namespace by a read-only one with ``roots``, as of `reach`.

    Returns what each worker has to show in its own tmpfs, see `furnish`.
    """
    hidden = reach.hidden(roots)  # before the root changes: it looks at what is there
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, "size=1m,mode=0755")
    for name in ("old", "new"):
        os.mkdir(f"/tmp/{name}", 0o755)
    syscalls.pivot_root("/tmp", "/tmp/old")
    os.chdir("/")
    syscalls.mount("tmpfs", "/new", "tmpfs", _PLAIN, "size=1m,mode=0755")
    usual = os.umask(0o666)  # what only leads somewhere can be passed, not listed
    os.makedirs("/new" + HOME)
    for path in roots:
        _bring(path, "/new" + _place_of(path))
    for path in reach.DEVICES:
        _bring(path, "/new" + path, _DEVICE)
    for path in hidden:
        _cover("/new" + _place_of(path))
    for folder in ("/tmp", "/dev/shm"):
        os.symlink(_OWN[folder][1], "/new" + folder)
    os.mkdir("/new/proc")
    os.umask(usual)
    if private_proc:
        _mount_proc("/new/proc")
    os.chdir("/new")
    syscalls.pivot_root(".", ".")
    syscalls.detach(".")
    os.chdir("/")
    syscalls.restrict_mount("/", _READ_ONLY)
    return list(_kept())


def furnish(kept: Iterable[Kept], size_bytes: int, inodes: int) -> None:
    """Mount a worker's own tmpfs over HOME and put its folders and ``kept`` into it."""
    options = f"size={size_bytes},nr_inodes={inodes},mode=0755"
    syscalls.mount("tmpfs", HOME, "tmpfs", _PLAIN | syscalls.MS_NOEXEC, options)
    for name in _FOLDERS:
        os.mkdir(f"{HOME}/{name}")
        os.chmod(f"{HOME}/{name}", 0o1777)
    for source, target in kept:
        _make_mount_point(source, target)
        syscalls.mount(source, target, "", _BIND)  # as read-only as what is kept


def _place_of(path: str) -> str:
    """Return where ``path`` lies in the private root: what a worker's own hides, aside."""
    for own, (kept, _) in _OWN.items():
        if path == own or path.startswith(own + os.sep):
            return kept + path.removeprefix(own)
    return path


def _kept() -> Iterator[Kept]:
    """Yield what lies aside: whole folders, so that a worker cannot write what leads there."""
    for kept, shown in _OWN.values():
        if os.path.isdir(kept):
            for name in os.listdir(kept):
                yield Kept(f"{kept}/{name}", f"{shown}/{name}")


def _bring(path: str, target: str, attributes: int = _READ_ONLY) -> None:
    """Put ``path`` of the old root at ``target``: a link as a link, the rest as a bind mount."""
    source = "/old" + path
    if os.path.islink(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(source), target)
        return
    _make_mount_point(source, target)
    syscalls.mount(source, target, "", _BIND)
    syscalls.restrict_mount(target, attributes, recursive=True)


def _make_mount_point(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "x", encoding="utf-8"):
            pass


def _cover(path: str) -> None:
    if os.path.isdir(path):
        options = "size=4k,mode=0755"
        syscalls.mount("tmpfs", path, "tmpfs", _PLAIN | syscalls.MS_RDONLY, options)


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
    """Make the kinds of mount that `build` needs; for a probe's throwaway namespace."""
    syscalls.mount("none", "/", "", syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, "size=4k")
    os.mkdir("/tmp/bound")
    syscalls.mount("/dev", "/tmp/bound", "", _BIND)
    syscalls.restrict_mount("/tmp/bound", _READ_ONLY, recursive=True)
