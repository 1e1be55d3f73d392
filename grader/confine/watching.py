"""Watches what a worker writes where no tmpfs of its own bounds it (tiers B, C, D).

RLIMIT_FSIZE bounds one file, nothing bounds their number. So the starter counts what
the worker holds every POLL_MS; in between it can write what the disk takes in that time.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from grader.confine.sweeping import entries_of

POLL_MS = 50
_BLOCK = 512  # stat(2): the unit of st_blocks


@dataclass(frozen=True)
class Room:
    """What one worker may fill: bytes and entries, in its own folder and in ``public`` ones.

    Of these counts what is new, that is not ``before``, and the worker's, all below included.
    """

    folder: str
    room_bytes: int
    entries: int
    public: tuple[str, ...]
    before: frozenset[str]


def overflows(watched: Room, uid: int) -> bool:
    """Whether the worker, of user ``uid``, holds more than its room."""
    left_bytes, left = watched.room_bytes, watched.entries
    for status in _held(watched, uid):
        left_bytes -= status.st_blocks * _BLOCK
        left -= 1
        if left_bytes < 0 or left < 0:  # at once: counting on is what it may want
            return True
    return False


def _held(watched: Room, uid: int) -> Iterator[os.stat_result]:
    """Yield the status of every entry that counts."""
    yield from _below(watched.folder)
    for path in paths(watched.public):
        with suppress(OSError):  # it may be gone by now, here and below
            status = None if path in watched.before else os.lstat(path)
            if status is not None and status.st_uid == uid:
                yield status
                if stat.S_ISDIR(status.st_mode):
                    yield from _below(path)


def _below(folder: str) -> Iterator[os.stat_result]:
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)


def paths(folders: Iterable[str]) -> Iterator[str]:
    """Yield the path of everything that lies directly in ``folders``."""
    return chain.from_iterable(map(entries_of, folders))
