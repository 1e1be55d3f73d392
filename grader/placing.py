"""Which of the files of an upload is which: names in, names out, no byte is looked at.

Owns the rule by which a student's ``day1/heap (1).py`` becomes ``heap.py``: only where
nothing else could be meant. Never guesses; what is ambiguous is a sentence that names
the candidates.

Legend::

    stub        heap.py: a file of the exercise, always at the top of the place where it runs
    candidate   day1/heap.py, Heap.py, heap (1).py, Copy of heap.py, heap.py.txt
    home        the folder that all candidates lie in: "" or "jane/hw1"
    target      the name under which a file runs
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from grader.printable import quoted

MOST_NAMED = 5
_SUFFIXES = (".py.txt", ".txt", ".py")
# What browsers, file managers and course systems put behind a name that is taken.
_COPY_MARK = re.compile(r"(?: ?\(\d+\)|-\d+|(?: -)? copy(?: ?\(\d+\)| \d+)?)*")


@dataclass(frozen=True)
class Placement:
    """Which file runs under which name.

    ``sources`` are file names by target, ``problems`` sentences by target, ``missing``
    the stubs of which there is no trace.
    """

    sources: dict[str, str]
    problems: dict[str, str]
    notes: tuple[str, ...]
    missing: tuple[str, ...]


def stub_of(name: str, stubs: Iterable[str]) -> str | None:
    """Return the stub that a file of this name, without folders, may be meant to be."""
    if name in stubs:
        return name
    lowered = name.lower()
    suffix = next(filter(lowered.endswith, _SUFFIXES), None)
    if suffix is None:
        return None
    stem = lowered.removesuffix(suffix).removeprefix("copy of ")
    for stub in stubs:
        wanted = stub.removesuffix(".py").lower()
        if stem.startswith(wanted) and _COPY_MARK.fullmatch(stem, len(wanted)):
            return stub
    return None


def place(names: Collection[str], stubs: Sequence[str]) -> Placement:
    """Return where each Python file of an upload runs, and what is to be said about it."""
    candidates: dict[str, list[str]] = {stub: [] for stub in stubs}
    for name in sorted(names):
        stub = stub_of(_last(name), stubs)
        if stub is not None:
            candidates[stub].append(name)
    home = _common_folder([name for each in candidates.values() for name in each])
    chosen = {
        stub: found[0] if len(found) == 1 else _join(home, stub)
        for stub, found in candidates.items()
        if len(found) == 1 or _join(home, stub) in found
    }
    problems = {
        stub: _ambiguous(stub, found) for stub, found in candidates.items() if stub not in chosen
    }
    missing = tuple(stub for stub, found in candidates.items() if not found)
    others = {name for name in names if name.endswith(".py")} - set(chosen.values())
    targets, contested = _others(others, {*map(_folder, chosen.values())}, stubs)
    notes = _notes(chosen, candidates)
    return Placement(targets | chosen, problems | contested, notes, missing)


def _others(
    names: Iterable[str], folders: Collection[str], stubs: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return sources by target for further modules, and problems for contested targets.

    Below a folder that a stub was taken from, names count from there, as they do where
    the student's own ``import`` finds them. A file that has its name already goes first.
    """
    wishes: dict[str, list[str]] = {}
    for name in sorted(names):
        wishes.setdefault(_seen_from(folders, name), []).append(name)
    sources, problems = {}, {}
    for target, wanting in wishes.items():
        # No import leads into a folder like "heap.py", which would be in the way of the file.
        if target in stubs or ".py/" in target:
            continue
        if target in wanting or len(wanting) == 1:
            sources[target] = target if target in wanting else wanting[0]
        else:
            problems[target] = _ambiguous(target, wanting)
    return sources, problems


def _seen_from(folders: Collection[str], name: str) -> str:
    """Return ``name`` relative to the innermost of ``folders`` that it lies in."""
    inside = [folder for folder in folders if not folder or name.startswith(f"{folder}/")]
    innermost = max(inside, key=len, default="")
    return name[len(innermost) + 1 :] if innermost else name


# --- what is said -------------------------------------------------------------


def _ambiguous(target: str, found: Sequence[str]) -> str:
    if not found:
        return f"{target} is missing from the submission; add it, unchanged if need be"
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    named = [quoted(name) for name in found[:MOST_NAMED]]
    listed = ", ".join(named) + more if more else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"{target}: found {listed}; hand in one, named {_last(target)}"


def _notes(chosen: dict[str, str], candidates: dict[str, list[str]]) -> tuple[str, ...]:
    """Say what was taken from elsewhere, under another name, or instead of a copy beside it."""
    moved: dict[str, list[str]] = {}
    notes = []
    for stub, name in chosen.items():
        if _last(name) != stub:
            notes.append(f"{stub} was taken from {quoted(name)}")
        elif name != stub:
            moved.setdefault(_folder(name), []).append(stub)
        beside = [other for other in candidates[stub] if _folder(other) == _folder(name)]
        copies = [quoted(other) for other in beside if other != name and other.endswith(".py")]
        if copies:
            notes.append(f"{quoted(name)} was graded, {', '.join(copies[:MOST_NAMED])} was not")
    for folder, taken in moved.items():
        verb = "was" if len(taken) == 1 else "were"
        notes.insert(0, f"{', '.join(taken)} {verb} taken from the folder {quoted(folder)}")
    return tuple(notes)


# --- names --------------------------------------------------------------------


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _common_folder(names: Sequence[str]) -> str:
    """Return the innermost folder that all ``names`` lie in."""
    if not names:
        return ""
    # Of sorted lists, what the first and the last share, all share.
    folders = sorted(name.split("/")[:-1] for name in names)
    shared = []
    for one, other in zip(folders[0], folders[-1], strict=False):
        if one != other:
            break
        shared.append(one)
    return "/".join(shared)
