"""Archives out: zip files and wheels whose bytes follow from their content alone.

Owns names, order, dates and permissions inside an archive. Never reads an archive;
those of others are `unpacking`'s.
"""

import base64
import hashlib
import io
import stat
import tomllib
import zipfile
from collections.abc import Collection, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from grader import template
from grader.errors import SpecError

_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip file can hold; a build's own would differ
_UNIX = 3


def zipped(entries: Mapping[str, bytes], *, executable: Collection[str] = ()) -> bytes:
    """Return a zip file of ``entries``, by relative name; those in ``executable`` may be run."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _DATE)
            mode = 0o755 if name in executable else 0o644
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, entries[name], zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def files_below(folder: Path, prefix: str = "") -> dict[str, bytes]:
    """Return every file of a *trusted* folder by its name below ``prefix``, caches left out."""
    return {
        prefix + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_by_product(path.relative_to(folder))
    }


def _is_by_product(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


# --- the wheel of the framework itself ---


def grader_wheel() -> tuple[str, bytes]:
    """Return name and content of a wheel of the framework that runs now.

    It is made from the installed files, whether from a wheel or an editable clone, so
    that what is handed out is what was tried, and no build tool is needed.
    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    installed = distribution("grader")
    _require_current(installed)
    content = {
        **files_below(Path(__file__).parent, "grader/"),
        **files_below(template.folder(), "grader/templates/"),
    }
    described = _described(installed)
    version = _version(installed.version, {**content, **described})
    folder = f"grader-{version}.dist-info"
    described["METADATA"] = _metadata(installed, version)
    entries = {**content, **{f"{folder}/{name}": text for name, text in described.items()}}
    entries[f"{folder}/RECORD"] = _record(entries, f"{folder}/RECORD")
    return f"grader-{version}-py3-none-any.whl", zipped(entries)


def _require_current(installed: Distribution) -> None:
    """Raise SpecError where a clone wants other packages than it did when it was installed."""
    project = Path(__file__).parent.parent / "pyproject.toml"
    if not project.is_file():
        return
    wanted = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    if {line.lower() for line in wanted} != {line.lower() for line in _needs(installed)}:
        raise SpecError(
            f"{project} $.project.dependencies: changed since this clone was installed, so "
            "those who install the wheel would miss packages; install it again "
            "(pip install -e .), or correct them"
        )


def _needs(installed: Distribution) -> list[str]:
    """Return the packages that everybody needs, without those of an extra."""
    return sorted(line for line in installed.requires or [] if "extra ==" not in line)


def _described(installed: Distribution) -> dict[str, bytes]:
    """Return what stands beside the modules, as it is before there is a version."""
    wheel = "Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    found = {"WHEEL": wheel.encode(), "METADATA": _metadata(installed, "")}
    for name in ("entry_points.txt", "licenses/LICENSE"):
        text = installed.read_text(name)
        if text is not None:
            found[name] = text.encode()
    return found


def _metadata(installed: Distribution, version: str) -> bytes:
    """Return the few fields that pip needs; which others there are differs by build tool."""
    fields = ("Summary", "License-Expression", "Requires-Python")
    lines = ["Metadata-Version: 2.4", "Name: grader", f"Version: {version}"]
    lines += [f"{name}: {installed.metadata[name]}" for name in fields]
    lines += [f"Requires-Dist: {line}" for line in _needs(installed)]
    return "".join(f"{line}\n" for line in lines).encode()


def _version(installed: str, entries: Mapping[str, bytes]) -> str:
    """Return the version with a mark of the content behind it.

    pip leaves alone what has the same version already; so another content needs another
    version, or whoever installs a newer handout keeps the grader of an older one.
    """
    digest = hashlib.sha256(_record(entries, "")).hexdigest()
    return f"{installed.partition('+')[0]}+d{digest[:8]}"


def _record(entries: Mapping[str, bytes], own_name: str) -> bytes:
    lines = []
    for name, content in sorted(entries.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{own_name},,\n"]).encode()
