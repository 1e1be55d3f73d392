"""Which layers this place allows: each is tried on its own, in a child that is thrown away.

A version number or a config file says what a kernel could do; only trying says what a
container, a security module or a missing capability leaves of it.
"""

import errno
import functools
import os
import resource
import sys
import warnings
from collections.abc import Callable

from grader.confine.tiers import LAYERS, Capabilities

_ROOT = 0


def probe() -> Capabilities:
    """Return what this place lacks, layer by layer; takes a few milliseconds."""
    is_root = os.geteuid() == _ROOT
    if sys.platform != "linux":
        reason = "this is not Linux"
        return Capabilities({name: reason for name in LAYERS if name not in _ANYWHERE}, is_root)
    probes = _probes()
    children = {name: _in_child(attempt) for name, attempt in probes.items()}
    missing = {}
    for name, pid in children.items():
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code:
            missing[name] = os.strerror(code) if code > 0 else f"ended by signal {-code}"
    if "interpreter" in missing and "uid" not in missing:
        from grader.confine import reach

        missing["interpreter"] = reach.obstacle() or missing["interpreter"]
    return Capabilities(missing, is_root)


def all_at_once() -> Capabilities | None:
    """Return what this place lacks if every layer of tier A stands, tried in two children.

    None where one does not: then `probe` finds out which. A tenth of its cost.
    """
    is_root = os.geteuid() == _ROOT
    if sys.platform != "linux":
        return None
    probes = _probes()
    wanted = [name for name in _TOGETHER if is_root or name != "uid"]

    def together() -> None:
        for name in wanted:
            probes[name]()

    children = [_in_child(together), _in_child(probes["user"])]
    statuses = [os.waitpid(pid, 0)[1] for pid in children]
    if any(statuses):
        return None
    lacking = {"interpreter": "not tried", "broker": "not tried"}
    return Capabilities(lacking if is_root else {**lacking, "uid": "not root"}, is_root)


_ANYWHERE = ("limits",)
# Each before those that would take its means away. Root's user namespace is no part
# of it: no other user id is mapped in it yet.
_TOGETHER = (
    *("mount", "pid", "net", "ipc", "uts", "sweep", "uid"),
    *("privileges", "scope", "landlock", "seccomp"),
)


def _in_child(attempt: Callable[[], object]) -> int:
    """Start ``attempt`` in a fork, which ends with the errno of its OSError, 0 for none."""
    with warnings.catch_warnings():
        # Python 3.12 warns where threads run: this child makes system calls and exits.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return pid
    code = errno.EIO
    try:
        attempt()
        code = 0
    except OSError as error:
        code = error.errno or errno.EIO
    finally:
        os._exit(code)


def _probes() -> dict[str, Callable[[], object]]:
    from grader.confine import (
        broker,
        landlock,
        namespaces,
        private_root,
        privileges,
        reach,
        seccomp,
        syscalls,
    )

    @functools.cache  # in one child, where several probes need it, once
    def become_capable() -> None:
        if os.geteuid() != _ROOT:
            privileges.show_memory()  # else its own uid_map is root's; the grader may be hidden
            namespaces.own_user_namespace(os.geteuid(), os.getegid())

    def with_capabilities(flags: int) -> None:
        become_capable()
        if flags:
            syscalls.unshare(flags)

    def mount() -> None:
        with_capabilities(syscalls.CLONE_NEWNS)
        private_root.try_mounts()

    def uid() -> None:
        privileges.require_uid_capabilities()
        privileges.become(privileges.first_uid(os.getpid()))

    def interpreter() -> None:
        uid()
        reach.require_interpreter()

    def user() -> None:
        privileges.first_uid(os.getpid())  # ids of the workers, to map
        syscalls.unshare(syscalls.CLONE_NEWUSER)

    def files() -> None:
        privileges.forgo_gains()
        landlock.enforce(landlock.ruleset(readable=(), writable=(), devices=(), scoped=False))

    def filtered() -> None:
        privileges.forgo_gains()
        syscalls.install_filter(seccomp.build(private_ipc=False, shared_uid=True, may_fork=True))

    return {
        "user": user if os.geteuid() == _ROOT else lambda: with_capabilities(0),
        "mount": mount,
        "pid": lambda: with_capabilities(syscalls.CLONE_NEWPID),
        "net": lambda: with_capabilities(syscalls.CLONE_NEWNET),
        "ipc": lambda: with_capabilities(syscalls.CLONE_NEWIPC),
        "uts": lambda: with_capabilities(syscalls.CLONE_NEWUTS),
        "uid": uid,
        "interpreter": interpreter,
        "privileges": privileges.give_up,
        "limits": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        "landlock": files,
        "scope": landlock.scope,
        "seccomp": filtered,
        "broker": broker.rehearse,
        "sweep": privileges.adopt_orphans,
    }
