"""Day 1's handout: what it shows is what the reference does.

A worked example is a fenced ``python`` block, written as an interactive session. All blocks
of a handout are one session, in the order in which a student reads them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from loading import ROOT

ASSIGNMENT = ROOT / "assignments" / "day1"
TEXT = (ASSIGNMENT / "handout.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
POINTS = re.compile(r"^\| (D1\.\d+) \| .* \| (\d+) \| (now|after the due date) \|$", re.MULTILINE)


def session(handout: str) -> str:
    """Return the handout with every line emptied that is in no ``python`` block."""
    lines = [""] * (handout.count("\n") + 1)
    for block in FENCED.finditer(handout):
        first = handout.count("\n", 0, block.start(1))
        inside = block[1].splitlines()
        lines[first : first + len(inside)] = inside
    return "\n".join(lines) + "\n"


def complaints(handout: str, folder: Path) -> str:
    """Run the handout's examples on the reference, in a process of their own; "" if all hold."""
    script = folder / "handout.txt"
    script.write_text(session(handout), encoding="utf-8")
    modules = [ROOT / "reference" / "day1", ROOT / "assignments"]
    run = subprocess.run(
        [sys.executable, "-B", "-X", "utf8", "-m", "doctest", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, modules))},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return run.stdout + run.stderr


def test_every_example_is_what_the_reference_does(tmp_path: Path) -> None:
    """Line numbers in the complaints are those of the handout."""
    assert complaints(TEXT, tmp_path) == ""


def test_an_example_that_is_wrong_is_found(tmp_path: Path) -> None:
    """The reference is really asked."""
    right = ">>> b.alloc(0)\n12\n"
    line = TEXT[: TEXT.index(right)].count("\n") + 1

    found = complaints(TEXT.replace(right, ">>> b.alloc(0)\n13\n"), tmp_path)

    assert f"line {line}, in handout.txt" in found
    assert "Expected:\n    13\nGot:\n    12\n" in found


@pytest.mark.parametrize("stub", ["holes", "buddy", "slab", "heap", "arena"])
def test_every_file_has_examples(stub: str) -> None:
    """And in a block of its own, so that its section can be read alone."""
    assert [block for block in FENCED.findall(TEXT) if f">>> from {stub} import " in block]


def test_every_python_block_is_a_session() -> None:
    """No block of code stands there that nothing executes."""
    blocks = FENCED.findall(TEXT)

    assert len(blocks) == TEXT.count("```python")
    assert all(block.startswith(">>> ") for block in blocks)


def test_points_add_up() -> None:
    """What the handout promises is what the assignment is worth."""
    assignment = yaml.safe_load((ASSIGNMENT / "assignment.yaml").read_text(encoding="utf-8"))
    items = POINTS.findall(TEXT)

    assert [item for item, _, _ in items] == [f"D1.{number}" for number in range(1, 25)]
    assert sum(int(points) for _, points, _ in items) == assignment["points"]
    assert sum(int(points) for _, points, when in items if when == "now") == 47
    assert "so 47 points are all that you can see at home" in " ".join(TEXT.split())
