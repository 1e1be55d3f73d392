"""Files that take over a tool which is run beside them: none of ours is, with any of them.

A grader that runs pytest or Python in the folder of a submission obeys what lies there.
Each attack leaves a mark outside when its code runs where it should not, and works (second
test) on such a grader. On ours, all of them together change neither points nor anything else.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tiny import COUNTER, OFF_BY_ONE, Tiny, command, environment, make

IN_PYTEST = ("-m", "pytest", "-q", ".")


@dataclass(frozen=True)
class Attack:
    """What lies in the folder, and how a naive grader there comes to run it.

    ``{}`` in a file becomes the code that leaves the mark; ``python`` are arguments.
    """

    name: str
    files: Mapping[str, str]
    python: Sequence[str] = IN_PYTEST
    env: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def shadow(name: str) -> Attack:
    """Return the attack that stands in the place of a module that others import."""
    return Attack(f"a {name} of one's own", {name: "{}"})


ATTACKS = [
    Attack("conftest.py", {"conftest.py": "{}"}),
    Attack("pytest.ini", {"pytest.ini": "[pytest]\naddopts = -p of_ini\n", "of_ini.py": "{}"}),
    Attack("setup.cfg", {"setup.cfg": "[tool:pytest]\naddopts = -p of_cfg\n", "of_cfg.py": "{}"}),
    Attack(
        "pyproject.toml",
        {
            "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p of_toml'\n",
            "of_toml.py": "{}",
        },
    ),
    Attack("PYTEST_ADDOPTS", {"of_env.py": "{}"}, env={"PYTEST_ADDOPTS": "-p of_env"}),
    Attack("PYTEST_PLUGINS", {"of_plugins.py": "{}"}, env={"PYTEST_PLUGINS": "of_plugins"}),
    Attack("a test of one's own", {"test_all.py": "{}"}),
    Attack("sitecustomize.py", {"sitecustomize.py": "{}"}, ("-c", ""), {"PYTHONPATH": "."}),
    Attack("usercustomize.py", {"usercustomize.py": "{}"}, ("-c", ""), {"PYTHONPATH": "."}),
    Attack(
        "a .pth file",
        {"evil.pth": "import of_pth\n", "of_pth.py": "{}"},
        ("-c", "import site; site.addsitedir('.')"),
    ),
    shadow("json.py"),
    shadow("random.py"),
    shadow("enum.py"),
    Attack("a click.py of one's own", {"click.py": "{}"}, ("-m", "grader", "--help")),
    shadow("hypothesis.py"),
    shadow("grader.py"),
    Attack("machine.py", {"machine.py": "{}"}, ("-c", "import counter")),
    Attack("machine/", {"machine/__init__.py": "{}"}, ("-c", "import counter")),
    Attack("__init__.py", {"__init__.py": "{}", "test_it.py": ""}),
    Attack("__main__.py", {"__main__.py": "{}"}, (".",)),
]


def code(marks: Path, name: str) -> str:
    """Return a program that leaves a mark; it must not break what imports it."""
    path = str(marks / name.replace("/", "_"))
    return f"try:\n    open({path!r}, 'w').close()\nexcept OSError:\n    pass\n"


def left_in(marks: Path) -> list[str]:
    """Return whose code has run."""
    return sorted(path.name for path in marks.iterdir())


def put(folder: Path, attack: Attack, marks: Path) -> None:
    for name, text in attack.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{}", code(marks, attack.name)), encoding="utf-8")


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Return a folder in which any user may leave a mark."""
    made = tmp_path / "marks"
    made.mkdir()
    made.chmod(0o777)
    return made


def graded(day: Tiny, folder: Path, marks: Path) -> tuple[dict[str, float], list[str]]:
    """Grade ``folder`` from inside of it; return the points by check, and the marks left."""
    for attack in ATTACKS:
        put(folder, attack, marks)
    env = environment(**{name: value for each in ATTACKS for name, value in each.env.items()})
    env.pop("PYTHONPATH")  # who sets it to "." runs Python there
    found = subprocess.run(
        command("grade", day.folder, ".", "--out", day.root / "out"),
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    results = json.loads((day.root / "out" / "results.json").read_bytes())
    return {each["number"]: each["score"] for each in results["tests"]}, left_in(marks)


@pytest.mark.parametrize("source", [COUNTER, OFF_BY_ONE], ids=["right", "wrong"])
def test_with_all_of_them_the_points_are_those_of_the_program(
    tmp_path: Path, marks: Path, source: str
) -> None:
    day = make(tmp_path)
    folder = day.submission(source)
    alone = {check.id: check.earned for check in day.grade(folder).checks}

    points, left = graded(day, folder, marks)

    assert points == alone
    assert left == []


def test_a_student_who_checks_in_such_a_folder_gets_the_same(tmp_path: Path, marks: Path) -> None:
    """Also with the corpus of a handout; the files are then run in no other process than before."""
    day = make(tmp_path)
    folder = day.submission(COUNTER)
    for attack in ATTACKS:
        put(folder, attack, marks)

    found = subprocess.run(
        command("check", day.folder, "--submission", ".", "--json"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (found.returncode, json.loads(found.stdout)["earned"]) == (0, 50), found.stderr
    assert left_in(marks) == []


def test_pytest_on_the_checks_obeys_nothing_of_the_submission(tmp_path: Path, marks: Path) -> None:
    """Given with "=": of a word that stands alone pytest thinks, at first, that it names tests."""
    day = make(tmp_path)
    folder = day.submission(COUNTER)
    for attack in ATTACKS:
        put(folder, attack, marks)

    found = subprocess.run(
        [Path(sys.executable).with_name("pytest"), "-q", day.folder / "checks", "--submission=."],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert found.returncode == 0, found.stdout
    assert left_in(marks) == []


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_it_works_where_a_tool_runs_in_that_folder(
    tmp_path: Path, marks: Path, attack: Attack
) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / "counter.py").write_text(COUNTER, encoding="utf-8")
    put(folder, attack, marks)
    # A virtual environment has no user's site, and with it no usercustomize.
    python = sys._base_executable if "customize" in attack.name else sys.executable

    subprocess.run(
        [python, *attack.python],
        cwd=folder,
        env=environment(**attack.env),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert left_in(marks) == [attack.name.replace("/", "_")]
