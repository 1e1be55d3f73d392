"""The system-call filter: one classic BPF program, built once, installed in each worker.

The program, top to bottom: another architecture or an x32 number ends the process;
numbers that nobody here has heard of do not exist (ENOSYS); the refused ones fail
with EPERM; a few are judged by their arguments; the rest is allowed.

Why a list of refusals: the exercises use pipes, sockets, mmap, shared memory,
threads, fork and exec, which is most of what an interpreter needs. The calls below
are those by which a process reaches another one, the kernel or a namespace.

Source: seccomp(2), linux/filter.h, linux/seccomp.h.
"""

import errno
import struct
import sys
from collections.abc import Iterable

from grader.confine import syscall_numbers as numbers

_REFUSED = """
    ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise process_mrelease
    mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick
    mount_setattr statmount listmount swapon swapoff quotactl quotactl_fd
    bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
    add_key request_key keyctl unshare setns name_to_handle_at open_by_handle_at
    kexec_load kexec_file_load init_module finit_module delete_module reboot acct
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname
    iopl ioperm syslog lookup_dcookie nfsservctl vhangup modify_ldt uselib ustat _sysctl
    fanotify_init personality migrate_pages move_pages mbind set_mempolicy
    set_mempolicy_home_node memfd_create memfd_secret sched_setaffinity ioprio_set
"""
# One process group for a worker and all it starts: killpg then ends them in one
# atomic step, however fast they fork.
_REGROUPING = ["setsid", "setpgid"]
_SYSTEM_V = "shmget shmat shmctl semget semop semctl semtimedop msgget msgsnd msgrcv msgctl"
_QUEUES = "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"
# Landlock does not rule them, and a shared user id owns more than the worker's files: whoever
# may read a file of his own could change who else may, what is attached to it and its times.
_OWNERSHIP = """
    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
    setxattr fsetxattr lsetxattr removexattr fremovexattr lremovexattr
    utime utimes futimesat utimensat
"""
_ON_ITSELF = ["prlimit64", "sched_setscheduler", "sched_setparam", "sched_setattr"]
_STARTING = ["fork", "vfork", "execve", "execveat"]

# The bits of CLONE_NEW* that clone(2) takes, and CLONE_PARENT, whose child would be
# the starter's.
_CLONE_REFUSED = 0x7E020000 | 0x00008000
_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_SOCKET_KIND, _SOCK_STREAM, _SOCK_SEQPACKET = 0xF, 1, 5
# 4096 segments (SHMMNI, shmget(2)) of this size bound what no process need have mapped.
_SEGMENT_BYTES = 1 << 18
_X32_BIT = 0x40000000
# ioctl_tty(2): fake input, the console's own subcommands, the line discipline.
_TERMINAL = (0x5412, 0x541C, 0x5423)
# linux/fs.h, linux/fsverity.h: FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FS_IOC_ENABLE_VERITY.
_ATTRIBUTES = (0x40086602, 0x401C5820, 0x40806685)
# prctl(2): PR_SET_PDEATHSIG, PR_SET_MM, PR_SET_CHILD_SUBREAPER.
_PROCESS_CONTROL = (1, 35, 36)

_LOAD, _AND, _EQUAL, _ABOVE, _HAS_BITS, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_KILL_PROCESS, _FAIL, _TELL, _ALLOW = 0x80000000, 0x00050000, 0x7FC00000, 0x7FFF0000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

Instruction = tuple[int, int, int, int]


def build(*, private_ipc: bool, shared_uid: bool, may_fork: bool, brokered: bool = False) -> bytes:
    """Return the program as bytes of `struct sock_filter`.

    ``private_ipc``: System V IPC and message queues are allowed, because they end
    with their namespace. ``shared_uid``: the user's other programs run under the same
    id, so that files' modes and their sockets need a refusal of their own; ``brokered``:
    a listener is told of each connect instead. Raises OSError(ENOSYS) on an architecture
    without a table.
    """
    architecture = numbers.audit_architecture()
    if architecture is None:
        raise OSError(errno.ENOSYS, "the system calls of this architecture are not known")
    program = [
        *_load(_ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        *_load(_NUMBER_AT),
        (_HAS_BITS, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_ABOVE, 0, 1, numbers.LAST_KNOWN),
        _fail(errno.ENOSYS),
    ]
    refused = [*_REFUSED.split(), *_REGROUPING]
    refused += [] if private_ipc else [*_SYSTEM_V.split(), *_QUEUES.split()]
    refused += _OWNERSHIP.split() if shared_uid else []
    refused += ["connect"] if shared_uid and not brokered else []
    refused += [] if may_fork else _STARTING
    program += _refuse(refused)
    program += _when("connect", [(_RETURN, 0, 0, _TELL)]) if brokered else []
    program += _when("clone3", [_fail(errno.ENOSYS)])  # its flags lie in memory; libc falls back
    program += _when("clone", _judge_clone(may_fork=may_fork))
    for name in ("socket", "socketpair"):
        program += _when(name, _judge_socket(connected_only=shared_uid))
    for name in _ON_ITSELF:
        program += _when(name, [*_argument(0), (_EQUAL, 1, 0, 0), _fail()])
    both = [step for index in (0, 1) for step in (*_argument(index), (_EQUAL, 1, 0, 0), _fail())]
    program += _when("setpriority", both)  # which = PRIO_PROCESS, who = itself
    program += _when("ioctl", _refuse_values(1, (*_TERMINAL, *_ATTRIBUTES)))
    program += _when("prctl", _refuse_values(0, _PROCESS_CONTROL))
    small = [*_high(1), (_EQUAL, 1, 0, 0), _fail()]
    small += [*_argument(1), (_ABOVE, 0, 1, _SEGMENT_BYTES), _fail()]
    program += _when("shmget", small)
    program += [_allow()]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _refuse(names: Iterable[str]) -> list[Instruction]:
    """Return a test per run of neighbouring numbers; runs keep the program short."""
    known = sorted({here for name in names if (here := numbers.number(name)) is not None})
    program: list[Instruction] = []
    while known:
        first = last = known.pop(0)
        while known and known[0] == last + 1:
            last = known.pop(0)
        if first == last:
            program += [(_EQUAL, 0, 1, first), _fail()]
        else:
            program += [(_ABOVE, 0, 2, first - 1), (_ABOVE, 1, 0, last), _fail()]
    return program


def _when(name: str, judge: list[Instruction]) -> list[Instruction]:
    """Return: if the call is ``name``, ``judge`` it; where that does not fail it, allow."""
    number = numbers.number(name)
    if number is None:
        return []
    block = [*judge, _allow()]
    return [(_EQUAL, 0, len(block), number), *block]


def _judge_clone(*, may_fork: bool) -> list[Instruction]:
    refused = [*_argument(0), (_HAS_BITS, 0, 1, _CLONE_REFUSED), _fail()]
    if not may_fork:
        refused += [(_HAS_BITS, 1, 0, _CLONE_THREAD), _fail()]
    return refused


def _judge_socket(*, connected_only: bool) -> list[Instruction]:
    """Fail for other families, and for kinds that can send to an address at any time."""
    judge = [*_argument(0), (_EQUAL, 1, 0, _AF_UNIX), _fail()]
    if connected_only:
        judge += [*_argument(1), (_AND, 0, 0, _SOCKET_KIND)]
        judge += [(_EQUAL, 2, 0, _SOCK_STREAM), (_EQUAL, 1, 0, _SOCK_SEQPACKET), _fail()]
    return judge


def _refuse_values(argument: int, values: Iterable[int]) -> list[Instruction]:
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _fail())]
    return [*_argument(argument), *tests]


def _argument(index: int) -> list[Instruction]:
    """Return the load of an argument's low half, all that the kernel reads of an int."""
    low = 0 if sys.byteorder == "little" else 4
    return _load(_ARGUMENTS_AT + 8 * index + low)


def _high(index: int) -> list[Instruction]:
    """Return the load of an argument's high half, which counts where it is a size."""
    high = 4 if sys.byteorder == "little" else 0
    return _load(_ARGUMENTS_AT + 8 * index + high)


def _load(offset: int) -> list[Instruction]:
    return [(_LOAD, 0, 0, offset)]


def _fail(number: int = errno.EPERM) -> Instruction:
    return (_RETURN, 0, 0, _FAIL | number)


def _allow() -> Instruction:
    return (_RETURN, 0, 0, _ALLOW)
