"""What a person sees: lines and a table where nobody watches, a bar on a terminal."""

import os
import pty
import subprocess
from pathlib import Path

import pytest
from tiny import OFF_BY_ONE, command, environment, make

from grader.doctor import Finding
from grader.outputs import TraceFile
from grader.repro import Replay
from grader.screen import Screen
from grader.verdict import Counterexample, Row

REPLAY = Replay(
    folder="ann",
    rows=(Row(1, "h = Heap()", "ok", "ok"), Row(2, "h.alloc(1)", "[bold]5[/bold]", "6")),
    wrong=(2,),
    notes=("KeyError: 5", "heap.py:3 in alloc: [x]"),
)
KEPT = TraceFile(1, "day1", "ann", "D1.9", Counterexample(("m",), [], [], (), True, True))


def test_a_quiet_screen_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen(quiet=True) as screen:
        screen.say("hello")
        screen.show_findings([Finding("Python", fine=True, found="3.13")])

    assert capsys.readouterr() == ("", "")


def test_a_replay_marks_the_steps_that_differ_and_takes_no_markup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Screen().show_replay(KEPT, REPLAY)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "D1.9 on the files in ann",
        "",
        "step   call         yours            expected",
        "─────────────────────────────────────────────────────────",
        "   1   h = Heap()   ok               ok",
        "   2   h.alloc(1)   [bold]5[/bold]   6          <-- wrong",
        "KeyError: 5",
        "heap.py:3 in alloc: [x]",
    ]


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (Finding("Python", fine=True, found="3.13", remedy="no"), "ok  Python  3.13"),
        (
            Finding("mmap", fine=False, found="[Errno 1]", remedy="mount it"),
            "missing  mmap  [Errno 1] -> mount it",
        ),
    ],
)
def test_the_doctor_names_the_remedy_of_what_is_missing(
    capsys: pytest.CaptureFixture[str], finding: Finding, line: str
) -> None:
    Screen().show_findings([finding])

    assert capsys.readouterr().out.rstrip() == line


def test_a_long_line_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().say("word " * 60)

    assert capsys.readouterr().out.count("\n") == 1


def test_a_terminal_gets_colour_and_a_bar_that_is_gone_at_the_end(tmp_path: Path) -> None:
    day = make(tmp_path)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("check", "tiny", "--submission", day.submission(OFF_BY_ONE)),
        cwd=day.root,
        env=environment(TERM="xterm-256color", COLUMNS="100"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as checking:
        os.close(theirs)
        shown = bytearray()
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux says EIO when nobody holds the other end
                break
            if not piece:
                break
            shown += piece
    os.close(ours)

    text = shown.decode()
    assert checking.returncode == 1
    assert "\x1b[" in text
    assert "T.1 Adding returns the sum" in text
    assert "10 of 50 points" in text
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l")
