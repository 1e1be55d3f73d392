"""No attack succeeds, in any tier that this machine can stand up; each works unconfined."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile.attack import Attack
from hostile.places import CONTROL, PLACES
from hostile.table import AGAINST_GRADING, OUTSIDE, pairs, places_here

HERE = Path(__file__).parent


@pytest.mark.parametrize("place", places_here())
def test_a_place_gives_its_tier(referees: Any, place: str) -> None:
    """The strongest tier is chosen by what the place allows."""
    assert referees(place).tier["tier"] == PLACES[place].letter


@pytest.mark.parametrize(("place", "attack"), pairs(), ids=str)
def test_attack_fails(referees: Any, place: str, attack: Attack) -> None:
    """Whatever it wanted, it did not get; nothing of it is left; it is no fault of ours."""
    referee = referees(place)
    if attack.holds and not set(attack.holds) & set(referee.tier["layers"]):
        pytest.skip(f"tier {referee.tier['tier']} promises nothing here without {attack.holds}")
    told = referee.judge(attack)

    assert not told["won"], told["seen"]
    assert not told["seen"]["fault"], "a submission must never become a fault of ours"
    assert told["seen"]["during"] == []


@pytest.mark.parametrize("attack", OUTSIDE, ids=lambda attack: attack.name)
def test_attack_works_unconfined(referees: Any, attack: Attack) -> None:
    """The same program succeeds where nothing confines it."""
    if attack.machine not in ("", os.uname().machine):
        pytest.skip(f"machine code of {attack.machine}")

    told = referees(CONTROL).judge(attack)
    assert told["won"], told["seen"]


@pytest.mark.parametrize("attack", AGAINST_GRADING, ids=lambda attack: attack.name)
def test_attack_works_in_a_toy_grader(tmp_path: Path, attack: Attack) -> None:
    """The same program succeeds against a grader of one process."""
    result = _toy_result(attack, tmp_path)

    assert result == ("no result" if attack.wins == "no result" else "points")


def _toy_result(attack: Attack, folder: Path) -> str:
    """Return what the toy grader makes of ``attack``: "points", "no points", "no result"."""
    for name, text in attack.wire()["files"].items():
        (folder / name).write_text(text)
    (folder / "secret.txt").write_text("the-answer-is-b5c1f7")
    reading, writing = os.pipe()
    # Descriptor 3 is where the toy grader reports.
    command = f"import os, sys; os.dup2({writing}, 3); "
    command += "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    process = subprocess.Popen(
        [sys.executable, "-ISc", command, str(HERE / "toy.py"), str(folder)],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GRADER_TOKEN": "the-answer-is-b5c1f7"},
        start_new_session=True,
    )
    os.close(writing)
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "no result"
    finally:
        with os.fdopen(reading, "rb") as report:
            first = report.readline()
    try:
        return "points" if json.loads(first)["points"] == 10 else "no points"
    except (ValueError, KeyError, TypeError):
        return "no result"
