"""A day's handout: what it shows is what the reference does, and its points are the checks'.

A worked example is a fenced ``python`` block, written as an interactive session. All blocks
of a handout are one session, in the order in which a student reads them, and one command tries
them all.

    Day(2).text             the handout of Day 2
    Day(2).stubs            ["cost", "mmu", "page_table", "segments", "tlb"]
    Day(2).items["D2.1"]    (5, True): five points, and students have the check at home
"""

import os
import re
import shutil
import subprocess
import sys
from doctest import DocTestParser
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import pytest
import yaml
from loading import ROOT

from grader.checks import id_order, load_checks

FENCED = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
POINTS = re.compile(r"^\| (D\d+\.\d+) \| .* \| (\d+) \| (now|after the due date) \|$", re.MULTILINE)
AT_HOME = re.compile(r"so (\d+) points are all that you can see at home")
COMMAND = "python -X utf8 -m doctest handout.md"
CORE = re.compile(r"The ★ files are the \*\*core\*\*: (\d+) of the 100 points")
STARRED = re.compile(r"^\| `(\w+)\.py` .*\| ★ \|$", re.MULTILINE)
TASK_OF = {"page_table": "page table", "segments": "pieces", "mmu": "MMU"}  # or as the file
BY_TASK = re.compile(r"^By task: ([^.]*)\.", re.MULTILINE)


class Day:
    """One day's handout, and the folders it speaks of."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.assignment = ROOT / "assignments" / f"day{number}"
        self.reference = ROOT / "reference" / f"day{number}"

    def __repr__(self) -> str:
        return f"day{self.number}"

    @cached_property
    def text(self) -> str:
        """The handout."""
        return (self.assignment / "handout.md").read_text(encoding="utf-8")

    @cached_property
    def stubs(self) -> list[str]:
        """The modules that students write: the public ones of the reference."""
        return sorted(path.stem for path in self.reference.glob("[!_]*.py"))

    @cached_property
    def items(self) -> dict[str, tuple[Fraction, bool]]:
        """What the handout's table says of each item: its points, and whether it runs now."""
        return {item: (Fraction(points), when == "now") for item, points, when in self.rows}

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The rows of the handout's table as they stand there."""
        return POINTS.findall(self.text)

    @property
    def spec(self) -> dict[str, object]:
        """What ``assignment.yaml`` says."""
        text = (self.assignment / "assignment.yaml").read_text(encoding="utf-8")
        return yaml.safe_load(text)


def days(*needs: str) -> list[Day]:
    """Return the days whose assignment has a file for each of these patterns."""
    folders = sorted((ROOT / "assignments").glob("day*"))
    complete = [folder for folder in folders if all(any(folder.glob(need)) for need in needs)]
    return [Day(int(folder.name.removeprefix("day"))) for folder in complete]


WITH_HANDOUT = days("handout.md")
WITH_CHECKS = days("handout.md", "assignment.yaml", "checks/*/check_*.py")

each_handout = pytest.mark.parametrize("day", WITH_HANDOUT, ids=repr)
each_with_checks = pytest.mark.parametrize("day", WITH_CHECKS, ids=repr)


def complaints(day: Day, handout: str, folder: Path) -> str:
    """Run the command of the handout where its files lie, written by a student who is done."""
    (folder / "handout.md").write_text(handout, encoding="utf-8")
    for path in day.reference.glob("*.py"):
        shutil.copy(path, folder)
    shutil.copytree(ROOT / "assignments" / "machine", folder / "machine")
    run = subprocess.run(
        [sys.executable, *COMMAND.split()[1:]],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return run.stdout + run.stderr


def spoil(handout: str) -> tuple[str, int]:
    """Return the handout with one answer changed, and the line of the example it belongs to.

    It is the last answer of one line, so it was reached through all that stands before it.
    """
    examples = DocTestParser().get_examples(handout)
    example = [e for e in examples if e.want.count("\n") == 1 and e.exc_msg is None][-1]
    lines = handout.splitlines(keepends=True)
    lines[example.lineno + example.source.count("\n")] = "'no such answer'\n"
    return "".join(lines), example.lineno + 1


@each_handout
def test_the_handout_names_the_command_that_tries_its_examples(day: Day) -> None:
    """Once, before the first of them."""
    before, _, after = day.text.partition("```python\n")

    assert f"`{COMMAND}`" in " ".join(before.split())
    assert COMMAND not in after


@each_handout
def test_every_example_is_what_the_reference_does(day: Day, tmp_path: Path) -> None:
    """Line numbers in the complaints are those of the handout."""
    assert complaints(day, day.text, tmp_path) == ""


@each_handout
def test_an_example_that_is_wrong_is_found(day: Day, tmp_path: Path) -> None:
    """The reference is really asked, also for the last example."""
    wrong, line = spoil(day.text)

    found = complaints(day, wrong, tmp_path)

    assert f"line {line}, in handout.md" in found
    assert "Expected:\n    'no such answer'\nGot:\n" in found
    assert found.count("Expected:\n") == 1


@pytest.mark.parametrize(
    ("day", "stub"), [(day, stub) for day in WITH_HANDOUT for stub in day.stubs], ids=str
)
def test_every_file_has_examples(day: Day, stub: str) -> None:
    """And in a block of its own, so that its section can be read alone."""
    assert [block for block in FENCED.findall(day.text) if f">>> from {stub} import " in block]


@each_handout
def test_every_python_block_is_a_session(day: Day) -> None:
    """No block of code stands there that nothing executes."""
    blocks = FENCED.findall(day.text)

    assert len(blocks) == day.text.count("```python")
    assert all(block.startswith(">>> ") for block in blocks)


@each_handout
def test_items_stand_in_order_and_once(day: Day) -> None:
    """A removed item leaves a hole, so numbers ascend but need not be without gaps."""
    items = [item for item, _, _ in day.rows]

    assert items == sorted(set(items), key=id_order)
    assert items[0] == f"D{day.number}.1"
    assert all(item.startswith(f"D{day.number}.") for item in items)


@each_handout
def test_points_add_up(day: Day) -> None:
    """By item and by task, a day is worth 100 points."""
    (by_task,) = BY_TASK.findall(day.text)

    assert sum(points for points, _ in day.items.values()) == 100
    assert sum(int(points) for points in re.findall(r"\b\d+\b", by_task)) == 100


@each_handout
def test_the_core_is_worth_what_the_handout_says(day: Day) -> None:
    """It is the files with a star, by the points of their tasks."""
    (said,) = CORE.findall(day.text)
    (by_task,) = BY_TASK.findall(day.text)
    points = {task: int(number) for task, number in re.findall(r"(\w[\w ]*) (\d+)", by_task)}
    starred = STARRED.findall(day.text)

    assert len(starred) >= 2
    assert int(said) == sum(points[TASK_OF.get(stub, stub)] for stub in starred)


@each_handout
def test_the_visible_share_is_what_the_handout_says(day: Day) -> None:
    """And it is from 40 to 50 per cent on every day."""
    (said,) = AT_HOME.findall(" ".join(day.text.split()))

    assert int(said) == sum(points for points, is_shown in day.items.values() if is_shown)
    assert 40 <= int(said) <= 50


@each_with_checks
def test_the_table_agrees_with_the_checks(day: Day) -> None:
    """Points and visibility stand in the checks' decorators; what is still to come has points."""
    checks = {c.id: (c.points, c.is_shown) for c in load_checks(day.assignment / "checks")}
    later = {item: Fraction(str(points)) for item, points in day.spec.get("later", {}).items()}

    assert {item: day.items[item] for item in checks} == checks
    assert {item: day.items[item][0] for item in later} == later
    assert sorted([*checks, *later]) == sorted(day.items)


@each_with_checks
def test_the_assignment_agrees_with_the_handout(day: Day) -> None:
    """The same points, and a stub for every file that the handout teaches."""
    assert sum(points for points, _ in day.items.values()) == day.spec["points"]
    assert sorted(day.spec["stubs"]) == [f"{stub}.py" for stub in day.stubs]
