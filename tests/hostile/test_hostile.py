"""No attack succeeds, in any tier that this machine can stand up; each works unconfined."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile.attack import Attack
from hostile.attacks_files import LOOKING, WRITING
from hostile.attacks_grading import GRADING, NO_RESULT
from hostile.attacks_kernel import KERNEL, NETWORK
from hostile.attacks_processes import ENDINGS, LEFTOVERS, SIGNALS, SURVIVORS
from hostile.attacks_resources import RESOURCES
from hostile.places import CONTROL, PLACES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux's")

HERE = Path(__file__).parent
HOME = HERE.parent.parent
OUTSIDE = [
    *LOOKING, *WRITING, *SIGNALS, *SURVIVORS, *LEFTOVERS, *ENDINGS, *KERNEL, *NETWORK, *RESOURCES
]
AGAINST_GRADING = [*GRADING, *NO_RESULT]
ATTACKS = [*OUTSIDE, *AGAINST_GRADING]


class Referee:
    """A process that stands in a place; see `referee.py`."""

    def __init__(self, place: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(HERE / "stand.py"), place, str(folder), str(HOME)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._read()
        self.tier = json.loads(line) if line else {"tier": "", "layers": []}

    def judge(self, attack: Attack, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return whether ``attack`` won here and all that was seen of it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(attack.wire(without=without)) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._read())
        return told

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@pytest.fixture(scope="module")
def referees(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a function that returns the referee of a place, started when first asked for."""
    standing: dict[str, Referee] = {}

    def referee(place: str) -> Referee:
        if place not in standing:
            folder = tmp_path_factory.mktemp("place")
            for path in (folder, *list(folder.parents)[:2]):
                path.chmod(0o755)
            standing[place] = Referee(place, folder)
        return standing[place]

    yield referee
    for one in standing.values():
        one.close()


def _places() -> list[str]:
    """Return the places that this user can stand in: an ordinary one cannot become root."""
    return [name for name, place in PLACES.items() if os.geteuid() == 0 or not place.as_root]


@pytest.mark.parametrize("place", _places())
def test_a_place_gives_its_tier(referees: Any, place: str) -> None:
    assert referees(place).tier["tier"] == PLACES[place].letter


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("place", _places())
def test_attack_fails(referees: Any, place: str, attack: Attack) -> None:
    told = referees(place).judge(attack)

    assert not told["won"], told["seen"]
    assert not told["seen"]["fault"], "a submission must never become a fault of ours"
    assert told["seen"]["during"] == []


@pytest.mark.parametrize("attack", OUTSIDE, ids=lambda attack: attack.name)
def test_attack_works_unconfined(referees: Any, attack: Attack) -> None:
    if attack.machine not in ("", os.uname().machine):
        pytest.skip(f"machine code of {attack.machine}")

    assert referees(CONTROL).judge(attack)["won"]


@pytest.mark.parametrize("attack", AGAINST_GRADING, ids=lambda attack: attack.name)
def test_attack_works_in_a_toy_grader(tmp_path: Path, attack: Attack) -> None:
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
