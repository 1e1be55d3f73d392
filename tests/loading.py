"""Import the modules of one day's reference without letting them meet another day's.

Every day is a folder of plain modules (`holes.py`, `heap.py`), and days may use the
same names, so a test never writes `import heap`:

    load_reference(1)         -> SimpleNamespace(holes=<module>, buddy=<module>, ...)
    load_reference(1).holes   -> the module `holes` of reference/day1
    load_folder(path)         -> the same for any folder laid out like a submission

Afterwards `sys.path` and `sys.modules` are what they were before. The course package
`machine` is shared by all days and comes from pytest's own path.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent


@cache
def load_reference(day: int) -> SimpleNamespace:
    """Return the modules of `reference/day<day>` by name; the same objects every time."""
    return load_folder(ROOT / "reference" / f"day{day}")


def load_folder(folder: Path) -> SimpleNamespace:
    """Import every module and package of `folder` afresh and return them by name."""
    names = _importable(folder)
    with _alone(folder, names):
        return SimpleNamespace(**{name: importlib.import_module(name) for name in names})


def _importable(folder: Path) -> list[str]:
    modules = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return sorted(modules | packages)


@contextmanager
def _alone(folder: Path, names: list[str]) -> Iterator[None]:
    """Put `folder` first on the path, and the named modules out of sight of everybody else."""
    before = _take(names)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _take(names)
        sys.modules.update(before)


def _take(names: list[str]) -> dict[str, ModuleType]:
    """Remove the named modules and their submodules from `sys.modules` and return them."""
    found = [key for key in sys.modules if key.partition(".")[0] in names]
    return {key: sys.modules.pop(key) for key in found}
