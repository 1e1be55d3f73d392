"""A check is complete or refused, and two days' checks never meet."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tiny import COUNTER, STUB, environment, make

from grader import plugin
from grader.checks import Visibility, id_order, load_check_file, load_checks
from grader.errors import SpecError

HEAD = """\
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from grader import hint, replays
"""

WHOLE = '''
@weight(2.5)
@number("A.1")
@replays(lambda: [[["fn", "f", []]]])
def check_one(run):
    """It works. In all cases."""
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("visible", "hidden"):
        made = tmp_path / "day" / "checks" / name
        made.mkdir(parents=True)
        (made / "__init__.py").write_text("", encoding="utf-8")
    return tmp_path / "day" / "checks"


def write(folder: Path, text: str, name: str = "visible/check_mod.py", head: str = HEAD) -> Path:
    path = folder / name
    path.write_text(head + text, encoding="utf-8")
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(SpecError) as refused:
        load_checks(folder)
    return str(refused.value)


# --- what a check is ----------------------------------------------------------


def test_a_check_is_read_from_its_decorators_and_its_docstring(folder: Path) -> None:
    path = write(folder, WHOLE)

    (check,) = load_checks(folder)

    assert (check.id, check.title, check.points) == ("A.1", "It works", Fraction(5, 2))
    assert (check.visibility, check.hint, check.path) == ("visible", "", path)
    assert check.is_shown
    assert check.task == "mod"
    assert [(part.examples, part.modules, part.name) for part in check.parts] == [
        (200, ("mod",), "")
    ]


def test_a_title_ends_with_the_first_sentence_not_with_the_first_dot(folder: Path) -> None:
    write(folder, WHOLE.replace("It works. In all cases.", "A ratio of\n    0.5 is kept! Always."))

    assert load_checks(folder)[0].title == "A ratio of 0.5 is kept! Always"


def test_parts_stand_in_the_order_in_which_they_are_written(folder: Path) -> None:
    write(
        folder,
        WHOLE.replace(
            "@replays(lambda: [[",
            '@replays(lambda: [], part="first", module="a", examples=3)\n'
            '@replays(lambda: [], part="second", module=["b", "c"])\n@replays(lambda: [[',
        ),
    )

    (check,) = load_checks(folder)

    assert [part.name for part in check.parts] == ["first", "second", ""]
    assert [part.modules for part in check.parts] == [("a",), ("b", "c"), ("mod",)]
    assert check.task == "a"


def test_a_hidden_check_has_a_hint(folder: Path) -> None:
    text = '@hint("Look twice.")\n@visibility("after_due_date")'
    write(folder, WHOLE.replace("@number", f"{text}\n@number"), "hidden/check_mod.py")

    (check,) = load_checks(folder)

    assert (check.visibility, check.hint, check.is_shown) == (
        "after_due_date",
        "Look twice.",
        False,
    )


def test_checks_stand_in_the_order_of_their_numbers(folder: Path) -> None:
    for check_id in ("A.10", "A.9", "B.1", "A.9b"):
        text = WHOLE.replace("A.1", check_id)
        write(folder, text, f"visible/check_{check_id.replace('.', '')}.py")

    assert [check.id for check in load_checks(folder)] == ["A.9", "A.9b", "A.10", "B.1"]


def test_ids_of_any_form_can_be_put_in_order() -> None:
    assert sorted(["9", "A", "A.1", "A.x", "10.A", "é"], key=id_order) == [
        *("9", "10.A", "A", "A.1", "A.x", "é")
    ]


def test_what_is_imported_into_a_check_file_is_not_a_check_of_it(folder: Path) -> None:
    write(folder, WHOLE)
    write(folder, "\nfrom .check_mod import check_one\n", "visible/check_other.py")

    assert [check.id for check in load_checks(folder)] == ["A.1"]


# --- what is refused ----------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "named"),
    [
        ('@number("A.1")', "@number"),
        ("@weight(2.5)", "@weight"),
        ('@replays(lambda: [[["fn", "f", []]]])', "@replays"),
        ('"""It works. In all cases."""', "a docstring whose first sentence is its title"),
    ],
)
def test_a_check_without_one_of_its_parts_is_refused(
    folder: Path, without: str, named: str
) -> None:
    path = write(folder, WHOLE.replace(without, "pass" if '"""' in without else ""))

    assert refusal(folder).startswith(f"{path}:")
    assert refusal(folder).endswith(f"check_one: needs {named}")


def test_all_that_is_missing_is_named_at_once(folder: Path) -> None:
    write(folder, "\ndef check_nothing(run):\n    pass\n")

    assert refusal(folder).endswith(
        "check_mod.py:4 check_nothing: needs @number and @weight and @replays and "
        "a docstring whose first sentence is its title"
    )


@pytest.mark.parametrize("weight", ["'much'", "None", "-1", "float('nan')", "float('inf')"])
def test_points_that_are_none_are_refused(folder: Path, weight: str) -> None:
    write(folder, WHOLE.replace("2.5", weight))

    assert "@weight" in refusal(folder)


@pytest.mark.parametrize("check_id", ["../x", "a/b", "", " ", "a\n"])
def test_an_id_that_is_no_file_name_is_refused(folder: Path, check_id: str) -> None:
    write(folder, WHOLE.replace('"A.1"', repr(check_id)))

    assert "@number" in refusal(folder)


@pytest.mark.parametrize(
    ("visibility", "place"),
    [("visible", "hidden"), ("hidden", "visible"), ("after_due_date", "visible")],
)
def test_a_visibility_that_disagrees_with_the_folder_is_refused(
    folder: Path, visibility: Visibility, place: str
) -> None:
    text = WHOLE.replace("@number", f"@visibility({visibility!r})\n@number")
    write(folder, text, f"{place}/check_mod.py")

    assert refusal(folder).endswith(
        f"check_one: @visibility({visibility!r}) does not belong in {folder / place}"
    )


def test_a_visibility_that_does_not_exist_is_refused(folder: Path) -> None:
    write(folder, WHOLE.replace("@number", "@visibility('secret')\n@number"))

    assert "@visibility('secret'); one of ('visible', 'hidden'," in refusal(folder)


def test_a_number_that_stands_twice_is_refused(folder: Path) -> None:
    first = write(folder, WHOLE)
    second = write(folder, WHOLE, "visible/check_two.py")

    assert refusal(folder) == (
        f"{second}: A.1 stands in {first} too; give each check a number of its own"
    )


def test_a_number_that_stands_twice_in_one_file_is_refused(folder: Path) -> None:
    write(folder, WHOLE + WHOLE.replace("check_one", "check_two"))

    assert "A.1 stands in" in refusal(folder)


def test_a_folder_without_checks_is_refused(folder: Path) -> None:
    assert refusal(folder) == f"{folder}: no checks here; expected visible/check_*.py"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ndef (:\n", "4: cannot be imported: SyntaxError"),
        ("import nothing_of_this_name\n", "3: cannot be imported: ModuleNotFoundError"),
        ("1 / 0\n", "3: cannot be imported: ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)\n", "3: cannot be imported: SystemExit"),
    ],
)
def test_a_check_file_that_cannot_be_imported_is_refused(
    folder: Path, text: Any, said: str
) -> None:
    path = write(folder, text)

    assert refusal(folder).startswith(f"{path}:{said}")


def test_what_a_check_file_imports_is_named_where_it_breaks(folder: Path) -> None:
    write(folder, "from ..visible import beside\n", "hidden/check_it.py")
    beside = write(folder, "import os\nfrom .traces import nothing\n", "visible/beside.py")
    write(folder, "", "visible/traces.py")

    assert refusal(folder).startswith(
        f"{beside}:4: cannot be imported: ImportError: cannot import name 'nothing' "
        "from 'visible.traces'"
    )


def test_a_check_file_that_is_not_utf_8_is_refused(folder: Path) -> None:
    path = write(folder, "")
    path.write_bytes(b"A = '\xff'\n")

    said = refusal(folder)
    assert said.startswith(str(path))
    assert "cannot be imported: SyntaxError" in said


# --- two days -----------------------------------------------------------------

FAMILY = """
from grader import traces

@traces()
def family(t):
    t.fn({name!r})
"""

USES = HEAD + (
    """
from .traces import family

@weight(100)
@number("A.1")
@replays(family, examples=1, module="counter")
def check_family(run):
    \"\"\"It works.\"\"\"
    assert run.trace == [["fn", {name!r}, []]]
"""
)


def two_days(tmp_path: Path) -> list[Path]:
    """Make days one and two, whose traces.py call a function of the day's own name."""
    day = make(tmp_path)
    for name in ("one", "two"):
        folder = day.folder.with_name(name)
        visible = folder / "checks" / "visible"
        visible.mkdir(parents=True)
        spec = (day.folder / "assignment.yaml").read_text(encoding="utf-8")
        (folder / "assignment.yaml").write_text(spec.partition("prereq")[0], encoding="utf-8")
        (visible / "__init__.py").write_text("", encoding="utf-8")
        (visible / "traces.py").write_text(FAMILY.format(name=name), encoding="utf-8")
        (visible / "check_day.py").write_text(USES.format(name=name), encoding="utf-8")
        for place in (folder / "stub", day.root / "reference" / name):
            place.mkdir(parents=True)
            source = f"def {name}():\n    return 1\n"
            (place / "counter.py").write_text(source, encoding="utf-8")
    return [day.folder.with_name(name) for name in ("one", "two")]


def test_two_days_in_one_process_keep_their_own_traces(tmp_path: Path) -> None:
    drawn = [
        load_checks(folder / "checks")[0].parts[0].source().draw(0, 1)
        for folder in two_days(tmp_path)
    ]

    assert drawn == [[["fn", "one", []]], [["fn", "two", []]]]


def test_a_hidden_check_may_use_the_visible_traces_of_its_own_day(folder: Path) -> None:
    write(folder, FAMILY.format(name="mine"), "visible/traces.py", head="")
    text = USES.replace(".traces", "..visible.traces").format(name="mine")
    write(
        folder, text.replace("@number", "@visibility('hidden')\n@number"), "hidden/check_a.py", ""
    )

    (check,) = load_check_file(folder / "hidden" / "check_a.py")

    assert check.parts[0].source().draw(0, 1) == [["fn", "mine", []]]


def pytest_on(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )


@pytest.mark.parametrize("mode", ["importlib", "prepend"])
def test_pytest_on_two_days_keeps_their_own_traces(tmp_path: Path, mode: str) -> None:
    one, two = two_days(tmp_path)

    found = pytest_on(
        one / "checks", two / "checks", f"--import-mode={mode}", "-q", cwd=one.parents[1]
    )

    assert "2 passed" in found.stdout
    assert found.returncode == 0


def test_pytest_shows_a_failing_check_as_its_table_of_steps(tmp_path: Path) -> None:
    day = make(tmp_path)
    wrong = day.submission(COUNTER.replace("+= n", "+= n + 1"))

    found = pytest_on(day.folder / "checks", "--submission", wrong, "-q", cwd=day.root)

    assert found.returncode == 1
    assert "Step 2, `counter.add(0)`, returned 1; expected 0." in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


def test_pytest_takes_the_stub_where_no_submission_is_named(tmp_path: Path) -> None:
    day = make(tmp_path)
    (day.folder / "stub" / "counter.py").write_text(STUB, encoding="utf-8")

    found = pytest_on(day.folder / "checks", "-q", cwd=day.root)

    assert found.stdout.count("is not implemented yet") >= 3
    assert "4 failed" in found.stdout


def test_the_plugin_leaves_other_files_of_that_name_alone(tmp_path: Path) -> None:
    (tmp_path / "check_mine.py").write_text("def test_a(): pass\n", encoding="utf-8")

    found = pytest_on("check_mine.py", "-q", cwd=tmp_path)

    assert "1 passed" in found.stdout


@pytest.mark.parametrize("path", ["/check_a.py", "/a/check_a.py", "/a/b/check_a.py"])
def test_the_plugin_is_at_ease_near_the_root(path: Path) -> None:
    assert plugin.pytest_collect_file(Path(path), None) is None
