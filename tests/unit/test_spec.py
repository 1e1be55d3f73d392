"""Every mistake in an assignment.yaml is named with its file, its line and its place."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.errors import SpecError
from grader.spec import Assignment, Hidden, find_assignment, read_assignment
from grader.strict_yaml import load_yaml

GOOD = """\
title: Counting
course: Testing
points: 10
stubs: [counter.py, other.py]
salt: nobody-guesses-it
"""


@pytest.fixture
def day(tmp_path: Path) -> Path:
    folder = tmp_path / "course" / "assignments" / "day1"
    folder.mkdir(parents=True)
    return folder


def read(folder: Path, content: str | bytes) -> Assignment:
    text = content.encode() if isinstance(content, str) else content
    (folder / "assignment.yaml").write_bytes(text)
    return read_assignment(folder)


def refusal(folder: Path, content: str | bytes) -> str:
    """Return what is said about ``content``, without the folder in front."""
    with pytest.raises(SpecError) as refused:
        read(folder, content)
    return str(refused.value).removeprefix(f"{folder}/")


# --- what is right ------------------------------------------------------------


def test_what_is_left_out_has_a_default(day: Path) -> None:
    assignment = read(day, GOOD)

    assert assignment.stubs == ("counter.py", "other.py")
    assert assignment.limits.cpu_s is None
    assert (assignment.limits.memory_mb, assignment.limits.processes) == (512, 32)
    assert assignment.prerequisites == {}
    assert assignment.later_points == 0


def test_an_assignment_knows_its_folders(day: Path) -> None:
    assignment = read(day, GOOD)

    assert assignment.name == "day1"
    assert assignment.root == day.parents[1]
    assert assignment.checks == day / "checks"
    assert assignment.machine == day.parent
    assert assignment.reference is None


def test_a_handout_has_the_machine_inside(day: Path) -> None:
    (day / "machine").mkdir()

    assert read(day, GOOD).machine == day


def test_later_points_are_exact(day: Path) -> None:
    assert read(day, GOOD + "later: {A.1: 0.1, A.2: 0.2}\n").later_points == Fraction(3, 10)


def test_a_handout_says_what_is_hidden_instead_of_a_salt(day: Path) -> None:
    (day.parent.parent / "reference" / "day1").mkdir(parents=True)
    without = GOOD.replace("salt: nobody-guesses-it\n", "")

    assignment = read(day, without + "hidden: {checks: 3, points: 12.5}\n")

    assert assignment.hidden == Hidden(3, 12.5)
    assert assignment.reference is None


@pytest.mark.parametrize(("stub", "own"), [("day1/stub", "stub"), ("day1", "day1")])
def test_by_default_the_stubs_are_checked_wherever_they_lie(day: Path, stub: str, own: str) -> None:
    folder = day.parent / stub
    folder.mkdir(exist_ok=True)
    (folder / "other.py").touch()

    assert read(day, GOOD).own_files.name == own


# --- what is wrong ------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        # YAML itself
        ("", "assignment.yaml:1 $: expected keys with values, such as 'title: ...'"),
        ("- a\n- b\n", "assignment.yaml:1 $: expected keys with values, such as 'title: ...'"),
        ("just words", "assignment.yaml:1 $: expected keys with values, such as 'title: ...'"),
        ("title: [\n", "assignment.yaml:2: expected the node content, but found '<stream end>'"),
        ("title: 'x\n", "assignment.yaml:2: found unexpected end of stream"),
        ("a: b: c\n", "assignment.yaml:1: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "assignment.yaml:2: but found another document"),
        ("a: @x\n", "assignment.yaml:1: found character '@' that cannot start any token"),
        ("a: !!python/object:os.system x\n", "assignment.yaml:1: could not determine"),
        ("title: a\0b\n", "assignment.yaml: is not YAML: unacceptable character #x0000"),
        (b"title: \xff\xfe\n", "assignment.yaml: is not UTF-8 (byte 7); save it as UTF-8"),
        ("a: 2026-13-45\n", "assignment.yaml: is not YAML: month must be in 1..12"),
        ("? [a]\n: b\n", "assignment.yaml: is not YAML: unhashable"),
        # keys
        (GOOD + "title: again\n", "assignment.yaml:6: the key 'title' stands here a second time"),
        (
            GOOD + "limits:\n  cpu_s: 1\n  cpu_s: 2\n",
            "assignment.yaml:8: the key 'cpu_s' stands here a second time",
        ),
        (GOOD + "tittle: x\n", "assignment.yaml:6 $.tittle: unknown key 'tittle'; known: title, "),
        (
            GOOD + "limits:\n  cpu_s: 1\n  memory: 5\n",
            "assignment.yaml:8 $.limits.memory: unknown key 'memory'; known: cpu_s, wall_s",
        ),
        (
            GOOD + "gradescope: {time: 5}\n",
            "assignment.yaml:6 $.gradescope.time: unknown key 'time'; known: timeout_s",
        ),
        (
            GOOD + "gradescope: {timeout_s: 2401}\n",
            "assignment.yaml:6 $.gradescope.timeout_s: Expected `int` <= 2400",
        ),
        (
            GOOD + "gradescope:\n  lateness:\n    - {until_h: 0, percents: 5}\n",
            "assignment.yaml:8 $.gradescope.lateness[0].percents: unknown key 'percents'; known: ",
        ),
        (
            GOOD + "gradescope:\n  lateness:\n    - {until_h: 0, percent: 5}\n",
            "assignment.yaml:6 $.gradescope: every step of lateness but the last needs until_h",
        ),
        (
            GOOD + "gradescope: {lateness: [{percent: 0}, {percent: 5}]}\n",
            "assignment.yaml:6 $.gradescope: every step of lateness but the last needs until_h",
        ),
        (
            GOOD + "gradescope: {lateness: [{until_h: 9, percent: 0}, {until_h: 9, percent: 1}, "
            "{percent: 2}]}\n",
            "assignment.yaml:6 $.gradescope: the until_h of lateness must rise",
        ),
        (GOOD + "folder: /etc\n", "assignment.yaml:6 $.folder: unknown key 'folder'"),
        ("title: x\n", "assignment.yaml:1 $: Object missing required field `course`"),
        # types and values
        (GOOD.replace("10", "'10'"), "assignment.yaml:3 $.points: Expected `int`, got `str`"),
        (GOOD.replace("10", "yes"), "assignment.yaml:3 $.points: Expected `int`, got `bool`"),
        (GOOD.replace("10", "1.5"), "assignment.yaml:3 $.points: Expected `int`, got `float`"),
        (GOOD.replace("10", "-1"), "assignment.yaml:3 $.points: Expected `int` >= 1"),
        (GOOD.replace("Counting", ""), "assignment.yaml:1 $.title: Expected `str`, got `null`"),
        (
            GOOD.replace("salt: nobody-guesses-it\n", ""),
            "assignment.yaml $: misses the key 'salt', from which the hidden inputs follow; ",
        ),
        (
            GOOD.replace("nobody-guesses-it", "2026-autumn"),
            "assignment.yaml $.salt: has 11 letters, students could guess it; ",
        ),
        (
            GOOD + "hidden: {checks: 3, points: 12}\n",
            "assignment.yaml $.hidden: stands only in a handout; remove it here",
        ),
        (
            GOOD + "hidden: {checks: -1, points: 12}\n",
            "assignment.yaml:6 $.hidden.checks: Expected `int` >= 0",
        ),
        (
            GOOD + "hidden: {check: 1}\n",
            "assignment.yaml:6 $.hidden.check: unknown key 'check'; known: checks, points",
        ),
        (
            GOOD.replace("nobody-guesses-it", "''"),
            "assignment.yaml:5 $.salt: Expected `str` of length >= 1",
        ),
        (
            GOOD.replace("[counter.py, other.py]", "counter.py"),
            "assignment.yaml:4 $.stubs: Expected `array`, got `str`",
        ),
        (
            GOOD.replace("[counter.py, other.py]", "[]"),
            "assignment.yaml:4 $.stubs: Expected `array` of length >= 1",
        ),
        (
            GOOD.replace("[counter.py, other.py]", "[counter.py, 5]"),
            "assignment.yaml:4 $.stubs[1]: Expected `str`, got `int`",
        ),
        (
            GOOD.replace("[counter.py, other.py]", "\n  - counter.py\n  - other.py\n  - 5"),
            "assignment.yaml:7 $.stubs[2]: Expected `str`, got `int`",
        ),
        (
            GOOD.replace("other.py", "../other.py"),
            "assignment.yaml:4 $.stubs[1]: Expected `str` matching regex",
        ),
        (
            GOOD.replace("other.py", "other"),
            "assignment.yaml:4 $.stubs[1]: Expected `str` matching regex",
        ),
        (
            GOOD + "limits:\n  cpu_s: fast\n",
            "assignment.yaml:7 $.limits.cpu_s: Expected `float | null`, got `str`",
        ),
        (GOOD + "limits: {cpu_s: 0}\n", "assignment.yaml:6 $.limits.cpu_s: Expected `float` > 0"),
        (GOOD + "limits: {wall_s: -1}\n", "assignment.yaml:6 $.limits.wall_s: Expected `float` >"),
        (GOOD + "limits: {memory_mb: 0}\n", "assignment.yaml:6 $.limits.memory_mb: Expected `int`"),
        (GOOD + "limits: {processes: 0}\n", "assignment.yaml:6 $.limits.processes: Expected `int`"),
        (
            GOOD + "limits: {cpu_s: .nan}\n",
            "assignment.yaml:6 $.limits.cpu_s: Expected `float` > 0",
        ),
        (
            GOOD + "limits: {wall_s: .inf}\n",
            "assignment.yaml:6 $.limits.wall_s: Expected `float` <=",
        ),
        (GOOD + "later: {D1.6: x}\n", "assignment.yaml:6 $.later[...]: Expected `float`"),
        (GOOD + "later:\n  D1.6: .nan\n", "assignment.yaml:6 $.later[...]: Expected `float` >= 0"),
        (GOOD + "later:\n  D1.6: -.inf\n", "assignment.yaml:6 $.later[...]: Expected `float` >= 0"),
        (GOOD + "prerequisites: {A: B}\n", "assignment.yaml:6 $.prerequisites[...]: Expected"),
        (GOOD + "prerequisites:\n", "assignment.yaml:6 $.prerequisites: Expected `object`"),
        (GOOD + "5: x\n", "assignment.yaml:1 $: Expected `str`"),
    ],
)
def test_a_mistake_is_named_where_it_stands(day: Path, content: Any, message: str) -> None:
    said = refusal(day, content)

    assert said.startswith(message)
    assert "\n" not in said


def test_a_missing_file_is_named(day: Path) -> None:
    with pytest.raises(SpecError, match=r"assignment\.yaml: cannot be read \(No such file"):
        read_assignment(day)


def test_a_folder_in_place_of_the_file_is_named(day: Path) -> None:
    (day / "assignment.yaml").mkdir()

    with pytest.raises(SpecError, match=r"assignment\.yaml: cannot be read \(Is a directory"):
        read_assignment(day)


# --- what would take for ever -------------------------------------------------


def laughs(levels: int, link: str) -> str:
    nine = [", ".join([f"*a{level - 1}"] * 9) for level in range(1, levels)]
    lines = [f"a{level}: &a{level} {link.format(each)}" for level, each in enumerate(nine, 1)]
    return "\n".join(["a0: &a0 {x: lol}", *lines])


@pytest.mark.parametrize("link", ["[{}]", "{{<<: [{}]}}", "{{y: [{}]}}"])
def test_a_billion_laughs_are_refused_at_the_first(day: Path, link: str) -> None:
    said = refusal(day, laughs(12, link))

    assert said.startswith("assignment.yaml:2: ")
    assert "*a0" in said


def test_a_value_that_holds_itself_is_refused(day: Path) -> None:
    assert refusal(day, "stubs: &s [*s]\n").startswith("assignment.yaml:1: ")


def test_nesting_without_end_is_refused(day: Path) -> None:
    said = refusal(day, "title: " + "[" * 20_000)

    assert said == "assignment.yaml: is not YAML that can be read: it is nested too deeply"


def test_plain_yaml_documents_are_read_with_the_same_care() -> None:
    with pytest.raises(SpecError, match=r"sample\.yaml:2: the key 'a' stands here a second time"):
        load_yaml("a: 1\na: 2\n", "sample.yaml")


# --- finding ------------------------------------------------------------------


def test_a_day_is_found_by_name_from_anywhere_inside_the_repository(day: Path) -> None:
    read(day, GOOD)
    inside = day / "checks" / "visible"
    inside.mkdir(parents=True)

    assert find_assignment("day1", inside).path == day
    assert find_assignment("day1", day.parents[1]).path == day


def test_a_day_is_found_by_path(day: Path) -> None:
    read(day, GOOD)

    assert find_assignment(str(day), Path("/")).path == day
    assert find_assignment("assignments/day1", day.parents[1]).path == day
    assert find_assignment(".", day).path == day


def test_an_unknown_day_is_answered_with_the_known_ones(day: Path) -> None:
    read(day, GOOD)
    (day.parent / "day2").mkdir()
    (day.parent / "day2" / "assignment.yaml").write_text(GOOD, encoding="utf-8")

    with pytest.raises(SpecError) as refused:
        find_assignment("day9", day.parents[1])

    assert str(refused.value) == (
        "there is no assignment 'day9'; known here: day1, day2. Give a name or a folder."
    )


def test_where_there_is_no_course_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no assignments/ in or above"):
        find_assignment("day1", tmp_path)
    with pytest.raises(SpecError, match="name a day, or go to its folder"):
        find_assignment(".", tmp_path)


@pytest.mark.parametrize("day_name", ["", "../day1", "day1/../day1/x", "a\0b", "*", "x" * 5000])
def test_a_strange_name_is_an_unknown_day(day: Path, day_name: str) -> None:
    read(day, GOOD)

    with pytest.raises(SpecError, match="there is no"):
        find_assignment(day_name, day.parents[1])
