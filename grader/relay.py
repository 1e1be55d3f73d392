"""What a submission prints, on its way to a person: every letter shows, none of them acts.

Owns the pipe between a worker's standard output and ours. A submission never holds a
terminal: on one it could type, ask for what was typed, and write over what stands there.
Between the lines stand the worker's marks, which say that a step begins.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from grader import codec
from grader.printable import printable

MOST_LINE = 4096
MOST_SHOWN = 1 << 20
_GRACE_S = 2.0
_MARK = codec.STEP_MARK.decode()
_ENDS = "\r\n"
_MARGIN = "  | "  # a program may print what looks like words of ours
_CUT = "... (what follows is not shown)\n"


@contextmanager
def shown(title: Callable[[int], str], out: TextIO | None = None) -> Iterator[int]:
    """Give a descriptor; what is printed on it reaches ``out``, standard error by default.

    What step ``index`` prints stands below ``title(index)``; a step that prints nothing
    has no title. Leaving waits for the last of it, which comes once every writer has ended.
    """
    reading, writing = os.pipe()
    arguments = (reading, out or sys.stderr, title)
    relay = threading.Thread(target=_relay, args=arguments, daemon=True)
    relay.start()
    try:
        yield writing
    finally:
        os.close(writing)
        relay.join(_GRACE_S)


def _relay(reading: int, out: TextIO, title: Callable[[int], str]) -> None:
    left = MOST_SHOWN
    waiting = ""
    with os.fdopen(reading, encoding="utf-8", errors="replace", newline="\n") as printed:
        while line := printed.readline(MOST_LINE):
            text, mark, number = line.partition(_MARK)
            if text and left > 0:
                one = f"{_MARGIN}{printable(text.rstrip(_ENDS).expandtabs())}\n"
                left -= len(waiting) + len(one)
                out.write(waiting + (one if left > 0 else _CUT))
                out.flush()
                waiting = ""
            if mark:
                waiting = _titled(number, title)


def _titled(number: str, title: Callable[[int], str]) -> str:
    """Return the title of the step of that number; a program may print marks of its own."""
    try:
        index = int(number)
        return f"{title(index)}\n" if index >= 0 else ""
    except (LookupError, ValueError):
        return ""
