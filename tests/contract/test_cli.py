"""The command as people and programs meet it: exit codes, what it prints, how it ends."""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import COUNTER, OFF_BY_ONE, STUB, Command, Tiny, command, environment


def eventually(condition: Callable[[], bool]) -> bool:
    """Return whether ``condition`` comes true before a generous bound."""
    pause = threading.Event()
    return any(condition() or pause.wait(0.02) for _ in range(1000))


# --- check --------------------------------------------------------------------


def test_check_exits_with_0_when_no_point_is_missing_and_1_otherwise(day: Tiny) -> None:
    right = day.grader("check", "tiny", "--submission", day.submission())
    wrong = day.grader("check", "tiny", "--submission", day.submission(OFF_BY_ONE, name="bob"))

    assert (right.returncode, wrong.returncode) == (0, 1)
    assert right.stderr == wrong.stderr == ""
    assert "50 of 50 points" in right.stdout
    assert "10 of 50 points" in wrong.stdout


def test_check_shows_a_line_per_check_the_table_the_failure_and_how_to_run_it_again(
    day: Tiny, grader: Command
) -> None:
    found = grader("check", "tiny", "--submission", day.submission(OFF_BY_ONE))

    assert [line.rstrip() for line in found.stdout.splitlines()] == [
        "T.1    wrong",
        "T.2    passed",
        "",
        "check   what                              result    points",
        "──────────────────────────────────────────────────────────",
        "T.1     Adding returns the sum            wrong     0 / 40",
        "T.2     What cannot be added is refused   passed   10 / 10",
        "",
        "10 of 50 points",
        "2 more checks (50 points) run after the due date.",
        "",
        "T.1  Adding returns the sum",
        "Step 2, `counter.add(8)`, returned 9; expected 8.",
        "",
        "step   call                         yours   expected",
        "────────────────────────────────────────────────────",
        "   1   counter = Counter(limit=8)   ok      ok",
        "   2   counter.add(8)               9       8",
        "",
        "Run just these steps again:",
        "  grader repro .grader/traces/tiny/T.1.json",
    ]


def test_other_failures_are_named_with_the_line_that_shows_one(day: Tiny, grader: Command) -> None:
    source = OFF_BY_ONE.replace("raise err(errno.EINVAL)", "raise err(errno.EPERM)")

    found = grader("check", "tiny", "--submission", day.submission(source))

    last = found.stdout.splitlines()[-1]
    assert last == "Likewise for T.2: grader repro .grader/traces/tiny/T.2.json"


def test_one_check_leaves_the_traces_of_others_where_they_are(day: Tiny, grader: Command) -> None:
    source = OFF_BY_ONE.replace("raise err(errno.EINVAL)", "raise err(errno.EPERM)")
    folder = day.submission(source)
    grader("check", "tiny", "--submission", folder)
    (folder / "counter.py").write_text(OFF_BY_ONE, encoding="utf-8")

    grader("check", "tiny", "--submission", folder, "-k", "T.2")

    kept = sorted(path.name for path in (day.root / ".grader/traces/tiny").iterdir())
    assert kept == ["T.1.json"]


def test_check_takes_the_files_of_the_folder_it_is_called_in(day: Tiny, grader: Command) -> None:
    folder = day.folder
    (folder / "counter.py").write_text(COUNTER, encoding="utf-8")

    assert grader("check", cwd=folder).returncode == 0


def test_check_takes_the_stub_where_nothing_else_is(grader: Command) -> None:
    found = grader("check", "tiny")

    assert found.returncode == 1
    assert found.stdout.count("not implemented yet") >= 4


@pytest.mark.parametrize(
    ("pattern", "run"),
    [("T.2", ["T.2"]), ("t.2", ["T.2"]), ("refused", ["T.2"]), ("adding", ["T.1"])],
)
def test_check_runs_only_what_is_asked_for(
    day: Tiny, grader: Command, pattern: str, run: list[str]
) -> None:
    found = grader("check", "tiny", "--submission", day.submission(), "-k", pattern, "--json")

    assert [each["id"] for each in json.loads(found.stdout)["checks"]] == run


def test_a_day_may_be_a_name_or_a_path_from_anywhere(day: Tiny, grader: Command) -> None:
    options = ("--submission", day.submission(), "-k", "T.2")

    inside = grader("check", "tiny", *options, cwd=day.folder / "checks")
    outside = grader("check", day.folder, *options, cwd=day.root.parent)

    assert (inside.returncode, outside.returncode) == (0, 0)


def test_check_watches_the_files_and_runs_again_when_one_changes(day: Tiny) -> None:
    folder = day.submission(OFF_BY_ONE)
    (folder / "gone.py").symlink_to("nowhere")
    arguments = command("check", "tiny", "--submission", folder, "--watch")
    with subprocess.Popen(
        arguments,
        cwd=day.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stderr.readline() == "\n"
        assert watching.stderr.readline() == f"watching {folder}; press Ctrl-C to end\n"
        (folder / "counter.py").write_text(COUNTER, encoding="utf-8")
        again = list(iter(watching.stdout.readline, "50 of 50 points\n"))
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=30)

    assert "T.1    wrong\n" in again
    assert watching.returncode == 130


# --- grade --------------------------------------------------------------------


def test_grade_writes_every_output_and_exits_with_0_whatever_the_points(
    day: Tiny, grader: Command, tmp_path: Path
) -> None:
    found = grader("grade", "tiny", day.submission(OFF_BY_ONE), "--out", tmp_path / "out")

    written = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*")}
    assert found.returncode == 0
    assert written >= {"results.json", "report.json", "junit.xml", "traces/T.1.json"}
    assert json.loads((tmp_path / "out" / "results.json").read_text())["score"] == 30


@pytest.mark.parametrize(("least", "status"), [("30", 0), ("30.5", 1), ("0", 0)])
def test_fail_under_turns_a_low_score_into_1(
    day: Tiny,
    grader: Command,
    tmp_path: Path,
    least: str,
    status: int,
) -> None:
    found = grader(
        *("grade", "tiny", day.submission(OFF_BY_ONE), "--out", tmp_path / "out"),
        *("--fail-under", least),
    )

    assert found.returncode == status
    assert (tmp_path / "out" / "report.json").is_file()


def test_two_gradings_write_the_same_report_but_for_the_times(
    day: Tiny, grader: Command, tmp_path: Path
) -> None:
    submission = day.submission(OFF_BY_ONE)
    reports = []
    for out in ("one", "other"):
        grader("grade", "tiny", submission, "--out", tmp_path / out)
        text = (tmp_path / out / "report.json").read_text(encoding="utf-8")
        reports.append(re.sub(r'"times": \{.*?\n \}', "", text, flags=re.DOTALL))

    assert reports[0] == reports[1]
    assert '"times"' not in reports[0]


# --- JSON and plain text ------------------------------------------------------


def test_json_is_all_that_is_printed_where_it_is_asked_for(
    day: Tiny, grader: Command, tmp_path: Path
) -> None:
    wrong = day.submission(OFF_BY_ONE)
    outputs = [
        grader("check", "tiny", "--submission", wrong, "--json"),
        grader("grade", "tiny", wrong, "--out", tmp_path / "out", "--json"),
        grader("repro", ".grader/traces/tiny/T.1.json", "--json"),
        grader("doctor", "tiny", "--json"),
    ]

    check, grade, repro, doctor = (json.loads(each.stdout) for each in outputs)
    assert (check["earned"], grade["earned"]) == (10, 30)
    assert repro["wrong"] == [2]
    assert {"what", "fine", "found", "remedy"} == set(doctor[0])
    assert {each.stderr for each in outputs} == {""}


def test_there_is_no_escape_code_where_nobody_watches(
    day: Tiny, grader: Command, tmp_path: Path
) -> None:
    wrong = day.submission(OFF_BY_ONE)
    outputs = [
        grader("check", "tiny", "--submission", wrong),
        grader("grade", "tiny", wrong, "--out", tmp_path / "out"),
        grader("repro", ".grader/traces/tiny/T.1.json"),
        grader("doctor", "tiny"),
        grader("check", "nowhere"),
        grader("--help"),
    ]

    assert [each for each in outputs if "\x1b" in each.stdout + each.stderr] == []


# --- repro --------------------------------------------------------------------


def test_repro_exits_with_1_while_it_differs_and_0_when_it_is_mended(
    day: Tiny, grader: Command
) -> None:
    wrong = day.submission(OFF_BY_ONE.replace("self._value += n", "self._value += n; print('hi')"))
    grader("check", "tiny", "--submission", wrong)
    kept = ".grader/traces/tiny/T.1.json"

    before = grader("repro", kept)
    (wrong / "counter.py").write_text(COUNTER, encoding="utf-8")
    after = grader("repro", kept)

    assert (before.returncode, after.returncode) == (1, 0)
    assert "counter.add(8)" in before.stdout
    assert "<-- wrong" in before.stdout
    assert before.stderr == "step 2, counter.add(8), prints:\n  | hi\n"
    assert "<-- wrong" not in after.stdout
    assert "Nothing is wrong any more." in after.stdout


def test_repro_finds_the_last_trace_of_a_check_by_its_id(day: Tiny, grader: Command) -> None:
    grader("check", "tiny", "--submission", day.submission(OFF_BY_ONE))

    found = grader("repro", "T.1")

    assert found.returncode == 1
    assert "counter.add(8)" in found.stdout


def test_repro_runs_other_files_where_it_is_told_to(day: Tiny, grader: Command) -> None:
    grader("check", "tiny", "--submission", day.submission(OFF_BY_ONE))

    found = grader(
        "repro", ".grader/traces/tiny/T.1.json", "--submission", day.submission(name="bob")
    )

    assert found.returncode == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def (:\n", "counter.py cannot be imported: SyntaxError"),
        (STUB, "NotImplementedError"),
        ("import os\nos._exit(3)\n", "the program ended itself (exit status 3)"),
        (COUNTER.replace("self._value += n", "{}[n]"), "KeyError: 8"),
    ],
)
def test_repro_tells_what_else_went_wrong(
    day: Tiny,
    grader: Command,
    source: str | bytes | None,
    said: str,
) -> None:
    wrong = day.submission(OFF_BY_ONE)
    grader("check", "tiny", "--submission", wrong)
    (wrong / "counter.py").write_text(source, encoding="utf-8")

    found = grader("repro", ".grader/traces/tiny/T.1.json")

    assert found.returncode == 1
    assert said in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


# --- stubs and doctor ---------------------------------------------------------


def test_stubs_are_stale_until_they_are_written(day: Tiny, grader: Command) -> None:
    (day.folder / "stub" / "counter.py").write_text("stale\n", encoding="utf-8")

    stale = grader("stubs", "tiny", "--check")
    written = grader("stubs", "tiny")
    fresh = grader("stubs", "tiny", "--check")

    assert (stale.returncode, written.returncode, fresh.returncode) == (1, 0, 0)
    assert "counter.py" in stale.stdout
    assert (day.folder / "stub" / "counter.py").read_text(encoding="utf-8") == STUB


def test_stubs_without_a_reference_are_refused(day: Tiny, grader: Command) -> None:
    day.reference.rename(day.root / "away")

    found = grader("stubs", "tiny")

    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "grader: tiny has no reference here; stubs are made from it\n"


def test_the_doctor_looks_at_the_machine(grader: Command) -> None:
    found = grader("doctor", "tiny")

    assert found.returncode == 0
    assert "machine in a worker" in found.stdout
    assert "missing" not in found.stdout


def test_the_doctor_says_what_to_do_where_something_is_missing(day: Tiny, grader: Command) -> None:
    (day.root / "assignments" / "machine" / "__init__.py").write_text("1 / 0\n", encoding="utf-8")

    found = grader("doctor", "tiny", "--json")

    broken = json.loads(found.stdout)[-1]
    assert found.returncode == 1
    assert (broken["what"], broken["fine"]) == ("machine in a worker", False)
    assert broken["remedy"]


# --- usage --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["check", "--nonsense"], "No such option"),
        (["grade", "tiny"], "Missing argument 'SUBMISSION'"),
        (["grade", "tiny", "x"], "Missing option '--out'"),
        (["grade", "tiny", "x", "--out", "o", "--fail-under", "much"], "is not a valid float"),
        (["repro"], "Missing argument 'FILE'"),
        (["check", "day9"], "there is no assignment 'day9'; known here: tiny"),
        (["check", "tiny", "-k", "zzz"], "no check fits"),
        (["repro", "none.json"], "none.json: cannot be read (No such file or directory)"),
        (["check", "tiny", "--submission", "none"], "the submission none does not exist"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    grader: Command,
    arguments: list[str],
    said: str,
) -> None:
    found = grader(*arguments)

    assert (found.returncode, found.stdout) == (2, "")
    assert said in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("verb", ["check", "grade", "repro", "stubs", "doctor"])
def test_every_verb_explains_itself(grader: Command, verb: str) -> None:
    found = grader(verb, "--help")

    assert found.returncode == 0
    assert found.stdout.startswith(f"Usage: grader {verb}")


def test_the_version_is_printed(grader: Command) -> None:
    assert re.fullmatch(r"grader, version \d+\.\d+\S*\n", grader("--version").stdout)


# --- faults -------------------------------------------------------------------


def test_a_fault_exits_with_3_and_no_score(day: Tiny, grader: Command, tmp_path: Path) -> None:
    (day.root / "assignments" / "machine" / "__init__.py").write_text("1 / 0\n", encoding="utf-8")

    found = grader("grade", "tiny", day.submission(), "--out", tmp_path / "out")

    result = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert found.returncode == 3
    assert found.stderr.startswith("grader: ")
    assert "Traceback" not in found.stderr
    assert (result["score"], result["tests"]) == (0, [])
    assert "not your fault" in result["output"]


def test_a_bug_of_ours_exits_with_3_and_asks_to_be_reported(
    day: Tiny, grader: Command, tmp_path: Path
) -> None:
    visible = day.folder / "checks" / "visible" / "check_counter.py"
    text = visible.read_text(encoding="utf-8")
    broken = text.replace("    assert run.transcript == run.expected", "    run.differ(99, 'x')", 1)
    visible.write_text(broken, encoding="utf-8")

    found = grader("grade", "tiny", day.submission(), "--out", tmp_path / "out")

    assert found.returncode in (2, 3)
    assert found.stderr.splitlines()[-1].startswith("grader: ")


# --- interruption -------------------------------------------------------------

SECOND_LOOPS = COUNTER.replace("if n < 0:", "while n < 0: pass\n        if n < 0:")


def descendants(pid: int) -> set[int]:
    """Return the processes below ``pid`` (proc(5))."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = set(), [pid]
    while waiting:
        waiting.extend(children.get(waiting.pop(), []))
        found.update(waiting)
    return found


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "process"])
def test_an_interruption_exits_with_130_and_leaves_nothing_running(
    day: Tiny, tmp_path: Path, number: int, whole_group: bool
) -> None:
    spec = day.folder / "assignment.yaml"
    patient = spec.read_text("utf-8").replace("cpu_s: 1", "cpu_s: 500").replace("wall_s: 5", "")
    spec.write_text(patient, encoding="utf-8")
    folder = day.submission(SECOND_LOOPS)
    arguments = command("grade", "tiny", folder, "--out", tmp_path / "out")
    with subprocess.Popen(
        arguments,
        cwd=day.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as grading:
        assert grading.stdout is not None
        assert grading.stdout.readline().split() == ["T.1", "passed"]
        below = descendants(grading.pid)

        if whole_group:
            os.killpg(grading.pid, number)
        else:
            os.kill(grading.pid, number)
        _, said = grading.communicate(timeout=30)

    result = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert grading.returncode == 130
    assert said == "\ngrader: interrupted; nothing was lost, run it again\n"
    assert (result["score"], result["tests"]) == (0, [])
    assert below
    assert eventually(lambda: not any(map(is_running, below)))


def test_a_killed_grader_leaves_nothing_running_either(day: Tiny, tmp_path: Path) -> None:
    spec = day.folder / "assignment.yaml"
    patient = spec.read_text("utf-8").replace("cpu_s: 1", "cpu_s: 500").replace("wall_s: 5", "")
    spec.write_text(patient, encoding="utf-8")
    arguments = command("grade", "tiny", day.submission(SECOND_LOOPS), "--out", tmp_path / "out")
    with subprocess.Popen(
        arguments, cwd=day.root, env=environment(), stdout=subprocess.PIPE, text=True
    ) as grading:
        assert grading.stdout is not None
        grading.stdout.readline()
        below = descendants(grading.pid)
        grading.kill()

    assert below
    assert eventually(lambda: not any(map(is_running, below)))
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["score"] == 0
