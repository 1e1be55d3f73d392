"""Canaries: unique words planted into copies of what must stay secret.

Owns where they go. What is planted changes nothing that a program does, so a copy with
canaries grades as the original. Where a canary turns up, its number says what leaked.

Legend::

    canary_3fa9c1_12     the word number 12 of this planting
    planted              {12: "the body of place, holes.py of the reference"}
"""

import ast
import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from grader import codec
from grader.checks import Check, Part
from grader.corpus_file import CheckCorpus
from grader.trace import REFERENCE, Step, Trace, bound_name
from grader.transcript import Difference, Run

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_ABOUT_AN_OBJECT = ("given", "new", "call", "get", "snap")
_LEFT_UNBOUND = ("given", "new", "get", "snap")


@dataclass
class Canaries:
    """The words of one planting: none stands anywhere else, each says where it belongs.

    ``known`` are secrets that nobody planted and everyone might have copied.
    """

    secret: str
    planted: dict[int, str] = field(default_factory=dict)
    known: dict[bytes, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """What all words begin with; it follows from ``secret``, so that runs are alike."""
        return f"canary_{hashlib.sha256(self.secret.encode()).hexdigest()[:6]}"

    def word(self, place: str) -> str:
        """Return a new word, planted in ``place``."""
        number = len(self.planted) + 1
        self.planted[number] = place
        return f"{self.stem}_{number}"

    def found(self, content: bytes) -> list[str]:
        """Return the places of which ``content`` holds a word, or a part of one."""
        numbers = re.findall(rb"%s(?:_(\d+))?" % self.stem.encode(), content, re.IGNORECASE)
        places = [self.planted.get(int(number or 0), "something secret") for number in numbers]
        places += [place for word, place in self.known.items() if word in content]
        return list(dict.fromkeys(places))


# --- in source ----------------------------------------------------------------


def planted_source(source: str, name: str, canaries: Canaries, shown: Collection[str]) -> str:
    """Return a secret module with words in comments, names, literals and private docstrings.

    ``shown`` are names whose bodies are given to students on purpose: ``Entry``, ``A.f``.
    """
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    inserted: dict[int, list[str]] = {}
    for owner, node in _bodies(ast.parse(source), "", shown):
        place = _first_own_line(node, lines)
        if place is not None:
            word = canaries.word(f"the body of {owner}, {name}")
            line = f'{" " * place[1]}{word} = "{word}"  # {word}\n'
            inserted.setdefault(place[0], []).append(line)
    grown = [line for number, old in enumerate(lines) for line in (*inserted.get(number, ()), old)]
    return "".join([*grown, *_at_the_end(name, canaries)])


def _at_the_end(name: str, canaries: Canaries) -> Iterator[str]:
    comment, constant = canaries.word(f"a comment, {name}"), canaries.word(f"a constant, {name}")
    function = canaries.word(f"a private function, {name}")
    yield f'\n\n# {comment}\n_{constant} = "{constant}"\n\n\n'
    yield f'def _{function}() -> str:\n    """{function}"""\n    return "{function}"\n'


def _bodies(node: ast.AST, owner: str, shown: Collection[str]) -> Iterator[tuple[str, _Definition]]:
    """Yield every function outside of functions and of what is shown, with its full name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition | ast.ClassDef):
            name = f"{owner}{child.name}"
            if name in shown:
                continue
            if isinstance(child, ast.ClassDef):
                yield from _bodies(child, f"{name}.", shown)
            else:
                yield name, child


def _first_own_line(node: _Definition, lines: list[str]) -> tuple[int, int] | None:
    """Return line (from 0) and column of the first statement after a docstring, if there is one."""
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if not body or body[0].lineno == node.lineno:
        return None
    first = min([body[0].lineno, *(each.lineno for each in getattr(body[0], "decorator_list", []))])
    column = body[0].col_offset
    return (first - 1, column) if not lines[first - 1][:column].strip() else None


# --- in checks ----------------------------------------------------------------


def planted_check(check: Check, corpus: CheckCorpus, canaries: Canaries) -> Check:
    """Return a hidden check whose inputs, parts, words and pictures hold canaries.

    Its traces are those of ``corpus`` with other names, which change nothing.
    """
    word = canaries.word(f"the words or the picture of {check.id}")
    parts = tuple(
        _planted_part(
            check, part, [codec.decode_trusted(text) for text in recorded.traces], canaries
        )
        for part, recorded in zip(check.parts, corpus.parts, strict=True)
    )
    return replace(
        check,
        parts=parts,
        judge=_planted_judge(check.judge, word),
        picture=lambda _run, _index: word,
    )


def _planted_part(check: Check, part: Part, traces: list[Trace], canaries: Canaries) -> Part:
    name = canaries.word(f"the name of a part of {check.id}")
    stem = canaries.word(f"the inputs of {check.id}")
    renamed = [_with_other_names(trace, stem) for trace in traces]
    return replace(part, source=lambda: renamed, name=name)


def _planted_judge(judge: Callable[[Run], None], word: str) -> Callable[[Run], None]:
    def planted(run: Run) -> None:
        try:
            judge(run)
        except Difference as difference:
            raise Difference(difference.index, f"{word} {difference.expected}") from None
        except AssertionError as error:
            raise AssertionError(f"{word} {error}") from None

    return planted


def _with_other_names(trace: Trace, stem: str) -> Trace:
    """Return ``trace`` with ``stem`` in every name; the result of every call gets one."""
    bound = [
        step if step[0] in _LEFT_UNBOUND or bound_name(step) else [*step, f"-> r{number}"]
        for number, step in enumerate(trace)
    ]
    names = {name for step in bound if (name := bound_name(step)) is not None}
    return [_renamed_step(step, names, stem) for step in bound]


def _renamed_step(step: Step, names: Collection[str], stem: str) -> Step:
    name = bound_name(step)
    if name is not None and step[0] not in ("given", "new"):
        step = [*step[:-1], f"-> {stem}_{name}"]
    if step[0] in _ABOUT_AN_OBJECT and step[1] in names:
        step = [step[0], f"{stem}_{step[1]}", *step[2:]]
    return [*step[:2], *(_renamed(part, names, stem) for part in step[2:])]


def _renamed(part: Any, names: Collection[str], stem: str) -> Any:
    if isinstance(part, list):
        return [_renamed(item, names, stem) for item in part]
    if isinstance(part, dict):
        return {key: _renamed(item, names, stem) for key, item in part.items()}
    match = REFERENCE.match(part) if isinstance(part, str) else None
    if match is None or match[1] not in names:
        return part
    return f"${stem}_{match[1]}{match[2]}{match[3] or ''}"
