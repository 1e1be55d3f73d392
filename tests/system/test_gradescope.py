"""The bundle on a simulated Gradescope: its container, its harness, its order of events.

The image has an older Python first on its path. One session is played for most of the
tests: a set-up, a second one, then submissions, honest and hostile ones.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import repacked
from platform_site import METADATA, course
from tiny import COUNTER, OFF_BY_ONE, STUB

from grader import bundle, release, template
from grader.errors import SpecError
from grader.harness import MOMENTS, take, view
from grader.preview import lines, play, submission
from grader.simulator import Played, Step

IS_ROOT = os.geteuid() == 0
OURS = f"python{sys.version_info.major}.{sys.version_info.minor}"
FIRST = "/opt/first"  # stands first on PATH

# A python3 that is too old, and answers like one.
OLD = """\
#!/bin/sh
echo "setup.sh: not $0 (3.10.12): it is older than 3.11"
exit 1
"""
HANGS = "while True:\n    pass\n"

# Answers with what it could do; each of these is a way to points or to secrets.
SNOOPS = """
import glob, os, signal

def tries():
    for path in (
        "/autograder", "/autograder/source", "/autograder/results", "/autograder/submission",
        *glob.glob("/proc/[0-9]*/environ"), "/autograder/submission_metadata.json",
        "/autograder/source/reference/tiny/counter.py", "/autograder/results/results.json",
        "/autograder/source/assignments/tiny/corpus/T.3.corpus",
    ):
        try:
            if "secret-address" in open(path, errors="replace").read() or "environ" not in path:
                yield "read " + path
        except OSError:
            pass
    for attempt in (
        lambda: os.unlink("/autograder/results/results.json"),
        lambda: os.rename("/autograder/results", "/autograder/gone"),
        lambda: open("/autograder/results/results.json", "w"),
        lambda: os.chmod("/autograder", 0o777),
        lambda: os.setuid(0),
        lambda: os.kill(1, signal.SIGKILL),
    ):
        try:
            attempt()
            yield "did something"
        except OSError:
            pass
"""
SNOOPS += COUNTER.replace("return self._value\n", "return [os.getuid() == 0, *tries()]\n")
FILLS_THE_DISK = """
class Counter:
    def __init__(self, limit):
        with open("big", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
"""


def sh(script: str, *, seconds: float = 120) -> Step:
    """Return the step that runs a shell script in the container."""
    return Step("command", ("/bin/sh", "-euc", script), timeout_s=seconds)


def old_python() -> Step:
    """Return the step that puts an old python first on the path."""
    made = "".join(written(f"{FIRST}/{name}", OLD) for name in ("python3", "python3.13"))
    return sh(f"mkdir -p {FIRST}\n{made}")


def written(path: str, text: str) -> str:
    """Return the lines of a shell script that write a program."""
    return f"cat >{path} <<'#'\n{text}#\nchmod 755 {path}\n"


def hand_in(counter: str | None, metadata: object = METADATA, **changed: Any) -> Step:
    """Return the step that submits ``counter.py``."""
    files = {} if counter is None else {"counter.py": counter.encode().hex()}
    text = metadata if isinstance(metadata, str | None) else json.dumps(metadata)
    return Step("submit", files=files, metadata=text, **changed)


def at(hour: int) -> dict[str, Any]:
    """Return metadata of a submission at that hour of the day on which it is due at 18."""
    return METADATA | {"created_at": f"2026-09-10T{hour:02}:00:00.000000-07:00"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle with its wheels, of what runs here."""
    assignment = course(tmp_path_factory.mktemp("course")).assignment
    wheels = repacked.wheels()
    entries = bundle.contents(assignment)
    locked = (template.folder("gradescope") / bundle.LOCK).read_bytes()
    entries["requirements.txt"] = entries["requirements.txt"].replace(locked, repacked.lock(wheels))
    entries = bundle.vendored(entries, wheels)
    path = tmp_path_factory.mktemp("bundle") / "autograder.zip"
    release.write(entries, path, executable=bundle.EXECUTABLE)
    return path


@pytest.fixture(scope="module")
def stage(archive: Path) -> "Stage":
    """Return what plays steps, or skip where nothing can be played."""
    try:
        (found,) = play(archive, [sh(f"test -x /usr/bin/{OURS} || test -x /usr/local/bin/{OURS}")])
    except SpecError as error:
        pytest.skip(str(error))
    if found.status:
        pytest.skip(f"needs a {OURS} in /usr or /usr/local, which every user may read")
    return Stage(archive)


@dataclass(frozen=True)
class Stage:
    """The bundle, ready to be played."""

    archive: Path

    def play(self, **steps: Step) -> Mapping[str, Played]:
        """Play named steps in one container."""
        played = play(self.archive, list(steps.values()), path=FIRST, limited=False)
        return dict(zip(steps, played, strict=True))


@pytest.fixture(scope="module")
def session(stage: Stage) -> Mapping[str, Played]:
    """Play one session."""
    broken = "mv /opt/grader/venv/bin/python /opt/grader/venv/bin/away"
    return stage.play(
        prepare=old_python(),
        system_before=sh("find /usr/lib/python3 /usr/local/lib -newer /opt/first | sort"),
        setup=Step("setup"),
        again=Step("setup"),
        system_after=sh("find /usr/lib/python3 /usr/local/lib -newer /opt/first | sort"),
        reference=hand_in(COUNTER, at(9), history=True),
        wrong=hand_in(OFF_BY_ONE, at(10), history=True),
        one_too_many=hand_in(COUNTER, at(11), history=True),
        stub=hand_in(STUB),
        nothing=hand_in(None),
        without_metadata=hand_in(COUNTER, None),
        garbage=hand_in(COUNTER, "{"),
        hanging=hand_in(HANGS),
        snoop=hand_in(SNOOPS),
        filling=hand_in(FILLS_THE_DISK),
        closed=sh("stat -c '%a %n' /autograder /autograder/*/"),
        killed=hand_in(HANGS, timeout_s=1),
        terminated=sh("timeout -s TERM 2 ./run_autograder || cat results/results.json"),
        no_results=sh("rm -rf results; ./run_autograder; head -c 1 results/results.json"),
        broken=sh(f"{broken}; ./run_autograder || cat results/results.json"),
        repaired=sh("umask 077; source/setup.sh"),
        umask=sh("umask 077; chmod 777 source; ./run_autograder; cat results/results.json"),
    )


def results(played: Played) -> dict[str, Any]:
    """Return the results.json that a run left."""
    assert played.results is not None, played.output
    found: dict[str, Any] = json.loads(played.results)
    return found


def outcomes(played: Played) -> list[str]:
    """Return the first line of each test's output."""
    return [str(test["output"]).partition("\n")[0] for test in results(played)["tests"]]


# --- setup.sh -----------------------------------------------------------------


def test_setup_passes_over_an_old_python_and_proves_the_reference(
    session: Mapping[str, Played],
) -> None:
    setup = session["setup"]

    assert setup.status == 0, setup.output
    assert f"not {FIRST}/python3.13 (3.10.12): it is older than 3.11" in setup.output
    assert "The reference of tiny earns 100 of 100 points here" in setup.output


def test_setup_again_installs_nothing_and_proves_the_reference_again(
    session: Mapping[str, Played],
) -> None:
    again = session["again"]

    assert again.status == 0
    assert "setup.sh: using" not in again.output
    assert "The reference of tiny earns 100 of 100 points here" in again.output


def test_setup_repairs_an_environment_that_does_not_start(session: Mapping[str, Played]) -> None:
    assert session["repaired"].status == 0
    assert "setup.sh: using" in session["repaired"].output


def test_an_umask_and_open_folders_of_the_image_do_not_matter(
    session: Mapping[str, Played],
) -> None:
    assert '"score": 0' in session["umask"].output  # what was last handed in hangs
    assert '"status": "failed"' in session["umask"].output


def test_the_systems_own_packages_are_as_they_were(session: Mapping[str, Played]) -> None:
    assert session["system_after"].output == session["system_before"].output


# --- submissions --------------------------------------------------------------


def test_each_submission_gets_its_points(session: Mapping[str, Played]) -> None:
    names = ("reference", "wrong", "stub", "nothing", "without_metadata", "garbage")

    assert [results(session[name])["score"] for name in names] == [100, 30, 0, 0, 100, 100]


def test_a_student_sees_hidden_checks_and_the_total_when_it_is_time(
    session: Mapping[str, Played],
) -> None:
    played = session["reference"]

    seen = [view(take((played.results or "").encode()), moment) for moment in MOMENTS]

    assert [[test["number"] for test in one.tests] for one in seen] == [
        ["T.1", "T.2"],
        ["T.1", "T.2", "T.3"],
        ["T.1", "T.2", "T.3"],
    ]
    assert [one.total for one in seen] == [None, None, None]  # T.4 is never shown
    assert "100" not in seen[0].output


def test_the_day_s_limit_holds_and_the_latest_score_stands(session: Mapping[str, Played]) -> None:
    refused = results(session["one_too_many"])

    assert refused["score"] == 30
    assert refused["output"].startswith("This submission was not graded: 2 submissions")
    assert refused["tests"] == results(session["wrong"])["tests"]


def test_a_program_that_hangs_gets_its_results_in_time(session: Mapping[str, Played]) -> None:
    assert session["hanging"].timed_out is False
    assert outcomes(session["hanging"])[:2] == ["timed out", "timed out"]


@pytest.mark.skipif(not IS_ROOT, reason="tier B needs more than one user id")
def test_nothing_of_the_platform_is_in_reach_of_a_submission(session: Mapping[str, Played]) -> None:
    snoop = session["snoop"]

    assert "returned [False]; expected 0." in results(snoop)["tests"][0]["output"]
    assert results(snoop)["extra_data"]["tier"] == "B"


def test_a_full_disk_is_the_programs_own(session: Mapping[str, Played]) -> None:
    assert results(session["filling"])["tests"][0]["score"] == 0
    assert results(session["killed"])["score"] == 0  # the disk is not full for the next one


def test_names_and_addresses_reach_neither_the_results_nor_the_submission(
    session: Mapping[str, Played],
) -> None:
    told = "".join(str(played.results) + played.output for played in session.values())

    assert "ann@example.org" not in told
    assert "secret-address" not in told


# --- what else may happen -----------------------------------------------------


@pytest.mark.parametrize("name", ["killed", "terminated", "broken"])
def test_a_valid_results_json_is_left_whatever_happens(
    session: Mapping[str, Played], name: str
) -> None:
    played = session[name]

    text = played.results or played.output[played.output.index("{\n") :]

    assert "This is not your fault; please tell the staff" in json.loads(text)["output"]


def test_a_missing_results_folder_is_made(session: Mapping[str, Played]) -> None:
    assert session["no_results"].output.endswith("{")


def test_the_folders_are_closed_to_other_users(session: Mapping[str, Played]) -> None:
    lines = session["closed"].output.splitlines()

    assert {line.split()[0] for line in lines} == {"700"}
    assert len(lines) == 4


# --- images without a Python that is new enough -------------------------------

# The image's Python goes away; what installs one puts it back.
HIDE = f"""
mkdir -p {FIRST} /opt/kept
for folder in /usr/bin /usr/local/bin; do
  for file in $folder/python3*; do
    if test -e $file; then mv $file /opt/kept/; fi
  done
done
"""
APT = f"""\
#!/bin/sh
echo "$@" >>/opt/calls
case "$*" in
  install*{OURS}*) cp /opt/kept/{OURS} /usr/bin/ ;;
  install*) exit 100 ;;
esac
"""
UV = f"""\
#!/bin/sh
echo "$UV_PYTHON_INSTALL_DIR: $@" >>/opt/calls
case "$*" in
  *install*) mkdir -p $UV_PYTHON_INSTALL_DIR/bin; cp /opt/kept/{OURS} $UV_PYTHON_INSTALL_DIR/bin/ ;;
  *find*) echo $UV_PYTHON_INSTALL_DIR/bin/{OURS} ;;
esac
"""
NOTHING = "#!/bin/sh\nexit 1\n"


def without_python(**programs: str) -> Step:
    """Return the step that hides the image's Python and puts ``programs`` on the path."""
    programs["python3"] = OLD
    made = "".join(written(f"{FIRST}/{name}", text) for name, text in programs.items())
    return sh(HIDE + made.replace("apt_get", "apt-get"))


@pytest.mark.skipif(not IS_ROOT, reason="moves files that are root's")
def test_without_a_python_the_distributions_is_installed(stage: Stage) -> None:
    found = stage.play(
        prepare=without_python(apt_get=APT), setup=Step("setup"), calls=sh("cat /opt/calls")
    )

    calls = found["calls"].output.splitlines()
    assert found["setup"].status == 0, found["setup"].output
    assert f"setup.sh: using /usr/bin/{OURS}" in found["setup"].output
    assert calls[0] == "update"
    assert calls[-1].endswith(f"{OURS} {OURS}-venv")


@pytest.mark.skipif(not IS_ROOT, reason="moves files that are root's")
def test_where_the_distribution_has_none_uv_brings_one_where_every_user_may_read_it(
    stage: Stage,
) -> None:
    found = stage.play(
        prepare=without_python(apt_get=NOTHING, uv=UV),
        setup=Step("setup"),
        calls=sh("cat /opt/calls"),
    )

    assert found["setup"].status == 0, found["setup"].output
    assert found["calls"].output.splitlines() == [
        "/opt/grader/python: python install 3.12",
        "/opt/grader/python: python find --managed-python 3.12",
    ]


@pytest.mark.skipif(not IS_ROOT, reason="moves files that are root's")
def test_where_nobody_has_a_python_setup_fails_loudly(stage: Stage) -> None:
    found = stage.play(prepare=without_python(apt_get=NOTHING, uv=NOTHING), setup=Step("setup"))

    assert found["setup"].status != 0
    assert (
        found["setup"]
        .output.rstrip()
        .endswith("setup.sh: FAILED while looking for Python 3.11 or newer; nothing can be graded")
    )


@pytest.mark.skipif(not IS_ROOT, reason="the folder of a submission's user needs another id")
def test_a_set_up_that_was_killed_in_the_middle_starts_over(stage: Stage) -> None:
    halfway = "python3 -c ''; while ! test -e /opt/grader/venv; do :; done; kill -9 $!"
    found = stage.play(
        unpacked=Step("setup", timeout_s=0.1),
        killed=sh(f"rm -rf /opt/grader; source/setup.sh >/dev/null 2>&1 & {halfway}"),
        after=Step("setup"),
        right=hand_in(COUNTER),
    )

    assert found["unpacked"].timed_out
    assert found["after"].status == 0, found["after"].output
    assert results(found["right"])["score"] == 100


# --- the preview --------------------------------------------------------------


def test_the_preview_shows_both_sides(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "counter.py").write_text(OFF_BY_ONE)

    told: Sequence[str] = lines(stage.archive, submission(tmp_path))

    text = "\n".join(told)
    assert "The student sees before the due date: no total, and 2 checks" in told
    assert "The student sees after the due date: no total, and 3 checks" in told
    assert "The student sees once grades are published: the same." in told
    assert text.index("30 of 100 points") < text.index("The student sees")


def test_a_preview_of_nothing_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="does not exist; give the folder with the files"):
        submission(tmp_path / "nowhere")


def test_without_namespaces_the_preview_says_what_it_needs(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    with pytest.raises(SpecError, match="needs Linux"):
        play(archive, [])
