"""Ends with status 0 if the interpreter that runs this can hold the grader; else says why not.

Older interpreters run this, too: no syntax newer than Python 3.6.
"""

# ruff: noqa: INP001 - a script by itself, run by interpreters without the grader

import os
import sys

NOBODY = 65534


def problem() -> str:
    """Return what is missing, "" where nothing is."""
    if sys.version_info < (3, 11):  # noqa: UP036 - that is what is asked here
        return "it is older than 3.11"
    try:
        for name in ("ctypes", "ensurepip", "ssl", "venv", "zlib"):
            __import__(name)
    except ImportError as error:
        return f"it has no module {error.name}"
    if os.geteuid() == 0 and not others_can_read([os.path.realpath(sys.executable), os.__file__]):
        return "other users cannot read it"
    return ""


def others_can_read(paths: "list[str]") -> bool:
    """Tell whether a user who owns nothing may read ``paths``; tried, because modes mislead."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError:  # this root has no other users, as in a user namespace
        os._exit(0)
    try:
        for path in paths:
            os.close(os.open(path, os.O_RDONLY))
    except OSError:
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    found = problem()
    if found:
        sys.exit(f"setup.sh: not {sys.executable} ({sys.version.split()[0]}): {found}")
