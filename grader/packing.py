"""Archives out: zip files and wheels whose bytes follow from their content alone.

Owns names, order, dates and permissions inside an archive. Never reads an archive;
those of others are `unpacking`'s.
"""

import base64
import hashlib
import io
import stat
import zipfile
from collections.abc import Collection, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

from grader import template

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
    stem = f"grader-{installed.version}"
    entries = {
        **files_below(Path(__file__).parent, "grader/"),
        **files_below(template.folder(), "grader/templates/"),
        **_dist_info(installed, f"{stem}.dist-info"),
    }
    record = f"{stem}.dist-info/RECORD"
    entries[record] = _record(entries, record)
    return f"{stem}-py3-none-any.whl", zipped(entries)


def _dist_info(installed: Distribution, folder: str) -> dict[str, bytes]:
    wheel = "Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    entries = {f"{folder}/WHEEL": wheel.encode()}
    for name in ("METADATA", "entry_points.txt", "licenses/LICENSE"):
        text = installed.read_text(name)
        if text is not None:
            entries[f"{folder}/{name}"] = text.encode()
    return entries


def _record(entries: Mapping[str, bytes], own_name: str) -> bytes:
    lines = []
    for name, content in sorted(entries.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.append(f"{name},sha256={digest},{len(content)}\n")
    return "".join([*lines, f"{own_name},,\n"]).encode()
