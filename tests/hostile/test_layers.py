"""Each layer earns its place: without it, an attack that it holds off succeeds."""

from typing import Any

import pytest
from hostile.table import ATTACKS, places_here

BY_NAME = {attack.name: attack for attack in ATTACKS}

# place, the layers taken away, the attack that then works. Where two layers hold, both go.
EARNED = [
    ("A root", ("mount", "landlock"), "the accounts of the machine"),
    ("A root", ("mount", "landlock", "user", "uid"), "read by its path"),
    ("A root", ("pid", "scope", "user", "uid"), "kill another process of the grader's user"),
    ("A root", ("net", "seccomp", "landlock"), "a TCP connection"),
    ("A root", ("net", "scope"), "an agent's abstract socket"),
    ("A root", ("ipc", "seccomp"), "System V shared memory"),
    ("A root", ("uts",), "the name of the machine"),
    ("A root", ("seccomp",), "read memory by process_vm_readv"),
    ("A root", ("limits",), "many descriptors"),
    ("B", ("seccomp",), "a datagram, as DNS sends"),
    ("B", ("uid", "landlock"), "read by its path"),
    ("B", ("landlock",), "the accounts of the machine"),
    ("B", ("scope",), "an agent's abstract socket"),
    ("B", ("limits",), "too much memory"),
    ("B", ("sweep", "seccomp"), "a daemon: fork, session, fork"),
    ("B", ("uid", "privileges", "landlock", "scope", "seccomp"), "more groups"),
    ("C", ("landlock",), "overwrite the results"),
    ("C", ("scope",), "signal the grader"),
    ("C", ("seccomp",), "an agent's socket"),
    ("C", ("limits",), "a bomb of threads"),
    ("C", ("sweep",), "a child that is left behind"),
]


@pytest.mark.parametrize(
    ("place", "without", "name"),
    EARNED,
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_without_its_layer_an_attack_works(
    referees: Any, place: str, without: tuple[str, ...], name: str
) -> None:
    """Without its layer an attack works."""
    if place not in places_here():
        pytest.skip("only root can stand there")

    assert referees(place).judge(BY_NAME[name], without=without)["won"]
