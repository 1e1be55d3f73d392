"""assignments/README.md is right: its files, put where it says, are an assignment that holds.

block      what stands between two fences: kind ("sh", "python", "yaml"), text, and the
           prose before it, whose last `path` is where a python or yaml block belongs
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny import ROOT, environment

PAGE = ROOT / "assignments" / "README.md"
_FENCE = re.compile(r"^```(.*)\n((?:(?!```).*\n)*)```$", re.MULTILINE)
_PATH = re.compile(r"`((?:assignments|reference)/[\w/]+\.\w+)`")


@dataclass(frozen=True)
class Block:
    """One fenced block of the page."""

    kind: str
    text: str
    before: str

    @property
    def path(self) -> str:
        """Where the block belongs: the path that the paragraph before it ends with."""
        paragraph = self.before.rstrip().rpartition("\n\n")[2]
        return _PATH.findall(paragraph)[-1]


def blocks() -> list[Block]:
    text = PAGE.read_text(encoding="utf-8")
    return [Block(match[1], match[2], text[: match.start()]) for match in _FENCE.finditer(text)]


def bash(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a reader does, with the commands of this environment first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_fence_belongs_to_a_block_that_is_tried() -> None:
    fences = re.findall("^ *(?:```|~~~).*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(fences) == 2 * len(blocks())
    assert {block.kind for block in blocks()} == {"sh", "python", "yaml"}


def test_followed_to_the_letter_it_makes_an_assignment_that_holds(tmp_path: Path) -> None:
    """Every command ends with 0, the last ones after everything has been written."""
    for block in blocks():
        if block.kind == "sh":
            done = bash(block.text, tmp_path)
            assert done.returncode == 0, f"{block.text}\n{done.stdout}{done.stderr}"
        else:
            (tmp_path / block.path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.path).write_text(block.text, encoding="utf-8")

    assert {path.name for path in tmp_path.glob("*.zip")} == {"lab1.zip", "autograder.zip"}


@pytest.mark.parametrize("folder", ["assignments/lab1", "reference/lab1"])
def test_it_says_where_every_file_belongs(folder: str) -> None:
    paths = [block.path for block in blocks() if block.kind != "sh"]

    assert len(set(paths)) == len(paths)
    assert any(path.startswith(folder) for path in paths)
