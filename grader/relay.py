"""What a submission prints, on its way to a person: every letter shows, none of them acts.

Owns the pipe between a worker's standard output and ours. A submission never holds a
terminal: on one it could type, ask for what was typed, and write over what stands there.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from grader.printable import printable

MOST_LINE = 4096
MOST_SHOWN = 1 << 20
_GRACE_S = 2.0


@contextmanager
def shown(out: TextIO | None = None) -> Iterator[int]:
    """Give a descriptor; what is printed on it reaches ``out``, standard error by default.

    Leaving waits for the last of it, which comes once every writer has ended.
    """
    reading, writing = os.pipe()
    relay = threading.Thread(target=_relay, args=(reading, out or sys.stderr), daemon=True)
    relay.start()
    try:
        yield writing
    finally:
        os.close(writing)
        relay.join(_GRACE_S)


def _relay(reading: int, out: TextIO) -> None:
    left = MOST_SHOWN
    with os.fdopen(reading, encoding="utf-8", errors="replace", newline="\n") as printed:
        while line := printed.readline(MOST_LINE):
            if left > 0:
                left -= len(line)
                text = printable(line.rstrip("\r\n").expandtabs())
                out.write(f"{text}\n" if left > 0 else "... (what follows is not shown)\n")
                out.flush()
