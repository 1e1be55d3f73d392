"""The system calls that Python does not wrap, as functions that raise OSError.

Owns the C library's handle; importing this loads ctypes, which only the starter and
the probes do. Linux only.
"""

import ctypes
import errno
import os

from grader.confine import syscall_numbers as numbers

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

PIDFD_THREAD = os.O_EXCL

_SECCOMP_SET_MODE_FILTER = 1
# SECCOMP_FILTER_FLAG_NEW_LISTENER and _WAIT_KILLABLE_RECV: once received, only death interrupts.
_SECCOMP_LISTEN = 1 << 3 | 1 << 5
# openat2(2): RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS.
_RESOLVE_BENEATH = 0x08 | 0x04 | 0x02
_CAPABILITY_VERSION_3 = 0x20080522


class _MountAttr(ctypes.Structure):
    """`struct mount_attr` of mount_setattr(2)."""

    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


class _OpenHow(ctypes.Structure):
    """`struct open_how` of openat2(2)."""

    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


class _Piece(ctypes.Structure):
    """`struct iovec` of process_vm_readv(2)."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Program(ctypes.Structure):
    """`struct sock_fprog` of seccomp(2)."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def call(name: str, *arguments: object) -> int:
    """Make the system call ``name``; integers are passed as the kernel's long."""
    number = numbers.number(name)
    if number is None:
        raise OSError(38, f"this architecture's number of {name} is not known")
    longs = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return _checked(name, _libc.syscall(ctypes.c_long(number), *longs))


def _checked(name: str, result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces that ``flags`` name for new ones (man 2 unshare)."""
    _checked("unshare", _libc.unshare(flags))


def join(namespace: int, kind: int) -> None:
    """Enter the namespace that the descriptor stands for, setns(2)."""
    _checked("setns", _libc.setns(namespace, kind))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount (man 2 mount)."""
    _checked(
        f"mount {target}",
        _libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            kind.encode(),
            ctypes.c_ulong(flags),
            options.encode() or None,
        ),
    )


def restrict_mount(target: str, attributes: int, *, recursive: bool = False) -> None:
    """Set attributes of the mount at ``target``, mount_setattr(2)."""
    wanted = _MountAttr(attr_set=attributes)
    flags = _AT_RECURSIVE if recursive else 0
    call(
        "mount_setattr",
        _AT_FDCWD,
        os.fsencode(target),
        flags,
        ctypes.byref(wanted),
        ctypes.sizeof(wanted),
    )


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root and put the old one at ``old`` (man 2 pivot_root)."""
    call("pivot_root", os.fsencode(new), os.fsencode(old))


def detach(target: str) -> None:
    """Unmount ``target`` and all below it, lazily, umount2(2)."""
    _checked(f"umount {target}", _libc.umount2(os.fsencode(target), MNT_DETACH))


def prctl(option: int, argument: int = 0) -> int:
    """Control this process (man 2 prctl)."""
    zero = ctypes.c_ulong(0)
    result: int = _libc.prctl(option, ctypes.c_ulong(argument), zero, zero, zero)
    return _checked(f"prctl {option}", result)


def clear_capabilities() -> None:
    """Empty the permitted, effective and inheritable sets of this thread, capset(2)."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def install_filter(program: bytes, *, listen: bool = False) -> int:
    """Add a seccomp filter to this thread for good, seccomp(2).

    With ``listen`` return the descriptor on which stopped calls are told.
    """
    wanted = _Program(len(program) // 8, program)
    flags = _SECCOMP_LISTEN if listen else 0
    return call("seccomp", _SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(wanted))


# --- for the broker ---


def take_descriptor(process: int, descriptor: int) -> int:
    """Return a copy of another process's descriptor, pidfd_getfd(2)."""
    return call("pidfd_getfd", process, ctypes.c_int(descriptor & 0xFFFFFFFF), 0)


def read_memory(pid: int, address: int, length: int) -> bytes:
    """Return what lies in another process's memory, process_vm_readv(2)."""
    buffer = ctypes.create_string_buffer(length)
    here = _Piece(ctypes.cast(buffer, ctypes.c_void_p), length)
    there = _Piece(ctypes.c_void_p(address), length)
    pieces = (ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if call("process_vm_readv", pid, *pieces) != length:
        raise OSError(errno.EFAULT, "process_vm_readv: less than was asked for")
    return buffer.raw


def open_beneath(folder: int, path: str) -> int:
    """Return a descriptor that only names ``path``, which no link leads out of ``folder``."""
    how = _OpenHow(os.O_PATH | os.O_CLOEXEC, 0, _RESOLVE_BENEATH)
    return call("openat2", folder, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how))
