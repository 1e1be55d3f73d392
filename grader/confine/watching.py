"""Watches what a worker writes where no tmpfs of its own bounds it (tiers B, C, D).

RLIMIT_FSIZE bounds one file, nothing bounds their number. So the starter counts what
the worker holds every POLL_MS; in between it can write what the disk takes in that time.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from grader.confine.sweeping import shared_memory

POLL_MS = 50
_MOST_ENTRIES = 20_000
_BLOCK = 512  # stat(2): the unit of st_blocks


@dataclass(frozen=True)
class Room:
    """What one worker may fill: bytes and files, in its folder and in shared memory."""

    folder: str
    room_bytes: int
    files: int
    shared_before: frozenset[str]


def room(folder: str, room_bytes: int, files: int) -> Room:
    """Return the room of a worker that is about to start."""
    return Room(folder, room_bytes, files, frozenset(shared_memory()))


def overflows(watched: Room, uid: int) -> bool:
    """Whether the worker, of user ``uid``, holds more than its room."""
    held = [*_walk(watched.folder), *_new_shared(watched, uid)]
    size = sum(entry.st_blocks * _BLOCK for entry in held)
    return size > watched.room_bytes or len(held) > watched.files


def _walk(folder: str) -> Iterator[os.stat_result]:
    """Yield the status of every entry below ``folder``, no deeper than memory allows."""
    waiting, seen = [folder], 0
    while waiting and seen < _MOST_ENTRIES:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            seen += 1
            try:
                status = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
            except OSError:
                continue
            yield status


def _new_shared(watched: Room, uid: int) -> Iterator[os.stat_result]:
    for path in shared_memory() - watched.shared_before:
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if status.st_uid == uid:
            yield status
