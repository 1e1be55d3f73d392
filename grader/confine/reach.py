"""What a worker may read: the interpreter, what it needs to run, the given package.

Never lists third-party packages: a course installed beside the grader is then out of
reach. Runs in the starter before anything is confined.
"""

import os
import pathlib
import stat
import sys

_SYSTEM = ("/bin", "/usr/bin", "/lib", "/lib64", "/usr/lib", "/usr/lib64")
_LOADER_FILES = ("/etc/ld.so.cache", "/etc/alternatives")
_THIRD_PARTY = ("site-packages", "dist-packages")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def executable() -> str:
    """Return the interpreter itself, where a virtual environment only links to it."""
    return os.path.realpath(sys.executable)


def trees(machine: str) -> list[str]:
    """Return the files and folders that a private root consists of, without duplicates.

    The folders hold third-party packages, which `hidden` names. ``machine`` is "" where
    the course gives no package.
    """
    found = [executable(), *_standard_library(), *_library_folders(), *filter(None, [machine])]
    found += [path for path in (*_SYSTEM, *_LOADER_FILES) if os.path.exists(path)]
    return _outermost(found)


def hidden(roots: list[str]) -> list[str]:
    """Return the folders of third-party packages under ``roots``."""
    places = {*_standard_library(), *(os.path.dirname(path) for path in _standard_library())}
    places |= {os.path.join(root, name) for root in roots for name in ("python3", _version())}
    candidates = (os.path.join(place, name) for place in places for name in _THIRD_PARTY)
    return sorted({os.path.realpath(path) for path in candidates if os.path.isdir(path)})


def readable(roots: list[str]) -> tuple[list[str], list[str]]:
    """Return ``roots`` with every folder that holds third-party packages taken apart.

    Rules that only ever allow (Landlock's) cannot leave out a folder's folder. The
    second list names the folders taken apart: an import has to list them.
    """
    whole: list[str] = []
    apart: list[str] = []
    without = hidden(roots)
    waiting = [root for root in roots if root not in without]
    while waiting:
        path = waiting.pop()
        if any(place.startswith(path + os.sep) for place in without):
            apart.append(path)
            found = [entry.path for entry in os.scandir(path) if not entry.is_symlink()]
            waiting += [inner for inner in found if inner not in without]
        else:
            whole.append(path)
    return whole, apart


def require_interpreter() -> None:
    """Raise OSError unless the calling process may still run the interpreter."""
    for path in (executable(), os.__file__):
        os.close(os.open(path, os.O_RDONLY))


def obstacle() -> str:
    """Say what of the interpreter is closed to other users, "" where nothing is."""
    for path in (executable(), os.path.realpath(os.__file__)):
        for folder in reversed(pathlib.PurePath(path).parents):
            if not os.stat(folder).st_mode & stat.S_IXOTH:
                return f"{folder} is closed to other users, and {path} lies in it"
        if not os.stat(path).st_mode & stat.S_IROTH:
            return f"{path} is closed to other users"
    return ""


def _standard_library() -> list[str]:
    """Return its folder, or its two where a distribution splits off the shared objects."""
    split = os.path.join(sys.base_exec_prefix, sys.platlibdir, _version())
    folders = {os.path.dirname(os.path.realpath(os.__file__)), os.path.realpath(split)}
    return sorted(folder for folder in folders if os.path.isdir(folder))


def _version() -> str:
    """Return the name of the standard library's folder, "python3.12"."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def _library_folders() -> list[str]:
    """Return the folders of the shared objects that this process has mapped (proc(5))."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        files = {line.split(maxsplit=5)[-1].strip() for line in maps if "/" in line}
    return sorted({os.path.dirname(path) for path in files if ".so" in os.path.basename(path)})


def _outermost(paths: list[str]) -> list[str]:
    """Return ``paths`` without those that lie under another of them; links stay links."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(above + os.sep) and not os.path.islink(above) for above in kept):
            kept.append(path)
    return kept
