"""The starter's side of a tier: enters it, makes a home per worker, cleans up after each.

Legend::

    Place   what one starter stands in: its tier, and all that is prepared before a fork
    Home    what one worker gets: a folder, a slot (its user id), a start
"""

import errno
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass

from grader.confine import (
    broker,
    landlock,
    namespaces,
    private_root,
    privileges,
    reach,
    seccomp,
    sweeping,
    syscalls,
    watching,
)
from grader.confine import limits as kernel_limits
from grader.confine.limits import Limits
from grader.confine.tiers import Tier, layer

LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class Home:
    """One worker's own: where its files lie and as whom it runs.

    ``before`` is what lay in public folders before it started.
    """

    folder: str
    slot: int
    uid: int
    before: frozenset[str] = frozenset()
    room: watching.Room | None = None


class Place:
    """One starter's confinement; ``enter`` it once, then a ``home`` per worker."""

    def __init__(self, tier: Tier, machine: str) -> None:
        self.tier = tier
        self._machine = machine
        self._slots: list[int] = []
        self._base = ""
        self._pid = 0
        self._uid = 0
        self._outer_uid = 0
        self._kept: list[private_root.Kept] = []
        self._rules: int | None = None
        self._filters: dict[bool, bytes] = {}
        self._tasks_already: int | None = None
        self._broker: broker.Broker | None = None

    # --- the starter ---

    def enter(self) -> None:
        """Confine this starter as far as all its workers share it.

        With namespaces this returns in a fork of the caller. Raises LayerError.
        """
        os.umask(0o022)  # a private root built under 077 is unreadable to the workers
        if not LINUX:
            self._base = tempfile.mkdtemp(prefix="grader-")
            return
        sys.executable = reach.executable()  # what children of workers exec
        self._slots = list(range(privileges.SLOTS))
        roots = reach.trees(self._machine)
        readable, listable = None, list[str]()
        if "landlock" in self.tier:  # a private root hides the third-party folders itself
            readable, listable = (roots, []) if self._has_root else reach.readable(roots)
        self._choose_uids()
        if self._has_namespaces:
            self._kept = namespaces.enter(self.tier, roots, self._outer_uid)
        with layer("sweep"):
            if "sweep" in self.tier:
                privileges.adopt_orphans()
        if not self._has_root:
            self._base = os.path.realpath(tempfile.mkdtemp(prefix="grader-"))
            os.chmod(self._base, 0o711)
        self._prepare(readable, listable)
        with layer("broker"):
            if {"broker", "seccomp"} <= set(self.tier.layers):
                self._broker = broker.Broker()
                if "scope" in self.tier:
                    self._broker.enter()
        with layer("privileges"):
            privileges.hide_memory()
        self._pid = os.getpid()

    @property
    def _has_namespaces(self) -> bool:
        return not {"user", "mount", "pid", "net", "ipc", "uts"}.isdisjoint(self.tier.layers)

    @property
    def _has_root(self) -> bool:
        return "mount" in self.tier

    @property
    def _public_folders(self) -> tuple[str, ...]:
        """Where a worker may put what is then known as its own, beside its own folder.

        A full /tmp takes long to look through, so it is left out where Landlock guards it.
        """
        everywhere = "uid" in self.tier and "landlock" not in self.tier
        return sweeping.PUBLIC_FOLDERS if everywhere else sweeping.MEMORY_FOLDERS

    def _choose_uids(self) -> None:
        if os.geteuid() != 0 or {"uid", "user"}.isdisjoint(self.tier.layers):
            return
        with layer("uid"):
            self._outer_uid = self._uid = privileges.first_uid(os.getpid())
        if "user" in self.tier:
            self._uid = namespaces.INSIDE_UID

    def _prepare(self, readable: list[str] | None, listable: list[str]) -> None:
        """Build, before any fork, what every worker only has to switch on."""
        if "privileges" in self.tier and (os.geteuid() == 0 or "user" in self.tier):
            with layer("privileges"), suppress(PermissionError):
                privileges.empty_bounding_set()
        with layer("landlock" if "landlock" in self.tier else "scope"):
            if {"landlock", "scope"} & set(self.tier.layers):
                writable = (
                    [private_root.HOMES] if self._has_root else [self._base, sweeping.SHARED_MEMORY]
                )
                if readable is not None and self._has_root:
                    own = ["/proc"] if "pid" in self.tier else []
                    readable = [*readable, *(kept for kept, _ in self._kept), *own]
                self._rules = landlock.ruleset(
                    readable=readable,
                    listable=listable,
                    writable=writable,
                    devices=reach.DEVICES,
                    scoped="scope" in self.tier,
                )
        if "uid" in self.tier or "user" in self.tier:
            self._tasks_already = 0
        elif "limits" in self.tier and self.tier.letter != "D":
            self._tasks_already = kernel_limits.tasks_of_user(os.getuid())

    def _build_filter(self, *, may_fork: bool) -> None:
        """Build the filter for one kind of worker, once."""
        if "seccomp" in self.tier and may_fork not in self._filters:
            with layer("seccomp"):
                self._filters[may_fork] = seccomp.build(
                    private_ipc="ipc" in self.tier,
                    shared_uid={"uid", "mount"}.isdisjoint(self.tier.layers),
                    may_fork=may_fork,
                    brokered="broker" in self.tier,
                )

    # --- one worker, before and after ---

    def home(self, limits: Limits) -> Home:
        """Return a fresh home; called in the starter, before the fork. Raises LayerError."""
        self._build_filter(may_fork=limits.may_fork)
        slot = self._slots.pop(0) if self._slots else 0
        if LINUX and self._has_root:
            return Home(f"{private_root.HOME}/submission", slot, self._uid + slot)
        folder = tempfile.mkdtemp(prefix="submission-", dir=self._base)
        uid = os.getuid()
        if "uid" in self.tier:
            uid = self._uid + slot
            os.chown(folder, uid, uid)
        if self._broker:
            self._broker.open(slot, folder)
        public, room = self._public_folders, None
        before = frozenset(watching.paths(public))
        if "limits" in self.tier:
            most = (limits.room_bytes, kernel_limits.ROOM_INODES)
            room = watching.Room(folder, *most, public, before)
        return Home(folder, slot, uid, before, room)

    @property
    def calls(self) -> list[int]:
        """The descriptors that are readable when `attend` has something to do."""
        return [self._broker.fileno()] if self._broker else []

    def attend(self) -> int | None:
        """Do what running workers ask for; return in how many ms to look again, None for never."""
        if not self._broker:
            return None
        self._broker.attend()
        return self._broker.pause_ms

    def overflows(self, home: Home) -> bool:
        """Whether the worker of ``home`` fills more of a shared disk than it may."""
        return home.room is not None and watching.overflows(home.room, home.uid)

    def reap(self, pid: int) -> sweeping.Ended | None:
        """Return how the worker ``pid`` ended, its processes gone; None while it runs."""
        return sweeping.reap(pid, group="sweep" in self.tier)

    def clean(self, home: Home, running: set[int]) -> None:
        """Remove what the worker of ``home``, which has ended, left; ``running`` are others."""
        if LINUX and "sweep" in self.tier:
            sweeping.end_strays(spare=running)
        if self._broker:
            self._broker.close(home.slot)
        if not self._has_root:
            sweeping.remove_tree(home.folder)
            if "uid" in self.tier:
                sweeping.remove_owned(home.uid, self._public_folders)
            elif LINUX and "sweep" in self.tier:
                sweeping.remove_new_shared_memory(home.before, home.uid)
        self._slots.append(home.slot)

    def leave(self) -> None:
        """Remove what the starter itself left in the file system."""
        if self._base:
            sweeping.remove_tree(self._base)

    # --- the worker itself ---

    def enter_home(self, home: Home, limits: Limits) -> None:
        """First half, in the forked child, still privileged: its folder and its user id."""
        os.setsid()
        if not LINUX:
            return
        if self._has_root:
            room = (limits.room_bytes, kernel_limits.ROOM_INODES)
            namespaces.enter_home(self.tier, self._kept, *room)
        with layer("uid"):
            if "uid" in self.tier:
                privileges.become(home.uid)
        with layer("sweep"):
            privileges.die_with_parent()
            if os.getppid() != self._pid:
                raise ProcessLookupError(errno.ESRCH, "the starter has ended")
        os.environ["HOME"] = os.environ["TMPDIR"] = home.folder
        if self._has_root:
            os.environ["TMPDIR"] = f"{private_root.HOME}/tmp"
        tempfile.tempdir = None

    def confine(self, home: Home, limits: Limits) -> None:
        """Second half, with the files in place: everything else, for good.

        Of all descriptors that the worker has, only its own may then stay open.
        """
        if LINUX:
            with layer("privileges"):
                if "privileges" in self.tier:
                    privileges.give_up()
                    privileges.show_memory()
            self._enforce_rules(home)
            with layer("broker" if self._broker else "seccomp"):
                program = self._filters.get(limits.may_fork)
                if self._broker and program:
                    self._broker.divert(home.slot, program)
                elif program:
                    syscalls.install_filter(program)
        # Last: how many descriptors its user may have on their way is one of these limits.
        with layer("limits"):
            if "limits" in self.tier:
                kernel_limits.impose(limits, self._tasks_already)

    def _enforce_rules(self, home: Home) -> None:
        with layer("landlock" if "landlock" in self.tier else "scope"):
            if self._rules is not None:
                landlock.enforce(self._rules)
            if "landlock" in self.tier and not self._has_root:
                own = landlock.fence(
                    writable=home.folder, flat=sweeping.SHARED_MEMORY, devices=reach.DEVICES
                )
                landlock.enforce(own)
                os.close(own)
