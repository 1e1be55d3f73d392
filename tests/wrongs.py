"""The hand-made wrong versions of a day, made into whole submissions.

A wrong version is one module that changes what it imports from the package ``right``:

    right/holes.py      the reference's modules once more
    holes.py            the wrong version, instead of the reference's
    buddy.py ...        the reference's other modules

    # wrong 4 of holes: merges only with the right neighbour; loses D1.1 D1.2 D1.3
    number 4, module "holes", what "merges only ...", loses ("D1.1", "D1.2", "D1.3")
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_DECLARATION = re.compile(r"# wrong (\d+) of (\w+): (.+); loses ((?:D\d+\.\d+ ?)+)\Z")


@dataclass(frozen=True)
class Declaration:
    """What the first line of a wrong version says."""

    number: int
    module: str
    what: str
    loses: tuple[str, ...]


def wrong_paths(day: str) -> list[Path]:
    """Return the files of the wrong versions of ``day``, in order."""
    return sorted((ROOT / "reference" / day / "wrong").glob("*.py"))


def parse_declaration(first_line: str) -> Declaration:
    """Return what the first line of a wrong version declares; raises ValueError."""
    match = _DECLARATION.match(first_line.strip())
    if match is None:
        raise ValueError(
            f"{first_line!r}: expected '# wrong 4 of holes: what it does; loses D1.1 D1.2'"
        )
    return Declaration(int(match[1]), match[2], match[3], tuple(match[4].split()))


def declaration_of(path: Path) -> Declaration:
    """Return what the wrong version at ``path`` declares."""
    return parse_declaration(path.read_text(encoding="utf-8").partition("\n")[0])


def materialise(day: str, wrong_path: Path) -> dict[str, bytes]:
    """Return the files of the submission that the wrong version makes, by relative name."""
    reference = (ROOT / "reference" / day).glob("*.py")
    right = {path.name: path.read_bytes() for path in sorted(reference)}
    return {
        **right,
        **{f"right/{name}": content for name, content in right.items()},
        "right/__init__.py": b"",
        f"{declaration_of(wrong_path).module}.py": wrong_path.read_bytes(),
    }
