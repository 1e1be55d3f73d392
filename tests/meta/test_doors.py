"""Doors: what each side may import, where an exception may end, how long a module may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import COUNTER, OFF_BY_ONE, ROOT, environment, make

GRADER = ROOT / "grader"
# Everything that runs beside a submission.
WORKER_SIDE = {"starter", "worker", "codec", "errors", "confine"}
# Where an exception of any kind may end; everywhere else it must be raised again.
LAST_STOPS = {"worker", "starter", "cli", "verdict"}

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


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {name_of(path): path for path in PATHS if name_of(path)}
    waiting = {name: (ours(path) & modules.keys()) - {name} for name, path in modules.items()}
    while free := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - free for name, needs in waiting.items() if name not in free}

    assert waiting == {}


def test_only_confine_knows_system_calls() -> None:
    found = {name_of(path) for path in PATHS if {"ctypes", "resource"} & set(imported(path))}

    assert {name.partition(".")[0] for name in found} == {"confine"}


@pytest.mark.parametrize(
    "path", [path for path in PATHS if name_of(path).partition(".")[0] in WORKER_SIDE], ids=name_of
)
def test_beside_a_submission_there_is_only_the_standard_library(path: Path) -> None:
    others = {name for name in imported(path) if not name.startswith("grader")}

    assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names
    assert {name.partition(".")[0] for name in ours(path)} <= WORKER_SIDE


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = {
        node.id
        for node in ast.walk(handler.type or ast.Name("Exception"))
        if isinstance(node, ast.Name)
    }
    return bool(names & {"Exception", "BaseException"})


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_an_exception_of_any_kind_ends_only_at_a_last_stop(path: Path) -> None:
    swallowed = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and is_broad(node)
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]

    assert swallowed == [] or name_of(path) in LAST_STOPS


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_no_finally_returns(path: Path) -> None:
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
def test_modules_and_functions_are_short_and_say_what_they_own(path: Path) -> None:
    functions = {
        node.name: (node.end_lineno or 0) - (node.body[0].end_lineno or 0)
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
    tmp_path: Path, source: str | bytes | None, status: int
) -> None:
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
    assert not {"hypothesis", "pytest", "_pytest", "jinja2", "matplotlib"} & {*found.stderr.split()}
