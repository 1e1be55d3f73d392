"""What a stub keeps of its reference, what it drops, and what it refuses to guess."""

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loading import ROOT, load_folder

from grader import stubs
from grader.errors import SpecError
from grader.stubs import stale_stubs, stub_text, write_stubs

DAYS = [day for day in sorted(ROOT.glob("reference/day[123]")) if any(day.glob("[!_]*.py"))]

REFERENCE = '''\
"""Owns the slots.

    slot    7
"""

import errno
from collections import OrderedDict
from collections.abc import Iterator

from _lowest import LowestFirst
from machine import PTE_W, err

FOUR = 4
UNUSED = 5
LIMIT = FOUR
_SECRET = 7
DEPTH = LIMIT * PTE_W  # at most


class Slots:
    r"""All slots; "\\\\" ends a name.

    EINVAL: never.
    """

    kind: str  # of slot
    size: int = 2 * 8
    _cache: int = 0

    _table = OrderedDict()

    def __init__(
        self,
        n: int = DEPTH,  # noqa: FBT001
        # the rest
        *,
        name: str = 'free: "all"',
    ) -> None:
        self._lowest = LowestFirst(range(n))  # free
        if not name:
            raise err(errno.EINVAL)

    def pages(self) -> Iterator[int]:
        """Yield all."""
        yield from self._lowest

    def _choose(self) -> None:
        """Return what."""


class _Slot:
    def take(self) -> int:
        return _SECRET


def first(slots: "Slots") -> int:
    """Return the first."""
    return slots.pages().send(None)
'''

STUB = '''\
"""Owns the slots.

    slot    7
"""

from collections.abc import Iterator

from machine import PTE_W

FOUR = 4
LIMIT = FOUR
DEPTH = LIMIT * PTE_W


class Slots:
    r"""All slots; "\\\\" ends a name.

    EINVAL: never.
    """

    kind: str
    size: int = 2 * 8

    def __init__(
        self,
        n: int = DEPTH,
        *,
        name: str = 'free: "all"',
    ) -> None:
        raise NotImplementedError

    def pages(self) -> Iterator[int]:
        """Yield all."""
        raise NotImplementedError


def first(slots: "Slots") -> int:
    """Return the first."""
    raise NotImplementedError
'''


def stub_of(body: str, *provided: str) -> str:
    """Return what follows the module's docstring in the stub of this body."""
    text = stub_text(f'"""Doc."""\n{body}\n', "m.py", frozenset(provided))
    return text.removeprefix('"""Doc."""\n').strip("\n")


def refusal(make: Callable[[], object]) -> str:
    """Return the message of the SpecError that a call raises."""
    with pytest.raises(SpecError) as caught:
        make()
    return str(caught.value)


def function(signature: str, body: str = "raise NotImplementedError") -> str:
    """Return the source of a function; by default, that of a stub."""
    return f'{signature}\n    """Do it."""\n    {body}'


def method(signature: str, body: str = "raise NotImplementedError") -> str:
    """Return the source of a class with one method; by default, that of a stub."""
    inner = function(signature, body).replace("\n", "\n    ")
    return f'class C:\n    """A class."""\n\n    {inner}'


def test_a_stub_is_what_its_reference_promises() -> None:
    """Bodies, comments, private names, and what nothing else needs are gone."""
    assert stub_text(REFERENCE, "slots.py") == STUB


def test_a_stub_is_its_own_stub() -> None:
    """Nothing is left to take away."""
    assert stub_text(STUB, "slots.py") == STUB


@pytest.mark.parametrize(
    "kept",
    [
        "from __future__ import annotations",
        f"import random as rnd\n\n\n{function('def f(r: rnd.Random) -> int:')}",
        f"import collections.abc\n\n\n{function('def f(r: collections.abc.Set[int]) -> int:')}",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from machine import Rng\n\n\n"
        + function('def f(r: "Rng | None") -> int:'),
        "from typing import Literal\n\n\n" + function('def f(kind: Literal["r"]) -> int:'),
        function("async def f(a, /, b=(1, 2), *args, c, d=None, **kw):"),
        method("@property\ndef used(self) -> int:"),
        method("@staticmethod\ndef make() -> int:"),
        method("@classmethod\ndef make(cls) -> int:"),
        "from abc import abstractmethod\n\n\n" + method("@abstractmethod\ndef f(self) -> int:"),
        method("@used.setter\ndef used(self, value: int) -> None:"),
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\n" + method("def f(self):"),
        'class Full(OSError):\n    """No room."""',
    ],
)
def test_what_is_allowed_stays_as_it_was_written(kept: str) -> None:
    """Imports in use, safe decorators, every kind of parameter and function."""
    assert stub_of(f"\n{kept}") == kept


def test_an_import_keeps_only_the_names_in_use() -> None:
    """`err` is a hint, because only the body has it."""
    body = function("def f(r: Rng, s: Disk):", "raise err(1)")

    stub = stub_of(f"from machine import (\n    Disk,  # slow\n    Rng,\n    err,\n)\n\n\n{body}")

    assert stub.startswith("from machine import Disk, Rng\n\n\ndef f(r: Rng, s: Disk):\n")


def test_a_long_import_gets_one_line_for_each_name() -> None:
    """As the formatter writes it, so that a stub passes it unchanged."""
    names = [f"Name{i}{'x' * 40}" for i in range(3)]
    body = function(f"def f(a: {names[0]}, b: {names[1]}):")

    stub = stub_of(f"from machine import {', '.join(names)}\n\n\n{body}")

    assert stub.startswith(f"from machine import (\n    {names[0]},\n    {names[1]},\n)\n\n\ndef")


def test_an_unneeded_block_of_imports_for_types_goes() -> None:
    """With the import of TYPE_CHECKING itself."""
    guard = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import os\n\n\n"

    assert stub_of(guard + function("def f():")) == function("def f():")


def test_a_dunder_needs_no_docstring() -> None:
    """Its meaning is Python's; it is a task all the same."""
    body = 'class C:\n    """A class."""\n\n    def __len__(self) -> int: return len(self._pages)'

    assert stub_of(body).endswith("def __len__(self) -> int:\n        raise NotImplementedError")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Page = tuple[int, int]  # pid, vpn", "Page"),
        ("_Key = int", "_Key"),
        ("PRICES = {  # in cycles\n    # cheap\n    'hit': 1,\n}", "PRICES"),
        (function("@cache  # pure\ndef f():", "return [1]  # always"), "f"),
        ('class E:\n    """An entry."""\n\n    _n: list = [1]\n    m = 2  # last', "E"),
        (method("def f(self):", "return self._n  # of it"), "C.f"),
    ],
)
def test_what_is_provided_ships_whole(body: str, name: str) -> None:
    """With its comments, whatever it is."""
    assert stub_of(f"\n{body}", name) == body


def test_what_provided_code_uses_ships_too() -> None:
    """Its body counts, unlike that of a task."""
    code = f"import errno\n\nLIMIT = 4\n\n\n{function('def f():', 'return errno.EIO + LIMIT')}"

    assert stub_of(code, "f") == code


def test_a_default_may_call_what_is_provided() -> None:
    """It does not raise when the stub is imported, as a task would."""
    code = f"{method('def f(self):', 'return 1')}\n\n\n{function('def g(c=C()):')}"

    assert stub_of(code, "C") == code


def test_a_script_ships_as_its_docstring() -> None:
    """Statements that no module may have do not matter there."""
    assert stub_text('"""Run\n  it."""\n\nprint(1)\n', "s.py", script=True) == '"""Run\n  it."""\n'


def test_the_docstring_of_a_script_may_not_show_a_private_name() -> None:
    """It is all that ships of it."""
    message = refusal(lambda: stub_text('"""Use _run."""\n_run()\n', "s.py", script=True))

    assert message.startswith("s.py:1 would show the private name `_run`; say it without")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("if True:\n    pass", "m.py:2 `if True:` fits no rule; drop it, or make it private"),
        ("for i in ():\n    pass", "m.py:2 `for i in ():` fits no rule"),
        ("with f:\n    pass", "m.py:2 `with f:` fits no rule"),
        ("try:\n    import a\nfinally:\n    pass", "m.py:2 `try:` fits no rule"),
        ("print(1)", "m.py:2 `print(1)` fits no rule"),
        ("page = 1", "m.py:2 `page = 1` fits no rule"),
        ("A, _B = 1, 2", "m.py:2 `A, _B = 1, 2` fits no rule"),
        ("A.x = 1", "m.py:2 `A.x = 1` fits no rule"),
        ("A += 1", "m.py:2 `A += 1` fits no rule"),
        ("from machine import *", "m.py:2 `from machine import *` fits no rule"),
        ("if TYPE_CHECKING:\n    A = 1", "m.py:2 `if TYPE_CHECKING:` fits no rule"),
        ('class C:\n    """A."""\n    n = 1', "m.py:4 `n = 1` fits no rule"),
        ('class C:\n    """A."""\n    n: list = []', "m.py:4 `n: list = []` fits no rule"),
        ('class C:\n    """A."""\n    class D: ...', "m.py:4 `class D: ...` fits no rule"),
        ('class C:\n    """A."""\n    import os', "m.py:4 `import os` fits no rule"),
        ("class C: ...", "m.py:2 `C` has no docstring; write what"),
        ("def f(): ...", "m.py:2 `f` has no docstring; write what"),
        (function("@cache\ndef f():"), "m.py:2 @cache is not known to be safe; provide it"),
        (function("@property()\ndef f():"), "m.py:2 @property() is not known to be safe"),
        (method("@g.setter\ndef f(self, x):"), "m.py:5 @g.setter is not known to be safe"),
        (f"@total_ordering\n{method('def f(self):')}", "m.py:2 @total_ordering is not known"),
        ('_A = 1\nclass C(_B):\n    """C."""', "m.py:3 uses `_B`, which does not ship; make it"),
        (f"_A = 1\n{function('def f(a=_A):')}", "m.py:3 uses `_A`, which does not ship"),
        (function('def f(a: "int | _A"):'), "m.py:2 uses `_A`, which does not ship"),
        (f"A = _B\n{function('def f(a=A):')}", "m.py:2 uses `_B`, which does not ship"),
        (f"{function('def f():')}\n{function('def g(a=f()):')}", "m.py:5 calls the task `f` when"),
        (
            f"from _x import X\n{function('def f(a: X):')}",
            "m.py:2 would show the private name `_x`",
        ),
        (function("def f(_a):"), "m.py:2 would show the private name `_a`; say it without"),
        (function("def f():", "return _g").replace("Do it.", "Do `_g`."), "m.py:3 would show the"),
        ("def f(:", "m.py:2 is not Python: "),
    ],
)
def test_what_no_rule_allows_is_an_error(body: str, message: str) -> None:
    """It says where, what, and what to do next."""
    assert refusal(lambda: stub_of(body)).startswith(message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("A = 1\n", "m.py:1 the module has no docstring; write what students must know"),
        ('"""D."""\nB = 1\n', "m.py:1 does not define `A`; correct what is listed as provided"),
        ('"""D."""\n_B = 1\nA = _B\n', "m.py:3 uses `_B`, which does not ship; make it public"),
        ('"""D."""\nA = 1; B = 2\n', "m.py:2 is not the same in the stub; put each statement"),
    ],
)
def test_what_a_provided_name_cannot_do_without_is_an_error(source: str, message: str) -> None:
    """A module with a docstring, a definition, the names it uses, and lines of its own."""
    assert refusal(lambda: stub_text(source, "m.py", frozenset({"A"}))).startswith(message)


def test_the_guard_reads_the_stub_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text that is not what was meant to be kept never leaves, whatever rule failed."""
    monkeypatch.setattr(stubs, "_BODY", "return secret")

    message = refusal(lambda: stub_of(function("def f():", "return secret")))

    assert message == "m.py:1 would ship `secret`, which only hidden code contains; report this"


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_every_task_of_a_reference_raises_not_implemented(day: Path, tmp_path: Path) -> None:
    """The stubs of a day import one another, and no task does anything."""
    names = sorted(path.name for path in day.glob("[!_]*.py"))
    paths = write_stubs(day, tmp_path, names, {})
    modules = vars(load_folder(tmp_path))

    tasks = [task for path in paths for task in tasks_of(modules[path.stem], path)]

    assert len(tasks) > len(names)
    for task in tasks:
        with pytest.raises(NotImplementedError):
            call_with_nones(task)


def tasks_of(module: object, path: Path) -> Iterator[Callable[..., object]]:
    """Yield every function that a stub defines, methods unbound."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            yield getattr(module, node.name)
        elif isinstance(node, ast.ClassDef):
            members = vars(getattr(module, node.name))
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    task = members[member.name]
                    yield getattr(task, "fget", None) or getattr(task, "__func__", task)


def call_with_nones(task: Callable[..., object]) -> None:
    """Call with None for every parameter that has no default."""
    args: list[None] = []
    keywords: dict[str, None] = {}
    for name, parameter in inspect.signature(task).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            keywords[name] = None
        elif parameter.kind <= parameter.POSITIONAL_OR_KEYWORD:
            args.append(None)
    task(*args, **keywords)


@pytest.fixture(name="folders")
def _folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return a reference with two modules and a private one, and a folder for its stubs."""
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "a.py").write_text('"""A."""\n\nX = [1]\n')
    (reference / "b.py").write_text(f'"""B."""\n\n\n{function("def f():", "return 1")}\n')
    (reference / "_c.py").write_text("")
    return reference, tmp_path / "stub"


def test_stubs_are_written_where_they_differ(folders: tuple[Path, Path]) -> None:
    """What is right already is left alone, and nothing is removed."""
    reference, stub = folders
    write_stubs(reference, stub, ["a.py", "b.py"], {"a.py": ["X"]})
    (stub / "b.py").write_text("")
    (stub / "old.py").write_text("")

    changed = write_stubs(reference, stub, ["a.py", "b.py"], {"a.py": ["X"]})

    assert changed == [stub / "b.py"]
    assert (stub / "a.py").read_text() == '"""A."""\n\nX = [1]\n'
    assert (stub / "b.py").read_text() == f'"""B."""\n\n\n{function("def f():")}\n'
    assert (stub / "old.py").exists()


def test_stale_stubs_are_told_in_a_sentence_each(folders: tuple[Path, Path]) -> None:
    """A missing one, one whose reference has a new signature, and one left over."""
    reference, stub = folders
    write_stubs(reference, stub, ["b.py"], {})
    fresh = stale_stubs(reference, stub, ["b.py"], {})
    source = (reference / "b.py").read_text()
    (reference / "b.py").write_text(source.replace("f()", "f(n: int)"))
    (stub / "sub").mkdir()
    (stub / "sub" / "b.py").write_text("")

    stale = stale_stubs(reference, stub, ["a.py", "b.py"], {}, scripts=["a.py"])

    assert fresh == []
    assert stale == [
        f"{stub / 'a.py'} is missing; run `grader stubs`.",
        f"{stub / 'b.py'} differs from its reference; run `grader stubs`.",
        f"{stub / 'sub' / 'b.py'} is left over; delete it, or list it as a stub.",
    ]


@pytest.mark.parametrize(
    ("names", "provided", "message"),
    [
        (["_c.py"], {}, "_c.py:1 is private, so it cannot ship; rename it or do not list it"),
        (["d.py"], {}, "d.py:1 does not exist; write it, or correct the name"),
        (["b.py"], {"a.py": ["X"]}, "a.py:1 is not listed as a stub; list it, too"),
    ],
)
def test_a_name_that_is_no_module_to_ship_is_an_error(
    folders: tuple[Path, Path], names: list[str], provided: dict[str, list[str]], message: str
) -> None:
    """A private module, a missing one, and one that is not listed."""
    assert refusal(lambda: write_stubs(*folders, names, provided)).endswith(message)
