"""The packages that run here, as wheels again: what an index would give, without one."""

import hashlib
import importlib.metadata
import re
from importlib.metadata import Distribution
from pathlib import PurePosixPath

from grader import bundle, packing, template


def wheels() -> dict[str, bytes]:
    """Return a wheel of each package that the lock names and that is installed here."""
    lock = (template.folder("gradescope") / bundle.LOCK).read_text(encoding="utf-8")
    found = {}
    for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE):
        try:
            installed = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system
        file_name, content = _wheel(installed)
        found[file_name] = content
    return found


def lock(found: dict[str, bytes]) -> bytes:
    """Return a lock of those wheels."""
    lines = []
    for name, content in sorted(found.items()):
        project, version = name.split("-")[:2]
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"{project}=={version} --hash=sha256:{digest}\n")
    return "".join(lines).encode()


def _wheel(installed: Distribution) -> tuple[str, bytes]:
    entries = {}
    for path in installed.files or []:
        inside = PurePosixPath(path)
        by_product = "__pycache__" in inside.parts or inside.name in ("RECORD", "INSTALLER")
        if inside.is_absolute() or ".." in inside.parts or by_product:
            continue
        entries[str(inside)] = path.locate().read_bytes()  # type: ignore[attr-defined]
    folder = next(name.partition("/")[0] for name in entries if name.endswith("/WHEEL"))
    record = f"{folder}/RECORD"
    entries[record] = packing._record(entries, record)
    tags = re.findall(r"^Tag: (\S+)$", entries[f"{folder}/WHEEL"].decode(), re.MULTILINE)
    tag = next((one for one in tags if one.startswith("py3")), tags[0])
    return f"{folder.removesuffix('.dist-info')}-{tag}.whl", packing.zipped(entries)
