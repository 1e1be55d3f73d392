"""The referees, one process per place, shared by all tests of this folder."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hostile.attack import Attack
from hostile.places import CONTROL

HERE = Path(__file__).parent
HOME = HERE.parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only Linux can confine."""
    if sys.platform != "linux":
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="confinement is Linux's"))


class Referee:
    """A process that stands in a place; see `referee.py`."""

    def __init__(self, place: str, folder: Path) -> None:
        self._complaints = folder / "stderr.txt"
        with self._complaints.open("w") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(HERE / "stand.py"), place, str(folder), str(HOME)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                start_new_session=True,
            )
        self._lock = threading.Lock()
        self._ahead: dict[str, Future[dict[str, Any]]] = {}
        self.tier = json.loads(self._read())

    def judge(self, attack: Attack, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return whether ``attack`` won here and all that was seen of it."""
        if not without and attack.name in self._ahead:
            return self._ahead[attack.name].result()
        with self._lock:
            return self._ask(attack, without)

    def work_ahead(self, attacks: list[Attack], crew: ThreadPoolExecutor) -> None:
        """Judge ``attacks`` in the background; places work side by side."""
        for attack in attacks:
            self._ahead[attack.name] = Future()

        def work() -> None:
            for attack in attacks:
                try:
                    with self._lock:
                        told = self._ask(attack, ())
                    self._ahead[attack.name].set_result(told)
                except Exception as error:  # noqa: BLE001 - whoever waits for it must hear of it
                    self._ahead[attack.name].set_exception(error)

        crew.submit(work)

    def _ask(self, attack: Attack, without: tuple[str, ...]) -> dict[str, Any]:
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
        shutil.rmtree(self._complaints.parent, ignore_errors=True)

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the referee has ended:\n{self._complaints.read_text()}")
        return line


@pytest.fixture(scope="session")
def referees(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Give a function that returns the referee of a place, started when first asked for.

    All places whose tests are to run start at once, CREW of them working side by side.
    """
    standing: dict[str, Referee] = {}
    crew = ThreadPoolExecutor(CREW)

    def referee(place: str) -> Referee:
        if place not in standing:
            # Not pytest's own folder: the next session to start closes that to others.
            folder = Path(tempfile.mkdtemp(prefix="place-"))
            folder.chmod(0o755)
            standing[place] = Referee(place, folder)
        return standing[place]

    for place, attacks in _wanted(request.session.items).items():
        referee(place).work_ahead(attacks, crew)
    yield referee
    crew.shutdown(cancel_futures=True)
    for one in standing.values():
        one.close()


CREW = 3


def _wanted(items: list[pytest.Item]) -> dict[str, list[Attack]]:
    """Return, place by place, the attacks that the collected tests will ask for."""
    wanted: dict[str, list[Attack]] = {}
    for item in items:
        parameters = getattr(item, "callspec", None)
        attack = parameters.params.get("attack") if parameters else None
        if attack is not None and "referees" in getattr(item, "fixturenames", ()):
            wanted.setdefault(parameters.params.get("place", CONTROL), []).append(attack)
    return wanted
