"""The confinement tiers: what is probed, chosen, refused, cleaned up, and what works inside."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from confined import CONFINED, HOME, IN_TIER_A, LINUX, TIERS, call, given_package

from grader import confine, replay
from grader.confine import canary, reach, sweeping, tiers
from grader.confine.tiers import Capabilities
from grader.errors import GraderFault


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a folder that holds a `machine` package with nothing in it."""
    return given_package(tmp_path)


# --- choosing ---


def test_all_layers_give_tier_a() -> None:
    """All layers give tier a."""
    assert tiers.strongest_of(Capabilities({}, is_root=True)).letter == "A"


def test_an_ordinary_user_needs_the_user_namespace_for_tier_a() -> None:
    """An ordinary user needs the user namespace for tier a."""
    place = Capabilities({"user": "no", "uid": "no"}, is_root=False)

    assert tiers.strongest_of(place).letter == "C"


def test_root_without_namespaces_gets_a_uid_of_its_own() -> None:
    """Root without namespaces gets a uid of its own."""
    place = Capabilities(dict.fromkeys(["user", "mount", "pid"], "refused"), is_root=True)

    chosen = tiers.strongest_of(place)

    assert (chosen.letter, "uid" in chosen, "mount" in chosen) == ("B", True, False)


def test_tier_b_stands_without_landlock_but_c_does_not() -> None:
    """Tier b stands without landlock but c does not."""
    lacking = {"user": "", "mount": "", "landlock": "", "scope": ""}

    assert tiers.strongest_of(Capabilities(lacking, is_root=True)).letter == "B"
    assert tiers.strongest_of(Capabilities({**lacking, "uid": ""}, is_root=False)).letter == "D"


def test_a_tier_that_cannot_stand_names_layer_and_remedy() -> None:
    """A tier that cannot stand names layer and remedy."""
    place = Capabilities({"seccomp": "Function not implemented"}, is_root=True)

    with pytest.raises(GraderFault, match=r"seccomp.*CONFIG_SECCOMP_FILTER"):
        tiers.tier("B", place)


def test_a_tier_survives_the_wire() -> None:
    """A tier survives the wire."""
    chosen = tiers.tier("A", Capabilities({}, is_root=True))

    assert tiers.from_wire(chosen.to_wire()) == chosen


@LINUX
def test_probing_says_why_a_layer_is_missing_and_what_to_do() -> None:
    """Probing says why a layer is missing and what to do."""
    lines = confine.probe().lines()

    assert len(lines) == len(tiers.LAYERS)
    assert all(" yes: " in line or " no: " in line for line in lines)


@LINUX
def test_an_interpreter_in_a_closed_home_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tier B then does not stand; the message says which folder closes it and what to do."""
    with tempfile.TemporaryDirectory() as closed:  # mode 0700, as root's home
        python = Path(closed, "python3")
        python.write_text("")
        monkeypatch.setattr(reach, "executable", lambda: str(python))
        place = Capabilities({"mount": "", "interpreter": reach.obstacle()}, is_root=True)

    with pytest.raises(GraderFault) as told:
        tiers.tier("B", place)

    assert f"{closed} is closed to other users, and {python} lies in it" in str(told.value)
    assert "install Python where every user may read it" in str(told.value)


# --- failing closed ---

_REFUSING = """
import errno, json, sys
sys.path[:0] = [{home!r}, {home!r} + "/tests/hostile"]
from pathlib import Path
from places import refuse
from grader import codec, confine, replay
from grader.errors import GraderFault
tier = confine.strongest()
refuse({{call: errno.EPERM for call in {calls!r}}})
job = replay.Job(("program",), [codec.encode([])], confine.Limits(1, 5.0, 1 << 30, 8))
try:
    with replay.Bench({{"program.py": b""}}, Path({machine!r}), tier=tier) as bench:
        print("graded", bench.run(job).ending.kind)
except GraderFault as fault:
    print(fault)
"""
_CALLS = [
    ("unshare", ["unshare"]),
    ("landlock", ["landlock_create_ruleset"]),
    ("landlock", ["landlock_restrict_self"]),
    ("privileges", ["capset"]),
    ("mount", ["mount_setattr"]),
    ("mount", ["pivot_root"]),
    ("seccomp", ["seccomp"]),
    ("limits", ["prlimit64"]),
    ("uid", ["setresuid"]),
]


@LINUX
@IN_TIER_A
@pytest.mark.parametrize(("layer", "calls"), _CALLS)
def test_a_layer_whose_call_fails_stops_grading(
    machine: Path, layer: str, calls: list[str]
) -> None:
    """A layer whose call fails stops grading."""
    script = _REFUSING.format(home=str(HOME), machine=str(machine), calls=calls)

    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout

    assert "graded" not in shown
    assert "confinement layer" in shown
    assert layer == "unshare" or repr(layer) in shown


# --- the canary ---


@LINUX
@pytest.mark.parametrize("letter", CONFINED)
def test_the_canary_is_caged(machine: Path, tmp_path: Path, letter: str) -> None:
    """The canary is caged."""
    secret, results = tmp_path / "reference.py", tmp_path / "results.json"
    for path in (secret, results):
        path.write_text("x")
        path.chmod(0o600)

    with replay.Bench({}, machine, tier=confine.tier(letter)) as bench:
        bench.canary([secret, tmp_path], [results])

    assert results.read_text() == "x"


@LINUX
@IN_TIER_A
def test_the_canary_sings_where_the_reference_can_be_read(machine: Path) -> None:
    """The canary sings where the reference can be read."""
    readable = machine / "machine" / "__init__.py"  # what every worker may read

    with (
        replay.Bench({}, machine, tier=confine.tier("A")) as bench,
        pytest.raises(GraderFault, match=r"canary got out.*read.*Nothing was graded"),
    ):
        bench.canary([readable])


def test_the_canary_reports_each_kind_of_leak() -> None:
    """The canary reports each kind of leak."""
    report = {
        "read": ["/r"],
        "written": ["/w"],
        "grader": ["77", True],
        "sockets": ["AF_INET"],
        "root": [True],
    }
    tier = tiers.tier("B", Capabilities({"user": ""}, is_root=True))

    found = [leak.kind for leak in canary.leaks(report, tier, "77")]

    assert found == ["read", "write", "grader", "network", "root"]


def test_that_a_process_is_there_is_no_secret_where_nothing_could_keep_it() -> None:
    """Without Landlock and a pid namespace /proc shows every user every process's number."""
    report = {"read": [], "written": [], "grader": ["77", False], "sockets": [], "root": [False]}
    open_proc = tiers.tier("B", Capabilities({"landlock": "", "scope": ""}, is_root=True))
    with_landlock = tiers.tier("B", Capabilities({}, is_root=True))

    found = {tier: canary.leaks(report, tier, "77") for tier in (open_proc, with_landlock)}

    assert found[open_proc] == []
    assert [leak.kind for leak in found[with_landlock]] == ["grader"]


@pytest.mark.parametrize("kind", ["read", "write"])
def test_where_only_permissions_hold_the_staff_are_told_to_close_the_folder(kind: str) -> None:
    """In tier B without Landlock a file is as open as its mode."""
    lacking = {"mount": "", "landlock": "", "scope": ""}
    tier = tiers.tier("B", Capabilities(lacking, is_root=True))

    told = canary.message([canary.Leak(kind, "it did what it must not: /out/results.json")], tier)

    assert "/out/results.json. Nothing was graded." in told
    assert told.endswith("to other users (chmod 700) and run it again")


# --- the trusted side ---

_HIDDEN = """
import ctypes, sys
sys.path.insert(0, {home!r})
from pathlib import Path
from grader import codec, confine, replay
dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
before = dumpable()
job = replay.Job(("program",), [codec.encode([])], confine.Limits(1, 5.0, 1 << 30, 8))
with replay.Bench({{"program.py": b""}}, Path({machine!r})) as bench:
    bench.run(job)
print(before, dumpable(), sorted(confine.probe().missing) == {missing!r})
"""


@LINUX
def test_the_grader_hides_its_memory_before_the_first_worker(machine: Path) -> None:
    """And may still find out afterwards what the place allows."""
    missing = sorted(confine.probe().missing)
    script = _HIDDEN.format(home=str(HOME), machine=str(machine), missing=missing)

    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)

    assert shown.stdout.split() == ["1", "0", "True"], shown.stderr


# --- the end of everything ---

_DOOMED = """
import sys, time
sys.path.insert(0, {home!r})
from pathlib import Path
from grader import codec, confine, replay
code = b"import os, time\\ndef wait():\\n    os.fork()\\n    os.fork()\\n    time.sleep(60)\\n"
limits = confine.Limits(5, 60.0, 1 << 30, 8)
job = replay.Job(("program",), [codec.encode([["fn", "wait", []]])], limits)
print("go", flush=True)
tier = confine.tier({letter!r})
with replay.Bench({{"program.py": code}}, Path({machine!r}), tier=tier) as bench:
    bench.run(job)
"""


@LINUX
@pytest.mark.parametrize("letter", TIERS)
@pytest.mark.parametrize("after_ms", [0, 15, 40, 60, 90, 400])
def test_nothing_outlives_a_killed_grader(machine: Path, letter: str, after_ms: int) -> None:
    """Nothing outlives a killed grader."""
    script = _DOOMED.format(home=str(HOME), machine=str(machine), letter=letter)
    mark = str(machine)
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert grader.stdout is not None
    grader.stdout.readline()
    time.sleep(after_ms / 1000)
    below = _below(grader.pid)

    grader.send_signal(signal.SIGKILL)
    grader.wait()
    deadline = time.monotonic() + 1.0
    while (left := [pid for pid in below if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not left, mark


def _below(ancestor: int) -> list[int]:
    """Return every process below ``ancestor``."""
    found = []
    waiting = [ancestor]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):  # it may end meanwhile
                children = [int(word) for word in task.read_text().split()]
                found += children
                waiting += children
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# --- what is left in the file system ---


def test_a_tree_deeper_than_any_recursion_is_removed(tmp_path: Path) -> None:
    """A tree deeper than any recursion is removed."""
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)

    sweeping.remove_tree(str(top))

    assert not top.exists()


def test_a_link_in_a_removed_tree_is_not_followed(tmp_path: Path) -> None:
    """A link in a removed tree is not followed."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    top = tmp_path / "top"
    (top / "closed").mkdir(parents=True)
    (top / "link").symlink_to(kept)
    (top / "closed").chmod(0)

    sweeping.remove_tree(str(top))

    assert not top.exists()
    assert (kept / "file").read_text() == "x"


@pytest.mark.parametrize("letter", TIERS)
def test_the_starter_leaves_no_folder(machine: Path, letter: str) -> None:
    """The starter leaves no folder."""
    where = call(machine, confine.tier(letter), "import os\nwhere = os.getcwd\n", "where")

    assert not Path(str(where[1])).parent.exists()
