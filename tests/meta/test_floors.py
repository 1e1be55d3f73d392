"""Imports go strictly down, each module stands alone, and each door is where it should be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import COUNTER, OFF_BY_ONE, ROOT, environment, make

GRADER = ROOT / "grader"

# A module may import only from lines above its own; a package stands as one.
FLOORS = (
    ("errors", "clock"),
    ("codec", "spec", "intake", "stub_source"),
    ("trace", "worker", "confine", "stubs"),
    ("transcript", "shrink", "starter", "replay"),
    ("checks", "explain"),
    ("corpus",),
    ("verdict",),
    ("plan", "score", "examine"),
    ("report",),
    ("pipeline", "render", "doctor"),
    ("outputs", "plugin"),
    ("repro",),
    ("screen",),
    ("cli",),
    ("__main__",),
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
# Everything that runs beside a submission.
WORKER_SIDE = {"starter", "worker", "codec", "errors", "confine"}
# Where an exception of any kind may end; everywhere else it must be raised again.
LAST_STOPS = {"worker", "starter", "cli"}

PATHS = sorted(GRADER.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return ``confine.place`` for grader/confine/place.py."""
    parts = path.relative_to(GRADER).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """Yield what a file imports, anywhere in it: ``json``, ``grader.confine.place``."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports inside grader name the whole path"
            for alias in node.names:
                below = GRADER.parent.joinpath(*str(node.module).split("."), alias.name)
                is_module = below.with_suffix(".py").is_file() or below.is_dir()
                yield f"{node.module}.{alias.name}" if is_module else str(node.module)


def ours(path: Path) -> set[str]:
    """Return the modules of grader that a file imports: ``confine.place``."""
    return {name.partition(".")[2] for name in imported(path) if name.startswith("grader.")}


# --- floors -------------------------------------------------------------------


def test_every_module_stands_on_a_floor():
    assert {name_of(path).partition(".")[0] for path in PATHS} - {""} == set(FLOOR)


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_imports_go_strictly_down(path):
    name = name_of(path).partition(".")[0]
    if not name:
        return  # grader/__init__.py imports on demand, see its docstring

    upwards = {
        other
        for each in ours(path)
        if (other := each.partition(".")[0]) != name and FLOOR[other] >= FLOOR[name]
    }

    assert upwards == set()


def test_no_module_imports_itself_by_way_of_others():
    waiting = {name_of(path): ours(path) for path in PATHS if name_of(path)}
    for name in waiting:
        waiting[name] = {each for each in waiting[name] if each in waiting} - {name}
    while free := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - free for name, needs in waiting.items() if name not in free}

    assert waiting == {}


_EACH_ALONE = """
import os, sys
failed = []
for name in sys.argv[1:]:
    if os.fork() == 0:
        __import__(name)
        os._exit(0)
    if os.wait()[1]:
        failed.append(name)
print(*failed)
"""


def test_each_module_imports_alone_without_a_warning():
    names = [f"grader.{name_of(path)}".rstrip(".") for path in PATHS]
    names.remove("grader.__main__")  # runs the command

    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", _EACH_ALONE, *names],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd="/",
    )

    assert (found.stdout.strip(), found.stderr) == ("", "")


# --- doors --------------------------------------------------------------------


def test_only_the_clock_knows_the_time():
    outside = {"clock", "confine.canary_program"}  # the latter is an attacker, not ours

    found = {name_of(path) for path in PATHS if {"time", "datetime"} & set(imported(path))}

    assert found <= outside


def test_only_confine_knows_system_calls():
    found = {name_of(path) for path in PATHS if {"ctypes", "resource"} & set(imported(path))}

    assert {name.partition(".")[0] for name in found} == {"confine"}


@pytest.mark.parametrize(
    "path", [path for path in PATHS if name_of(path).partition(".")[0] in WORKER_SIDE], ids=name_of
)
def test_beside_a_submission_there_is_only_the_standard_library(path):
    others = {name for name in imported(path) if not name.startswith("grader")}

    assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names
    assert {name.partition(".")[0] for name in ours(path)} <= WORKER_SIDE


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_the_framework_imports_no_course(path):
    roots = {name.partition(".")[0] for name in imported(path)}

    assert not roots & {"assignments", "reference", "machine", "tests", "tiny"}


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_nothing_is_unpickled_or_executed(path):
    called = {
        node.func.id
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert not called & {"eval", "exec", "compile", "__import__"}
    assert not {"pickle", "dill", "marshal", "shelve"} & set(imported(path))


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = {node.id for node in ast.walk(handler.type or ast.Name("Exception")) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_an_exception_of_any_kind_ends_only_at_a_last_stop(path):
    swallowed = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and is_broad(node)
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]

    assert swallowed == [] or name_of(path) in LAST_STOPS


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_no_finally_returns(path):
    returns = [
        inner.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Try)
        for statement in node.finalbody
        for inner in ast.walk(statement)
        if isinstance(inner, ast.Return)
    ]

    assert returns == []


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_modules_and_functions_are_short_and_say_what_they_own(path):
    functions = {
        node.name: (node.end_lineno or 0) - node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    }

    assert ast.get_docstring(tree(path))
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert {name: lines for name, lines in functions.items() if lines > 60} == {}


# --- start-up -----------------------------------------------------------------

_CHECK = """
import atexit, sys
import grader.cli
atexit.register(lambda: print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr))
sys.argv = ["grader", "check", "tiny", "--submission", sys.argv[1]]
grader.cli.main()
"""


@pytest.mark.parametrize(("source", "status"), [(COUNTER, 0), (OFF_BY_ONE, 1)])
def test_a_recorded_corpus_is_replayed_without_hypothesis_pytest_and_jinja(
    tmp_path, source, status
):
    day = make(tmp_path)

    found = subprocess.run(
        [sys.executable, "-c", _CHECK, str(day.submission(source))],
        cwd=day.root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert found.returncode == status
    assert "grader" in found.stderr.split()
    assert not {"hypothesis", "pytest", "_pytest", "jinja2", "matplotlib"} & {
        *found.stderr.split()
    }


def test_a_question_of_usage_is_answered_without_the_engine():
    code = "import sys, grader.cli; print(*sys.modules)"

    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )

    assert not {"grader.pipeline", "grader.corpus", "hypothesis"} & set(found.stdout.split())
