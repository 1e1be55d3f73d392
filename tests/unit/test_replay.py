"""What a worker answers to each step, and that nothing a submission does is our fault.

Every test plays real traces in a real worker. `mod.py` is the module under test.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import LIMITS, MACHINE, answer, bench, job, play

from grader import codec
from grader.errors import GraderFault
from grader.replay import Bench

KEEPER = '''\
import errno
from machine import err

class Keeper:
    """Keeps what it is given."""

    def __init__(self, value=None):
        self.value = value

    @property
    def twice(self):
        return [self.value, self.value]

    def keep(self, value=None, again=None):
        self.value = value
        return value

    def me(self):
        return self

    def another(self):
        return Keeper(self.value)

    def fail(self, code):
        raise err(code)

    def snapshot(self):
        return {"value": self.value}

def keeper():
    return Keeper(7)

def fail(kind="ValueError"):
    raise {"ValueError": ValueError, "NotImplementedError": NotImplementedError}[kind]("x")
'''


EVALUATOR = """\
import collections, math, machine

class Mine(machine.SegFault): pass
class Fake(machine.Trap): va = 1
class Evil(Exception):
    def __str__(self): raise SystemExit
    def __repr__(self): raise SystemExit
    __class__ = property(lambda self: 1 / 0)

def returning(text): return eval(text)
def raising(text): raise eval(text)
"""


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Bench]:
    """Evaluate expressions in one worker each, without a starter each."""
    with bench(EVALUATOR) as place:
        yield place


@pytest.fixture(scope="module")
def keeper() -> Iterator[Bench]:
    """Run the module KEEPER."""
    with bench(KEEPER) as place:
        yield place


def evaluated(place: Bench, function: str, expression: str) -> Any:
    found = place.run(job([["fn", function, [expression]]]))
    assert found.ending.kind == "finished", found.ending
    (entry,) = json.loads(found.texts[0])
    return entry


def one(source: str) -> Any:
    """Return the outcome of calling ``f``."""
    return play(source, ["fn", "f", []])[-1]


# --- verbs and arguments ------------------------------------------------------


def test_every_verb_has_its_answer() -> None:
    entries = play(
        KEEPER + "\ndef count(n):\n    got = yield n\n    yield [got]\n    return 'done'\n",
        ["new", "k", "Keeper", {"value": 3}],
        ["call", "k", "keep", [4]],
        ["call", "k", "keep", {"again": 1, "value": 5}],
        ["get", "k", "value"],
        ["get", "k", "twice"],
        ["snap", "k"],
        ["given", "m", "SimHeap", {"limit": 64}],
        ["call", "m", "sbrk", [0]],
        ["next", "count", {"n": 9}, []],
        ["next", "count", {"n": 9}, ["x"]],
        ["next", "count", {"n": 9}, ["x", None]],
        ["fn", "fail", {"kind": "ValueError"}],
    )

    assert entries == [
        ["ok", None],
        ["ok", 4],
        ["ok", 5],
        ["ok", 5],
        ["ok", [5, 5]],
        ["ok", {"value": 5}],
        ["ok", None],
        ["ok", 65536],
        ["ok", 9],
        ["ok", ["x"]],
        ["ok", ["returns", "done"]],
        ["raise", "ValueError"],
    ]


def test_references_reach_results_elements_and_sums() -> None:
    entries = play(
        KEEPER,
        ["new", "k", "Keeper", {}],
        ["call", "k", "keep", [[10, [20, 30]]], "-> a"],
        ["call", "k", "keep", ["$a.1.0"]],
        ["call", "k", "keep", ["$a.0+8"]],
        ["call", "k", "keep", ["$a.1.1-4"]],
        ["call", "k", "keep", [["$a", {"x": "$a.0"}]]],
        ["call", "k", "keep", {"value": "$$a"}],
        ["get", "k", "value", "-> b"],
        ["fn", "keeper", [], "-> c"],
        ["get", "c", "value"],
    )

    assert [entry[1] for entry in entries[2:8]] == [
        20,
        18,
        26,
        [[10, [20, 30]], {"x": 10}],
        "$a",
        "$a",
    ]
    assert entries[-2:] == [["ok", {"handle": "step 9"}], ["ok", 7]]


def test_bytes_arrive_whole_and_long_ones_come_back_as_a_checksum() -> None:
    entries = play(
        KEEPER,
        ["new", "k", "Keeper", {}],
        ["call", "k", "keep", [{"hex": "00ff"}]],
        ["call", "k", "keep", [{"fill": [7, 4096]}]],
        ["call", "k", "keep", [{"hex": "0102" * 300}]],
        ["call", "k", "keep", [{"dict": [[1, {"hex": "00"}]]}]],
    )

    assert [entry[1] for entry in entries[1:]] == [
        {"hex": "00ff"},
        {"fill": [7, 4096]},
        {"crc32": [600, 1968660813]},
        {"dict": [[1, {"hex": "00"}]]},
    ]


@pytest.mark.parametrize(
    "step",
    [
        ["call", "gone", "keep", [1]],
        ["get", "gone", "value"],
        ["snap", "gone"],
        ["call", "k", "keep", ["$gone"]],
        ["call", "k", "keep", [[{"x": "$gone"}]]],
        ["call", "k", "keep", ["$a.5"]],
        ["call", "k", "keep", ["$a.0.0"]],
        ["call", "k", "keep", ["$a+1"]],
        ["call", "k", "keep", ["$failed"]],
        ["call", "failed", "keep", []],
        ["new", "l", "Keeper", {"value": "$gone"}],
        ["fn", "keeper", ["$gone"]],
        ["next", "keeper", {"n": "$gone"}, []],
        ["call", "k", "keep", ["$ not a name"]],
    ],
)
def test_a_step_that_needs_what_is_not_there_is_skipped(keeper: Bench, step: list[Any]) -> None:
    trace = [
        ["new", "k", "Keeper", {}],
        ["call", "k", "keep", [[1]], "-> a"],
        ["call", "k", "fail", [22], "-> failed"],
        step,
    ]

    (text,) = keeper.run(job(trace)).texts

    assert json.loads(text)[2:] == [["err", "EINVAL"], ["skip"]]


def test_an_object_whose_making_failed_is_not_there() -> None:
    entries = play(
        "class A:\n    def __init__(self): 1 / 0\n", ["new", "a", "A", {}], ["snap", "a"]
    )

    assert entries == [["raise", "ZeroDivisionError"], ["skip"]]


# --- values -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ("None", ["ok", None]),
        ("(1, 'a')", ["ok", [1, "a"]]),
        ("collections.namedtuple('P', 'x y')(1, 2)", ["ok", [1, 2]]),
        ("{1, 2}", ["odd", "set"]),
        ("math.nan", ["odd", "float"]),
        ("[math.inf]", ["odd", "float"]),
        ("(x for x in [])", ["odd", "generator"]),
        ("10**400", ["odd", "int"]),
        ("'\\ud800'", ["odd", "str"]),
        ("collections.OrderedDict()", ["odd", "OrderedDict"]),
        ("object()", ["odd", "object"]),
        ("returning", ["odd", "function"]),
        ("[].append", ["odd", "builtin_function_or_method"]),
        ("(lambda x: x.append(x) or x)([])", ["odd", "list"]),
        ("type('Sneaky', (int,), {})(3)", ["ok", {"handle": "step 1"}]),
        ("{1.5: 0}", ["odd", "dict with a key of type float"]),
        ("{'hex': 'zz'}", ["ok", {"dict": [["hex", "zz"]]}]),
        ("list(range(10**6))", ["odd", "result of 6888898 bytes"]),
        ("'x' * 10**6", ["odd", "result of 1000009 bytes"]),
        ("bytes(10**7)", ["ok", {"fill": [0, 10**7]}]),
    ],
)
def test_a_value_that_is_not_plain_data_is_odd(
    evaluator: Bench, expression: str, outcome: Any
) -> None:
    assert evaluated(evaluator, "returning", expression) == outcome


def test_an_object_of_the_submission_or_of_the_machine_is_a_handle() -> None:
    entries = play(
        KEEPER + "\nimport machine\ndef heap(): return machine.SimHeap(64)\n",
        ["new", "k", "Keeper", {}],
        ["call", "k", "me", []],
        ["call", "k", "another", [], "-> a"],
        ["call", "a", "me", []],
        ["get", "k", "value"],
        ["fn", "heap", [], "-> h"],
        ["call", "h", "sbrk", [0]],
        ["given", "m", "SimHeap", {"limit": 64}],
        ["call", "k", "keep", ["$m"]],
        ["call", "k", "keep", ["$a"]],
    )

    assert entries[1:] == [
        ["ok", {"handle": "k"}],
        ["ok", {"handle": "step 3"}],
        ["ok", {"handle": "step 3"}],
        ["ok", None],
        ["ok", {"handle": "step 6"}],
        ["ok", 65536],
        ["ok", None],
        ["ok", {"handle": "m"}],
        ["ok", {"handle": "step 3"}],
    ]


def test_an_object_inside_a_value_is_odd() -> None:
    assert one("class A: pass\ndef f(): return [A()]\n") == ["odd", "A"]


def test_a_snapshot_equal_to_the_last_of_its_object_is_sent_as_such() -> None:
    entries = play(
        KEEPER,
        ["new", "k", "Keeper", {}],
        ["new", "l", "Keeper", {}],
        ["snap", "k"],
        ["snap", "l"],
        ["snap", "k"],
        ["call", "k", "keep", [1]],
        ["snap", "k"],
        ["snap", "l"],
        ["snap", "k"],
    )

    assert entries[2:] == [
        ["ok", {"value": None}],
        ["ok", {"value": None}],
        ["same"],
        ["ok", 1],
        ["ok", {"value": 1}],
        ["same"],
        ["same"],
    ]


# --- errors and traps ---------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ("machine.err(22)", ["err", "EINVAL"]),
        ("machine.err(2)", ["err", "ENOENT"]),
        ("OSError(28, 'x')", ["err", "ENOSPC"]),
        ("OSError(99999, 'x')", ["err", "99999"]),
        ("OSError('no number')", ["raise", "OSError"]),
        ("OSError('22', 'x')", ["raise", "OSError"]),
        ("KeyError(5)", ["raise", "KeyError"]),
        ("NotImplementedError", ["raise", "NotImplementedError"]),
        ("MemoryError", ["raise", "MemoryError"]),
        ("AssertionError", ["raise", "AssertionError"]),
        ("SystemExit(0)", ["raise", "SystemExit"]),
        ("KeyboardInterrupt", ["raise", "KeyboardInterrupt"]),
        ("GeneratorExit", ["raise", "GeneratorExit"]),
        ("StopIteration", ["raise", "StopIteration"]),
        ("BaseExceptionGroup('x', [ValueError()])", ["raise", "ExceptionGroup"]),
        ("type('E' * 500, (Exception,), {})()", ["raise", "E" * 80]),
        ("'not an exception'", ["raise", "TypeError"]),
        ("machine.SegFault(8, 'r', 'MAPERR')", ["trap", "SegFault", 8, "r", "MAPERR"]),
        ("machine.BusError(8, 'w')", ["trap", "BusError", 8, "w"]),
        ("machine.PageFault(8, 'x', 'nx')", ["trap", "PageFault", 8, "x", "nx"]),
        ("machine.SegFault(10**400, 'r', 'MAPERR')", ["odd", "int"]),
        ("machine.SegFault(None, 'r', 'MAPERR')", ["raise", "SegFault"]),
        ("machine.SegFault('8x', 'r', 'MAPERR')", ["raise", "SegFault"]),
        ("machine.BusError(8, '\\ud800')", ["odd", "str"]),
        ("machine.SegFault(8)", ["raise", "TypeError"]),
        ("machine.Trap(8, 'r')", ["raise", "Trap"]),
        ("Mine(8, 'r', 'MAPERR')", ["raise", "Mine"]),
        ("Fake(8, 'r')", ["raise", "Fake"]),
        ("Evil", ["raise", "Evil"]),
    ],
)
def test_an_exception_is_its_errno_its_trap_or_its_name(
    evaluator: Bench, expression: str, outcome: Any
) -> None:
    assert evaluated(evaluator, "raising", expression) == outcome


def test_a_missing_name_is_an_attribute_error() -> None:
    entries = play(
        KEEPER,
        ["new", "k", "Keeper", {}],
        ["call", "k", "nothing", []],
        ["get", "k", "nothing"],
        ["new", "n", "Nothing", {}],
        ["fn", "nothing", []],
        ["call", "k", "keep", [1, 2, 3]],
    )

    assert [entry[1] for entry in entries[1:]] == [*["AttributeError"] * 4, "TypeError"]


def test_endless_recursion_is_an_exception() -> None:
    assert one("def f(): return f()\n") == ["raise", "RecursionError"]


# --- callbacks ----------------------------------------------------------------


def test_calls_on_stand_ins_come_before_the_outcome_in_the_order_in_which_they_ended() -> None:
    entries = play(
        """
class Cache:
    def __init__(self, source, ctor): self.source, self.ctor = source, ctor
    def grow(self):
        self.ctor(self.source.alloc(0), 1)
        self.source.alloc(9)
""",
        ["given", "p", "PageSource", {"nframes": 4}],
        ["given", "ctor", "Recorder", {"name": "ctor", "returns": 5}],
        ["new", "c", "Cache", {"source": "$p", "ctor": "$ctor"}],
        ["call", "c", "grow", []],
        ["call", "ctor", "__call__", ["direct"]],
    )

    assert entries[3:] == [
        ["call", "PageSource.alloc", [0], 0],
        ["call", "ctor", [0, 1], 5],
        ["call", "PageSource.alloc", [9], {"err": "ENOMEM"}],
        ["err", "ENOMEM"],
        ["call", "ctor", ["direct"], 5],
        ["ok", 5],
    ]


@pytest.mark.parametrize(
    ("argument", "shown"),
    [
        ("b'hi'", {"hex": "6869"}),
        ("(1, [2])", [1, [2]]),
        ("{1: 2}", {"dict": [[1, 2]]}),
        ("{1, 2}", {"odd": "set"}),
        ("A()", {"odd": "A"}),
        ("float('nan')", {"odd": "float"}),
        ("'x' * 10**6", None),
    ],
)
def test_a_callback_may_be_given_anything(argument: str, shown: Any) -> None:
    entries = play(
        f"class A: pass\ndef f(ctor): ctor({argument}, 1)\n",
        ["given", "ctor", "Recorder", {"name": "ctor"}],
        ["fn", "f", ["$ctor"]],
    )

    arguments = [shown, 1] if shown else [{"odd": "arguments of 1000027 bytes"}]
    assert entries[1:] == [["call", "ctor", arguments, None], ["ok", None]]


def test_calls_of_an_import_or_of_another_trace_are_nobodys() -> None:
    source = "import machine\nr = machine.Recorder('early')\nr(1)\ndef f(): r(2)\n"
    found = answer(source, [["fn", "f", []], ["fn", "gone", []]], [["fn", "gone", []]])

    assert [json.loads(text) for text in found.texts] == [
        [["call", "early", [2], None], ["ok", None], ["raise", "AttributeError"]],
        [["raise", "AttributeError"]],
    ]


def test_a_given_object_is_new_in_every_trace() -> None:
    trace = [["given", "m", "SimHeap", {"limit": 64}], ["call", "m", "sbrk", [16]]]
    found = answer("", [*trace, ["call", "m", "sbrk", [0]]], [*trace, ["call", "m", "sbrk", [0]]])

    assert found.texts[0] == found.texts[1] == b'[["ok",null],["ok",65536],["ok",65552]]'


# --- files of a submission ----------------------------------------------------


def test_modules_helpers_and_packages_of_a_submission_find_each_other() -> None:
    files = {
        "mod.py": "import other\nfrom helper import A\nfrom bins.best import B\nf = lambda: [A, B]",
        "helper.py": "A = 1\n",
        "other.py": "import mod\ndef g(): return mod.f()\n",
        "bins/__init__.py": "",
        "bins/best.py": "from . import size\nB = size.B\n",
        "bins/size.py": "B = 2\n",
    }

    assert play(files, ["fn", "g", []], modules=("mod", "other")) == [["ok", [1, 2]]]


def test_files_named_like_other_modules_break_nothing_of_ours() -> None:
    names = (
        *("random", "json", "machine", "codec", "grader", "os", "re", "linecache", "tokenize"),
        *("collections", "sitecustomize", "encodings", "errno", "importlib", "socket", "types"),
    )
    files = {f"{name}.py": "raise RuntimeError('mine')\n" for name in names}

    found = answer(
        files | {"mod.py": "def f(x): return x[5]\n"}, [["fn", "f", [[1]]]], explain=True
    )

    assert found.ending.kind == "finished"
    assert json.loads(found.texts[0])["error"]["type"] == "IndexError"


def test_machine_is_ours_even_if_a_submission_has_one() -> None:
    files = {
        "mod.py": "from machine import err\ndef f(): raise err(22)\n",
        "machine.py": "def err(code): return ValueError\n",
    }

    assert play(files, ["fn", "f", []]) == [["err", "EINVAL"]]


def test_a_name_is_looked_for_in_the_modules_in_order() -> None:
    files = {
        "one.py": "A = 1\ndef f(): return 1\n",
        "two.py": "def f(): return 2\ndef g(): return 3\n",
    }

    assert play(files, ["fn", "f", []], ["fn", "g", []], modules=("one", "two")) == [
        ["ok", 1],
        ["ok", 3],
    ]


def test_a_submission_sees_its_own_files_and_none_of_the_graders() -> None:
    source = """
import sys, os
def f():
    shown = [name for name in sys.modules if name.startswith("grader")]
    return sorted(shown), sorted(os.listdir(os.path.dirname(__file__))), dict(os.environ)
"""
    (_, (modules, files, environ)) = one(source)

    assert modules == [
        "grader",
        *(f"grader.{name}" for name in ("codec", "worker")),
    ] or not {"grader.corpus", "grader.verdict", "grader.checks", "grader.report"} & set(modules)
    assert files == ["mod.py"]
    assert not {"PYTHONPATH", "USER", "PWD"} & set(environ)


# --- imports that fail --------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("def f(:\n", "SyntaxError"),
        ("\tx = 1\n  y = 2\n", "IndentationError"),
        ("import nothing_of_this_name\n", "ModuleNotFoundError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("import sys\nsys.exit(0)\n", "SystemExit"),
        ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("raise NotImplementedError\n", "NotImplementedError"),
        (b"x = '\xff'\n", "SyntaxError"),
        (b"\0\0\0\n", "SyntaxError"),
        ("# coding: no-such-codec\n", "SyntaxError"),
        ("x = " + "(" * 5000 + "\n", "SyntaxError"),
        ("x = " + "-" * 100_000 + "1\n", None),
        ("import sys\nsys.modules['mod'] = None\n", None),
    ],
    ids=lambda source: repr(source[:20]) if source else None,
)
def test_an_import_that_fails_is_reported_by_its_exception(
    source: str | bytes | None, error: Any
) -> None:
    found = answer({"mod.py": source}, [["fn", "f", []]])

    assert found.ending.kind in ("import_failed", "signalled", "finished")
    if error:
        assert found.ending.detail["module"] == "mod"
        assert found.ending.detail["error"]["type"] == error


def test_a_missing_module_is_named() -> None:
    found = answer({}, [["fn", "f", []]])

    assert found.ending.detail["error"]["message"] == "No module named 'mod'"


def test_an_exception_shows_its_last_frames_in_the_submission_only() -> None:
    files = {
        "mod.py": "import helper, json\ndef f():\n    return helper.g()\n",
        "helper.py": "import json\ndef g():\n    return json.loads('x')\n",
    }
    found = answer(files, [["fn", "f", []]], explain=True)

    error = json.loads(found.texts[0])["error"]
    assert error["type"] == "JSONDecodeError"
    assert error["frames"] == [
        ["mod.py", 3, "f", "return helper.g()"],
        ["helper.py", 3, "g", "return json.loads('x')"],
    ]


def test_a_syntax_error_shows_its_line() -> None:
    found = answer("x = 1\ny = 2\nz = = 3\n", [])

    assert found.ending.detail["error"]["frames"] == [["mod.py", 3, "", "z = = 3"]]


# --- endings ------------------------------------------------------------------

F = [["fn", "f", []]]


@pytest.mark.parametrize(
    ("source", "kind", "number"),
    [
        ("import os\nos._exit(0)\n", "exited", 0),
        ("import os\nos._exit(7)\n", "exited", 7),
        ("import os\ndef f(): os._exit(0)\n", "exited", 0),
        ("import os\ndef f(): os._exit(7)\n", "exited", 7),
        ("import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGSEGV)\n", "signalled", 11),
        ("import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGKILL)\n", "signalled", 9),
        ("import ctypes\ndef f(): ctypes.string_at(0)\n", "signalled", 11),
        ("def f():\n    while True: pass\n", "timeout", None),
        ("while True: pass\n", "timeout", None),
        ("import time\ndef f(): time.sleep(1000)\n", "timeout", None),
        ("import signal\ndef f(): signal.pause()\n", "timeout", None),
        ("import os\ndef f(): os.write(3, b'garbage' * 9)\n", "garbled", None),
        ("import os\ndef f():\n    while True: os.write(3, bytes(4096))\n", "garbled", None),
        ("import os\nos.write(3, b'\\xff\\xff\\xff\\xff')\n", "garbled", None),
        ("import os\nos.write(3, b'\\0\\0\\0\\4null')\ndef f(): pass\n", "garbled", None),
        ("import os\ndef f(): os.close(3)\n", "exited or signalled", None),
        ("import os\ndef f(): os.closerange(0, 100)\n", "exited or signalled", None),
    ],
)
def test_a_program_that_does_not_answer_ends_in_one_of_four_ways(
    source: str | bytes | None, kind: str, number: Any
) -> None:
    limits = replace(LIMITS, cpu_s=1, wall_s=0.9)

    found = answer(source, F, limits=limits)

    assert found.ending.kind in kind
    assert number in (None, found.ending.number)
    assert found.texts == () or kind == "garbled"


def test_what_was_answered_before_the_end_is_kept() -> None:
    source = "import os\ndef f(n):\n    if n == 2: os._exit(3)\n    return n\n"

    found = answer(source, *[[["fn", "f", [n]]] for n in range(5)])

    assert found.texts == (b'[["ok",0]]', b'[["ok",1]]')
    assert (found.ending.kind, found.ending.number) == ("exited", 3)


def test_an_explaining_worker_answers_step_by_step_until_it_ends() -> None:
    source = "import os\ndef f(n):\n    if n == 2: os._exit(3)\n    return n\n"

    found = answer(source, [["fn", "f", [n]] for n in range(5)], explain=True)

    assert [json.loads(text)["entries"] for text in found.texts] == [[["ok", 0]], [["ok", 1]]]
    assert found.ending.kind == "exited"


@pytest.mark.parametrize("explain", [False, True])
def test_a_flood_of_answers_is_cut_off_before_it_fills_our_memory(explain: bool) -> None:
    source = """
import os
block = (1 << 20).to_bytes(4, "big") + bytes(1 << 20)
def f():
    while True:
        os.write(3, block)
"""
    traces = [F] * (1 if explain else 5000)

    found = answer(source, *traces, explain=explain)

    assert found.ending.kind == "garbled"
    assert sum(map(len, found.texts)) <= 256 << 20


def test_memory_beyond_the_limit_is_a_memory_error() -> None:
    source = "def f():\n    held = []\n    while True: held.append(bytearray(1 << 20))\n"

    assert play(source, *F, limits=replace(LIMITS, memory_bytes=256 << 20)) == [
        ["raise", "MemoryError"]
    ]


def test_a_hundred_megabytes_of_output_harm_nobody() -> None:
    source = "import sys\ndef f():\n    for _ in range(100): print('x' * (1 << 20))\n    return 1\n"

    assert one(source) == ["ok", 1]


def test_reading_standard_input_finds_its_end() -> None:
    assert one("import sys\ndef f(): return sys.stdin.read()\n") == ["ok", ""]
    assert one("def f(): return input()\n") == ["raise", "EOFError"]


THREAD = """
import threading, time
sleeper = threading.Thread(target=time.sleep, args=(1000,))
def f():
    sleeper.start()
    return 1
"""

FORK = """
import os, time
def f():
    if os.fork() == 0:
        os.close(3)
        time.sleep(1000)
    return 1
"""


@pytest.mark.parametrize(
    "source",
    [
        THREAD,
        "import atexit, time\natexit.register(time.sleep, 1000)\ndef f(): return 1\n",
        "import os, time\nos._exit = lambda status: time.sleep(1000)\ndef f(): return 1\n",
        FORK,
        "import sys\nsys.settrace(lambda *a: None)\ndef f(): return 1\n",
        "import gc\ngc.disable()\ndef f(): return 1\n",
        "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ndef f(): return 1\n",
        "import sys\nsys.path.clear()\ndef f(): return 1\n",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return 1\n",
        "import os\ndef f():\n    os.chdir('/')\n    return 1\n",
        "import sys\nsys.stdout = sys.stderr = None\ndef f(): print('x'); return 1\n",
    ],
)
def test_what_a_program_leaves_behind_does_not_hold_us_up(source: str | bytes | None) -> None:
    with bench(source) as place:
        first, second = place.run(job(F)), place.run(job(F))

    assert first.texts == second.texts == (b'[["ok",1]]',)
    assert second.ending.kind == "finished"


@pytest.mark.parametrize(
    "sabotage",
    [
        "import builtins\nbuiltins.len = lambda x: 0",
        "import builtins\nbuiltins.getattr = None",
        "import builtins\nbuiltins.isinstance = lambda *a: True",
        "import builtins\nfor name in list(vars(builtins)): setattr(builtins, name, None)",
        "import json\njson.loads = json.dumps = None",
        "import grader.codec as c\nc.to_wire = lambda v, d=0: v",
        "import grader.codec as c\nc.encode = lambda v: b'}{'",
        "import machine.recorder as r\nr._calls.append(5)\ndef f(): r._calls.append({})",
        "import machine\nmachine.recorder.take_calls = None",
        "import sys\nsys.modules['grader.worker'].Stage.play = lambda *a: ['[\"won\",1]']",
        "import sys\nsys.modules.clear()",
        "import socket\nsocket.socket.recv = None\nsocket.socket.sendall = None",
    ],
)
def test_a_program_that_breaks_its_worker_breaks_only_that(sabotage: str) -> None:
    with bench(f"{sabotage}\nif 'f' not in globals():\n    def f(): return 1\n") as place:
        broken = place.run(job(F, F))
        again = place.run(job(modules=("json",)))

    assert broken.ending.kind in ("finished", "exited", "garbled", "import_failed")
    assert again.ending.kind == "finished"


def test_a_module_left_by_one_worker_is_not_there_for_the_next() -> None:
    source = "import os, sys\nn = [0]\ndef f():\n    n[0] += 1\n    return n[0]\n"

    with bench(source) as place:
        answers = [place.run(job(F, F)) for _ in range(2)]

    assert [each.texts for each in answers] == [(b'[["ok",1]]', b'[["ok",2]]')] * 2


def test_files_written_by_one_worker_are_gone_for_the_next() -> None:
    source = """
import os
def f():
    here = os.path.dirname(__file__)
    with open(os.path.join(here, "left.txt"), "a") as file:
        file.write("x")
    return os.path.getsize(os.path.join(here, "left.txt"))
"""
    with bench(source) as place:
        answers = [place.run(job(F)) for _ in range(2)]

    assert [each.texts for each in answers] == [(b'[["ok",1]]',)] * 2


# --- our own side -------------------------------------------------------------


def test_progress_is_told_as_answers_arrive() -> None:
    seen = []
    with bench("def f(n): return n\n") as place:
        place.run(job(*[[["fn", "f", [n]]] for n in range(300)]), seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == 300


def test_the_computing_time_and_the_peak_memory_are_measured_from_outside() -> None:
    source = "def f():\n    held = bytearray(64 << 20)\n    for _ in range(10**6): pass\n"

    found = answer(source, F)

    assert found.cpu_s > 0.001
    assert found.peak_bytes > 64 << 20


def test_a_job_without_traces_only_imports() -> None:
    assert answer("", modules=("mod",)).ending.kind == "finished"
    assert answer("1 / 0\n", modules=("mod",)).ending.kind == "import_failed"


def test_many_large_traces_and_answers_pass_each_other() -> None:
    trace = [["new", "k", "Keeper", {}], ["call", "k", "keep", ["x" * 200_000]]]

    found = answer(KEEPER, *[trace] * 100)

    assert found.ending.kind == "finished"
    assert {codec.decode(text)[1][1] for text in found.texts} == {"x" * 200_000}


def test_a_machine_that_is_not_there_is_our_fault(tmp_path: Path) -> None:
    with Bench({"mod.py": b""}, tmp_path) as place, pytest.raises(GraderFault, match="starter"):
        place.run(job(F))


def test_a_starter_that_is_killed_is_our_fault_and_not_a_zero() -> None:
    with bench("def f(): return 1\n") as place:
        place.run(job(F))
        place._process.kill()
        place._process.wait()

        with pytest.raises(GraderFault, match="run it again"):
            place.run(job(F))


def test_leaving_a_bench_ends_its_processes() -> None:
    with Bench({"mod.py": b""}, MACHINE) as place:
        place.run(job(modules=("mod",)))
        process = place._process

    assert process.poll() is not None


CIRCLES = """\
import array, os, socket

def send(end, descriptors):
    rights = array.array("i", descriptors)
    end.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])

def f():
    held = 3
    for _ in range(20):
        one, other = socket.socketpair()
        send(one, [held])
        held = os.dup(other.fileno())
        one.close(), other.close()
    one, other = socket.socketpair()
    send(one, [held])
    send(one, [one.fileno(), other.fileno()])
    return 1
"""


def test_descriptors_sent_in_circles_are_no_process_that_lives_on() -> None:
    """The kernel frees them late, one after the other; the channel is among them."""
    found = answer(CIRCLES, [["fn", "f", []]])

    assert (found.ending.kind, found.texts) == ("finished", (b'[["ok",1]]',))
