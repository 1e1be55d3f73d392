"""Where the templates lie: inside the installed package, or beside it in a clone."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str = "") -> Path:
    """Return the folder of all templates, or of those called ``name``."""
    installed = _PACKAGE / "templates"
    found = installed if installed.is_dir() else _PACKAGE.parent / "templates"
    return found / name
