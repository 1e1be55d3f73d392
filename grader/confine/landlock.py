"""Landlock: which files a worker may open and whom it may signal, whatever its user id.

Source: landlock(7), linux/landlock.h, Documentation/userspace-api/landlock.rst.
"""

import ctypes
import errno
import os
from collections.abc import Iterable

from grader.confine import syscalls

SCOPES_SINCE = 6

_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_MAKE_DEVICES = 1 << 6 | 1 << 11
_MAKE_FOLDER = 1 << 7
_REFER = 1 << 13
_READ = _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
# Bits of handled_access_fs that each ABI version knows.
_HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_HANDLED_SINCE_5 = (1 << 16) - 1
_NET_SINCE = 4
_BIND_AND_CONNECT_TCP = 3
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    """`struct landlock_path_beneath_attr`, which is packed."""

    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def abi() -> int:
    """Return the kernel's version of Landlock; raises OSError where there is none."""
    return syscalls.call("landlock_create_ruleset", None, 0, _VERSION)


def ruleset(
    *,
    readable: Iterable[str] | None,
    listable: Iterable[str] = (),
    writable: Iterable[str],
    devices: Iterable[str],
    scoped: bool,
) -> int:
    """Return a descriptor of the rules, to be enforced by any number of processes.

    ``readable`` files and folders may be read and executed, ``listable`` folders
    listed, ``writable`` ones changed at will but for devices and execution, ``devices``
    read and written. With ``readable`` None files are not ruled at all. Paths that are
    missing are left out: what is not there needs no rule.
    """
    version = _version(scoped=scoped)
    handled = 0 if readable is None else _known_to(version)
    rules = _created(
        version,
        handled_access_fs=handled,
        handled_access_net=_BIND_AND_CONNECT_TCP if handled and version >= _NET_SINCE else 0,
        scoped=_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if scoped else 0,
    )
    if readable is not None:
        for path in readable:
            _allow(rules, path, (_READ | _EXECUTE) & handled)
        for path in listable:
            _allow(rules, path, _READ_DIR & handled)
        for path in writable:
            _allow(rules, path, handled & ~_MAKE_DEVICES & ~_EXECUTE)
        for path in devices:
            _allow(rules, path, (_READ_FILE | _WRITE_FILE | _IOCTL_DEV) & handled)
    return rules


def fence(*, writable: str, flat: str, devices: Iterable[str]) -> int:
    """Return a descriptor of rules that keep one worker from changing what is another's.

    They come on top of those of `ruleset` and say nothing of reading: the folder
    ``writable`` may be changed, ``flat`` likewise, which gets no folders, and ``devices``
    are written.
    """
    version = abi()
    handled = _known_to(version) & ~_READ & ~_EXECUTE
    rules = _created(version, handled_access_fs=handled)
    _allow(rules, writable, handled & ~_MAKE_DEVICES)
    _allow(rules, flat, handled & ~_MAKE_DEVICES & ~_MAKE_FOLDER)
    for path in devices:
        _allow(rules, path, (_WRITE_FILE | _IOCTL_DEV) & handled)
    return rules


def scope() -> int:
    """Return a descriptor of rules that scope signals and abstract names, and allow all else.

    Any layer keeps those below it from moving a file to another folder, unless it allows it.
    """
    version = _version(scoped=True)
    scoped = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS
    rules = _created(version, handled_access_fs=_REFER, scoped=scoped)
    _allow(rules, "/", _REFER)
    return rules


def _known_to(version: int) -> int:
    return _HANDLED.get(version, _HANDLED_SINCE_5)


def _version(*, scoped: bool) -> int:
    version = abi()
    if scoped and version < SCOPES_SINCE:
        raise OSError(errno.ENOSYS, f"Landlock ABI {version} has no scopes")
    return version


def _created(version: int, **wanted: int) -> int:
    """Return an empty ruleset, asked for in the form that this ``version`` knows."""
    attributes = _Ruleset(**wanted)
    newest = ctypes.sizeof(attributes)
    size = newest if version >= SCOPES_SINCE else 16 if version >= _NET_SINCE else 8
    return syscalls.call("landlock_create_ruleset", ctypes.byref(attributes), size, 0)


def _allow(rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            access &= _FILE_ONLY
        rule = _PathBeneath(allowed_access=access, parent_fd=place)
        syscalls.call("landlock_add_rule", rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def enforce(rules: int) -> None:
    """Hold the calling thread and all it starts to ``rules``; needs no_new_privs."""
    syscalls.call("landlock_restrict_self", rules, 0)
