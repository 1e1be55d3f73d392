"""The workflows: well formed, pinned, without rights, and their steps do what they say.

The steps run here in bash as they would there; only the package index is left out: what is
installed beside this Python serves as the packages that the grader needs.
"""

import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny import ROOT, environment

from grader import confine, handout, new, packing
from grader.spec import read_assignment

STUDENT = ROOT / "templates" / "github" / "student.yml"
REGRADE = ROOT / "templates" / "github" / "regrade.yml"
WORKFLOWS = [STUDENT, REGRADE, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
BIN = Path(sys.executable).parent


def read(workflow: Path) -> dict[Any, Any]:
    """Return a workflow; YAML 1.1 takes its key ``on`` for a truth."""
    found: dict[Any, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    return found


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read(workflow)["jobs"].values() for step in job["steps"]]


def scripts(workflow: Path) -> list[str]:
    return [step["run"] for step in steps(workflow) if "run" in step]


# --- how they are written -----------------------------------------------------


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_it_is_a_workflow_by_the_schema(workflow: Path) -> None:
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow]

    found = subprocess.run(command, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout


def test_the_schema_can_refuse(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text(STUDENT.read_text(encoding="utf-8").replace("runs-on", "run-on"), "utf-8")
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", broken]

    found = subprocess.run(command, capture_output=True, text=True, check=False)

    assert found.returncode == 1


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_its_scripts_have_no_known_pitfall(workflow: Path, tmp_path: Path) -> None:
    for number, script in enumerate(scripts(workflow)):
        file = tmp_path / f"{number}.sh"
        file.write_text(f"#!/bin/bash\n{script}", encoding="utf-8")
        found = subprocess.run(
            [BIN / "shellcheck", file], capture_output=True, text=True, check=False
        )

        assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_it_may_only_read_and_uses_no_secret(workflow: Path) -> None:
    assert read(workflow)["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in read(workflow)["jobs"].values())
    assert not re.search(r"\$\{\{[^}]*\b(secrets|token)\b", workflow.read_text(encoding="utf-8"))
    assert "pull_request_target" not in workflow.read_text(encoding="utf-8")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_to_a_commit_and_leaves_no_credentials(workflow: Path) -> None:
    actions = [step for step in steps(workflow) if "uses" in step]

    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"]) for step in actions)
    assert all(
        step["with"]["persist-credentials"] is False
        for step in actions
        if step["uses"].startswith("actions/checkout@")
    )


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_from_outside_is_pasted_into_a_script(workflow: Path) -> None:
    """``${{ ... }}`` in a script is replaced as text, before bash reads it."""
    assert [script for script in scripts(workflow) if "${{" in script] == []


# --- running them -------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """What a run of the steps left: the status of each step that ran, and where."""

    statuses: list[int]
    output: str
    workspace: Path

    @property
    def summary(self) -> str:
        """What the page of the job shows."""
        return (self.workspace.parent / "step_summary").read_text(encoding="utf-8")


def run(
    workflow: Path, workspace: Path, inputs: Mapping[str, str], *, first: int = 0, **changed: str
) -> Job:
    """Run the scripts of ``workflow``, from the ``first`` on, until one fails."""
    place = workspace.parent
    (place / "step_summary").touch()
    (place / "bin").mkdir(exist_ok=True)
    sudo = place / "bin" / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n', encoding="utf-8")
    sudo.chmod(0o755)
    general = environment(
        PATH=f"{place / 'bin'}:{BIN}:/usr/bin:/bin",
        GITHUB_WORKSPACE=str(workspace),
        GITHUB_STEP_SUMMARY=str(place / "step_summary"),
        RUNNER_TEMP=str(place),
        PYTHONPATH=sysconfig.get_path("purelib"),
        PIP_NO_INDEX="1",
        PIP_NO_DEPS="1",
        PIP_IGNORE_INSTALLED="1",
    )
    statuses, output = [], ""
    for step in [step for step in steps(workflow) if "run" in step][first:]:
        own = {name: _filled(text, inputs) for name, text in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace / step.get("working-directory", "."),
            env=general | read(workflow).get("env", {}) | own | changed,
            capture_output=True,
            text=True,
            check=False,
        )
        statuses.append(done.returncode)
        output += done.stdout + done.stderr
        if done.returncode:
            break
    return Job(statuses, output, workspace)


def put_grader(tools: Path, script: str = f'exec {BIN / "grader"} "$@"') -> None:
    """Put ``script`` where the steps before the last would have installed the grader."""
    program = tools / "bin" / "grader"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], text)


@pytest.fixture
def course(tmp_path: Path) -> new.Made:
    """Make a course with the assignment of the template."""
    root = tmp_path / "course"
    root.mkdir()
    return new.make("lab1", root)


# --- a student's repository ---------------------------------------------------


@dataclass(frozen=True)
class Handout:
    """A handout that can be fetched, and a workspace with a student's files."""

    course: new.Made
    zip: Path
    workspace: Path

    def run(self, **changed: str) -> Job:
        """Run the whole job."""
        digest = sha256(self.zip.read_bytes()).hexdigest()
        where = {"HANDOUT_URL": self.zip.as_uri(), "HANDOUT_SHA256": digest} | changed
        return run(STUDENT, self.workspace, {}, **where)

    def check(self) -> Job:
        """Run its last step on a handout that is there and a grader that is installed."""
        zipfile.ZipFile(self.zip).extractall(self.workspace / "handout")
        put_grader(self.workspace / "tools")
        return run(STUDENT, self.workspace, {}, first=2)

    def hand_in(self, files: Mapping[str, str | bytes]) -> None:
        """Put files where the job checks out the student's repository."""
        checkout = next(step for step in steps(STUDENT) if "checkout" in step.get("uses", ""))
        for name, content in files.items():
            path = self.workspace / checkout["with"].get("path", ".") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.fixture
def handed_out(course: new.Made, tmp_path: Path) -> Handout:
    made = tmp_path / "lab1.zip"
    made.write_bytes(packing.zipped(handout.contents(read_assignment(course.assignment))))
    workspace = tmp_path / "work" / "repository"
    workspace.mkdir(parents=True)
    return Handout(course, made, workspace)


def test_a_right_program_gets_a_green_job_and_a_table(handed_out: Handout) -> None:
    handed_out.hand_in(
        {"cloakroom.py": (handed_out.course.reference / "cloakroom.py").read_bytes()}
    )

    job = handed_out.check()

    assert job.statuses == [0], job.output
    assert job.summary.startswith("6 of 6 points\n\n| check | what | result | points |\n")


def test_a_wrong_one_gets_a_red_job_with_the_steps_that_show_it(handed_out: Handout) -> None:
    sample = handed_out.course.assignment / "samples" / "counts_from_one" / "cloakroom.py"
    handed_out.hand_in({"cloakroom.py": sample.read_bytes()})

    job = handed_out.check()

    assert job.statuses == [1], job.output
    assert job.summary.startswith("0 of 6 points\n")
    assert "| step | call | yours | expected |" in job.summary
    assert (job.workspace / ".grader" / "traces" / "handout" / "C.1.json").is_file()


def test_no_file_of_the_repository_takes_part_in_checking_it(handed_out: Handout) -> None:
    """Neither checks of its own, nor modules with the names of those that grade."""
    sample = handed_out.course.assignment / "samples" / "counts_from_one" / "cloakroom.py"
    names = ("zipfile", "venv", "pip", "secrets", "grader", "yaml", "sitecustomize", "conftest")
    handed_out.hand_in(
        {
            "cloakroom.py": sample.read_bytes(),
            "assignment.yaml": "points: 0",
            "checks/visible/check_cloakroom.py": "def check(run): pass",
            "requirements.txt": "./not/there",
            **{f"{name}.py": "import os; os._exit(0)" for name in names},
        }
    )

    job = handed_out.run()

    assert job.statuses == [0, 0, 1], job.output
    assert job.summary.startswith("0 of 6 points\n")


def test_what_a_program_says_is_no_order_to_the_runner(handed_out: Handout) -> None:
    handed_out.hand_in({"cloakroom.py": 'raise ValueError("\\n::error::x\\n##[error]y")\n'})

    job = handed_out.check()

    orders = re.findall("^ *(::.*|.*##\\[.*)", job.output, re.MULTILINE)
    assert job.statuses == [1], job.output
    assert re.fullmatch("::stop-commands::([0-9a-f]{32})", orders[0])
    assert orders[-1] == f"::{orders[0].rpartition('::')[2]}::"
    assert "::error" not in job.summary


def test_another_handout_than_the_pinned_one_is_not_used(handed_out: Handout) -> None:
    job = handed_out.run(HANDOUT_SHA256="0" * 64)

    assert job.statuses == [1]
    assert not (job.workspace / "handout").exists()


# --- the course's repository --------------------------------------------------

needs_confinement = pytest.mark.skipif(
    confine.strongest().letter == "D", reason="submissions cannot be confined here"
)


def regrade(course: new.Made, assignment: str = "lab1", **options: Any) -> Job:
    inputs = {"assignment": assignment, "submissions": "submissions"}
    return run(REGRADE, course.assignment.parents[1], inputs, **options)


def put_wheel(course: new.Made) -> str:
    """Put a wheel of this grader into the course's repository; return its path there."""
    name, wheel = packing.grader_wheel()
    folder = course.assignment.parents[1] / "wheels"
    folder.mkdir()
    (folder / name).write_bytes(wheel)
    return f"wheels/{name}"


def tools(course: new.Made) -> Path:
    """Return where the first step installs the grader."""
    return course.assignment.parents[2] / "tools"


def submit(course: new.Made, name: str, source: Path | None) -> None:
    folder = course.assignment.parents[1] / "submissions" / name
    folder.mkdir(parents=True)
    if source is not None:
        (folder / "cloakroom.py").write_bytes(source.read_bytes())


@needs_confinement
def test_every_submission_is_graded_and_one_with_nothing_in_it_stops_nobody(
    course: new.Made,
) -> None:
    sample = course.assignment / "samples" / "counts_from_one" / "cloakroom.py"
    submit(course, "ann", course.reference / "cloakroom.py")
    submit(course, "bob's | `homework`", sample)
    submit(course, "::error::carol", sample)
    submit(course, "dave", None)
    (course.assignment.parents[1] / "submissions" / "dave").rmdir()
    (course.assignment.parents[1] / "submissions" / "dave").symlink_to("/nowhere")

    job = regrade(course, GRADER=put_wheel(course))

    points = (job.workspace / "results" / "points.txt").read_text(encoding="utf-8")
    assert job.statuses == [0, 0], job.output
    assert re.sub(" {2,}", "  ", points).splitlines() == [
        "0 of 10 points  ::error::carol",
        "10 of 10 points  ann",
        "0 of 10 points  bob\\'s\\ \\|\\ \\`homework\\`",
    ]
    assert "3 graded, 0 refused, 0 faults of the grader" in job.summary
    written = {path.name for path in job.workspace.glob("results/submissions/ann/*")}
    assert written >= {"results.json", "report.json", "junit.xml", "summary.md", "log.txt"}


@needs_confinement
def test_a_mistake_in_the_assignment_ends_it_before_any_submission(course: new.Made) -> None:
    submit(course, "ann", course.reference / "cloakroom.py")
    put_grader(tools(course))

    job = regrade(course, "lab2", first=1)

    assert job.statuses == [2]
    assert "there is no assignment 'lab2'" in job.output
    assert not (job.workspace / "results" / "submissions").exists()


TIER_A = 'if [ "$1" = doctor ]; then echo "confinement tier A: all"; exit 0; fi\n'


@pytest.mark.parametrize("said", ["ok confinement  tier D: nothing", "what?", ""])
def test_without_confinement_nothing_is_graded(course: new.Made, said: str) -> None:
    submit(course, "ann", None)
    put_grader(tools(course), f'echo "{said}"; echo "$1" >> called; exit 1')

    job = regrade(course, first=1)

    assert job.statuses == [3]
    assert (job.workspace / "called").read_text(encoding="utf-8") == "doctor\n"


def test_a_fault_of_the_grader_is_no_grade_and_the_others_are_graded(course: new.Made) -> None:
    for name in ("ann", "bob", "carol"):
        submit(course, name, None)
    faulty = (
        'echo "7 of 10 points" > "$5/summary.md"; case $3 in *bob/) exit 3;; *carol/) exit 2;; esac'
    )
    put_grader(tools(course), f'{TIER_A}mkdir -p "$5"; {faulty}')

    job = regrade(course, first=1)

    points = (job.workspace / "results" / "points.txt").read_text(encoding="utf-8")
    assert job.statuses == [3]
    assert re.sub(" {2,}", "  ", points).splitlines() == [
        "7 of 10 points  ann",
        "not graded: a fault of the grader, see log.txt  bob",
        "not graded: nothing to grade, see log.txt  carol",
    ]
    assert "1 graded, 1 refused, 1 faults of the grader" in job.summary


def test_no_submission_at_all_is_a_mistake(course: new.Made) -> None:
    put_grader(tools(course), f"{TIER_A}exit 0")

    job = regrade(course, first=1)

    assert job.statuses == [2]
    assert "there is no folder in the folder of submissions" in job.output
