"""The referees, one process per place, shared by all tests of this folder."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile.attack import Attack

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


@pytest.fixture(scope="session")
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
