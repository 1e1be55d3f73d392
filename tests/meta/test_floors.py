"""The order of the floors, and what may be imported where."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GRADER = ROOT / "grader"

# From the ground up: a module may import those of the lines above its own, and of its own
# line those that stand before it.
FLOORS = """
    errors clock files template metadata harness page printable live
    codec trace stub_source stubs packing
    transcript strict_yaml spec worker unpacking opening placing intake
    checks confine starter new
    replay relay adopted corpus_file explain
    corpus
    verdict shrink
    examine plan score deadline rules
    report
    render outputs repro doctor wrongs
    pipeline
    release handout bundle gradescope simulator preview validate
    plugin screen
    cli __main__
"""
ORDER = [name for line in FLOORS.split("\n") for name in line.split()]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in GRADER.rglob("*.py")
)


@cache
def _imports(module: str) -> frozenset[str]:
    """Return the modules of ``grader`` that ``module`` imports, anywhere in its text."""
    path = ROOT / Path(*module.split("."))
    tree = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(name for name in found if name.startswith("grader."))


def _floor(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def test_every_module_has_a_floor() -> None:
    """A new module is put into the order, or this fails."""
    there = {_floor(module) for module in MODULES} - {"__init__"}

    assert there == set(ORDER)


@pytest.mark.parametrize("module", [each for each in MODULES if not each.endswith("__init__")])
def test_imports_go_strictly_down(module: str) -> None:
    """Nobody imports what stands above."""
    own = _floor(module)
    below = {*ORDER[: ORDER.index(own) + 1]}

    upward = {name for name in _imports(module) if _floor(name) not in below}

    assert upward == set()


@pytest.mark.parametrize("module", [each for each in MODULES if "__main__" not in each])
def test_each_module_imports_alone(module: str) -> None:
    """In a fresh interpreter, with warnings as errors."""
    name = module.removesuffix(".__init__")

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr == ""


def _modules_after(code: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split("\n")[-2].split())


def test_a_worker_needs_the_standard_library_and_the_codec_only() -> None:
    """What is loaded beside a submission holds no answer and no third-party code."""
    loaded = _modules_after("from grader import codec, worker")

    assert {name for name in loaded if name.startswith("grader")} == {
        "grader",
        "grader.codec",
        "grader.worker",
    }
    assert not loaded & {"click", "hypothesis", "msgspec", "pytest", "rich", "yaml"}


def test_a_replay_of_a_recorded_corpus_imports_neither_hypothesis_nor_jinja2() -> None:
    """Imports are most of the start-up."""
    grade = (
        "import sys\n"
        "from grader import pipeline, spec\n"
        "from pathlib import Path\n"
        "day = spec.find_assignment('day1')\n"
        "chosen = lambda check: check.id == 'D1.20'\n"
        "pipeline.grade(day, day.reference, chosen=chosen)\n"
    )
    _modules_after(grade)  # records, should it not be recorded yet

    loaded = _modules_after(grade)

    assert not loaded & {"hypothesis", "jinja2"}


def test_only_one_module_knows_the_clock() -> None:
    """``time`` is imported by ``clock`` and nobody else; the canary runs as a submission does."""
    knowing = [
        path.name
        for path in GRADER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and "time" in [alias.name for alias in node.names])
        or (isinstance(node, ast.ImportFrom) and node.module == "time")
    ]

    assert set(knowing) - {"canary_program.py"} == {"clock.py"}


def test_nothing_is_evaluated_or_unpickled() -> None:
    """The framework calls no eval, no exec, and imports no pickle."""
    found = []
    for path in GRADER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found += [(path.name, node.func.id)] * (node.func.id in ("eval", "exec"))
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "")]
                found += [(path.name, name) for name in names if name in ("pickle", "dill")]

    assert found == []


def test_the_framework_knows_no_day() -> None:
    """``assignments`` and ``reference`` are data, found by path."""
    imported = {
        (path.name, node.module)
        for path in GRADER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("assignments", "reference", "machine")
    }

    assert imported == set()
