"""What works inside of each tier, wherever the project lies, and how a worker's end is told."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confined import CONFINED, IN_TIER_A, LIMITS, LINUX, TIERS, call, given_package

from grader import codec, confine, replay


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a folder that holds a `machine` package with nothing in it."""
    return given_package(tmp_path)


# --- inside: what the exercises need ---

_IPC = """
import mmap, multiprocessing, os, signal, socket, subprocess, sys, threading, time
from multiprocessing import shared_memory

def pipe():
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, b"hello")
        os._exit(0)
    return os.read(read, 5).decode()

def pair():
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        theirs.sendall(b"hello")
        os._exit(0)
    return ours.recv(5).decode()

def _serve(address):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    if os.fork() == 0:
        client = socket.socket(socket.AF_UNIX)
        client.connect(address)
        client.sendall(b"hello")
        os._exit(0)
    return server.accept()[0].recv(5).decode()

def path(): return _serve("socket")
def absolute_path(): return _serve(os.getcwd() + "/socket")
def abstract(): return _serve("\\0name")

def packets():
    server, client = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in "12"]
    server.bind("packets")
    server.listen()
    client.connect("packets")
    client.send(b"hel"); client.send(b"lo")
    ours = server.accept()[0]
    return (ours.recv(9) + ours.recv(9)).decode()

def manager():
    with multiprocessing.Manager() as shared:
        lines = shared.list()
        child = multiprocessing.Process(target=lines.append, args=("hello",))
        child.start(); child.join()
        return lines[0]

def full():
    # a client waits in connect until the server has accepted the one before
    server = socket.socket(socket.AF_UNIX)
    server.bind("full")
    server.listen(0)
    for letter in (b"hel", b"lo"):
        if os.fork() == 0:
            client = socket.socket(socket.AF_UNIX)
            client.connect("full")
            client.sendall(letter)
            os._exit(0)
        if letter == b"hel": os.wait()
    polite = socket.socket(socket.AF_UNIX)
    polite.setblocking(False)
    try: polite.connect("full")
    except BlockingIOError: pass
    return b"".join(server.accept()[0].recv(9) for _ in "12").decode()

def refusals():
    open("file", "w").close()
    found = []
    for address in ("missing", "file", "\\0missing", "/dev/null"):
        try: socket.socket(socket.AF_UNIX).connect(address)
        except OSError as error: found.append(type(error).__name__)
    return "hello" if found[:3] == [
        "FileNotFoundError", "ConnectionRefusedError", "ConnectionRefusedError"
    ] and len(found) == 4 else found

def mapped():
    memory = mmap.mmap(-1, 4096)
    if os.fork() == 0:
        memory[:5] = b"hello"
        os._exit(0)
    os.wait()
    return memory[:5].decode()

def file_mapped():
    with open("file", "w+b") as file:
        file.truncate(4096)
        memory = mmap.mmap(file.fileno(), 4096)
        memory[:5] = b"hello"
        memory.close()
        file.seek(0)
        return file.read(5).decode()

def shared():
    memory = shared_memory.SharedMemory(create=True, size=64)
    child = multiprocessing.Process(target=_fill, args=(memory.name,))
    child.start(); child.join()
    found = bytes(memory.buf[:5]).decode()
    memory.close(); memory.unlink()
    return found

def _fill(name):
    memory = shared_memory.SharedMemory(name=name)
    memory.buf[:5] = b"hello"
    memory.close()

def queue():
    lines, lock = multiprocessing.Queue(), multiprocessing.Lock()
    semaphore = multiprocessing.Semaphore(1)
    child = multiprocessing.Process(target=_put, args=(lines, lock, semaphore))
    child.start()
    found = lines.get(timeout=5)
    child.join()
    return found

def _put(lines, lock, semaphore):
    with lock, semaphore: lines.put("hello")

def pool():
    with multiprocessing.Pool(2) as workers: return "".join(workers.map(str.lower, "HELLO"))

def fifo():
    os.mkfifo("fifo")
    if os.fork() == 0:
        with open("fifo", "w") as file: file.write("hello")
        os._exit(0)
    with open("fifo") as file: return file.read()

def signals():
    caught = []
    signal.signal(signal.SIGUSR1, lambda *_: caught.append("hello"))
    parent = os.getpid()
    if os.fork() == 0:
        os.kill(parent, signal.SIGUSR1)
        os._exit(0)
    os.wait()
    return caught[0]

def programs():
    first = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    second = subprocess.Popen(["tr", "A-Z", "a-z"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdin.write(b"HELLO")
    first.stdin.close()
    first.stdout.close()
    return second.communicate()[0].decode()

def script():
    command = [sys.executable, "-c", "print('hello')"]
    return subprocess.run(command, capture_output=True).stdout.decode().strip()

def threads():
    gate, found = threading.Event(), []
    one = threading.Thread(target=lambda: (gate.wait(), found.append("hello")))
    one.start(); gate.set(); one.join()
    return found[0]
"""
_EVERYWHERE = ["pipe", "pair", "mapped", "file_mapped", "shared", "queue", "pool", "fifo"]
_EVERYWHERE += ["signals", "programs", "script", "threads", "path", "absolute_path", "abstract"]
_EVERYWHERE += ["packets", "manager", "full", "refusals"]


@LINUX
@pytest.mark.parametrize("way", _EVERYWHERE)
@pytest.mark.parametrize("letter", TIERS)
def test_processes_communicate_inside(machine: Path, letter: str, way: str) -> None:
    """Processes communicate inside."""
    assert call(machine, confine.tier(letter), _IPC, way) == ["ok", "hello"]


# --- a worker and its broker ---

_CONNECT = """
import os, socket
def connect():
    server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    server.bind("socket")
    server.listen()
    client.connect("socket")
    return "connected"

def descriptors():
    found = []
    for descriptor in range(64):
        try: os.fstat(descriptor); found.append(descriptor)
        except OSError: pass
    return found

def wait():
    try: os.wait()
    except ChildProcessError: return "childless"

def order():
    import subprocess, sys
    words = [str(number) for number in range(100)]
    program = "print(list({str(number) for number in range(100)}))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return [list(set(words)), shown.stdout]

def isolation():
    import sys
    return [sys.flags.no_site, sys.flags.no_user_site, int(sys.flags.safe_path),
            sys.flags.dont_write_bytecode, sorted(os.environ)]

def leave(): os._exit(7)
def die(): os.kill(os.getpid(), 11)
def burn():
    import time
    while time.process_time() < 0.3: pass
"""


@LINUX
@pytest.mark.skipif("C" not in TIERS, reason="tier C does not stand here")
def test_without_a_broker_nothing_is_connected(machine: Path) -> None:
    """Tier C then refuses, because the user's own agents listen under the same id."""
    tier = confine.tier("C").without("broker")

    assert call(machine, tier, _CONNECT, "connect") == ["err", "EPERM"]


_BLOCK = """
import os, socket, struct, threading
def block():
    server, first = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    server.bind("full")
    server.listen(0)
    first.connect("full")
    client = socket.socket(socket.AF_UNIX)
    if os.fork() == 0:  # on its own interpreter lock: it wins the race almost every time
        never = struct.pack("@ll", 0, 0)
        while True: client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, never)
    for _ in range(3): threading.Thread(target=client.connect, args=("full",)).start()
    client.connect("full")

def answer(): return 1
"""


@LINUX
@pytest.mark.skipif("C" not in TIERS, reason="tier C does not stand here")
def test_a_worker_that_makes_its_broker_wait_for_ever_is_ended(machine: Path) -> None:
    """It takes back the time-out that the broker has put on the socket that they share."""
    blocking, asking = [
        replay.Job(("program",), [codec.encode([["fn", name, []]])], replace(LIMITS, wall_s=1.5))
        for name in ("block", "answer")
    ]
    files = {"program.py": _BLOCK.encode()}
    with replay.Bench(files, machine, tier=confine.tier("C")) as bench:
        stopped, answered = bench.run(blocking), bench.run(asking)

    assert stopped.ending.kind == "timeout"
    assert codec.decode(answered.texts[0]) == [["ok", 1]]


@LINUX
@pytest.mark.parametrize("letter", CONFINED)
def test_a_worker_holds_only_its_channel(machine: Path, letter: str) -> None:
    """Above all not the descriptor on which its own calls are judged."""
    tier = confine.tier(letter)

    assert call(machine, tier, _CONNECT, "descriptors") == ["ok", [0, 1, 2, 3]]


@LINUX
@pytest.mark.parametrize("letter", CONFINED)
def test_a_worker_has_no_children_of_ours(machine: Path, letter: str) -> None:
    """A student's os.wait() ends as it does elsewhere."""
    assert call(machine, confine.tier(letter), _CONNECT, "wait") == ["ok", "childless"]


@pytest.mark.parametrize("letter", TIERS)
def test_the_order_of_a_set_is_the_same_in_two_gradings(machine: Path, letter: str) -> None:
    """Byte for byte, also in a process that the submission starts."""
    first, second = [call(machine, confine.tier(letter), _CONNECT, "order") for _ in "12"]

    assert first == second
    assert first[0] == "ok"


@LINUX
def test_the_interpreter_takes_nothing_from_outside(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No site packages, no folder of the script, no variable of the grader's."""
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/somewhere")

    found = call(machine, confine.strongest(), _CONNECT, "isolation")

    names = ["HOME", "LANG", "PATH", "PYTHONHASHSEED", "TMPDIR"]
    assert found == ["ok", [1, 1, 1, 1, names]]


@LINUX
@pytest.mark.parametrize("letter", CONFINED)
def test_the_end_of_a_worker_is_told(machine: Path, letter: str) -> None:
    """Its status, its signal and the time that it used, also where a broker stands between."""
    with replay.Bench(
        {"program.py": _CONNECT.encode()}, machine, tier=confine.tier(letter)
    ) as bench:
        left, died, burnt = [
            bench.run(replay.Job(("program",), [codec.encode([["fn", name, []]])], LIMITS))
            for name in ("leave", "die", "burn")
        ]

    assert (left.ending.kind, left.ending.number) == ("exited", 7)
    assert (died.ending.kind, died.ending.number) == ("signalled", 11)
    assert burnt.ending.kind == "finished"
    assert burnt.cpu_s >= 0.3


# --- what is another's, though the user id be the same ---

_OTHERS = """
import fcntl, os, machine

def beside(): os.mkdir(os.path.join(os.path.dirname(os.getcwd()), "left"))
def away(): os.rename(os.getcwd(), os.getcwd() + "-renamed")
def closed(): os.fchmod(os.open(os.path.dirname(os.getcwd()), os.O_RDONLY), 0)
def mode(): os.fchmod(os.open(machine.__file__, os.O_RDONLY), 0o600)
def owner(): os.fchown(os.open(machine.__file__, os.O_RDONLY), os.getuid(), -1)
def attribute(): os.setxattr(os.open(machine.__file__, os.O_RDONLY), "user.mine", b"x")
def time(): os.utime(machine.__file__)
def flags(): fcntl.ioctl(os.open(machine.__file__, os.O_RDONLY), 0x40086602, bytes(8))

def tree(): os.mkdir("/dev/shm/left")

def moved():
    os.mkdir("folder")
    open("file", "w").close()
    os.rename("file", "folder/file")
    os.link("folder/file", "again")
    return sorted(os.listdir("folder"))
"""
_REFUSED = ["beside", "away", "closed", "mode", "owner", "attribute", "time", "flags"]


@LINUX
@pytest.mark.parametrize("name", _REFUSED)
@pytest.mark.parametrize("letter", CONFINED)
def test_a_worker_changes_nothing_but_its_own(machine: Path, letter: str, name: str) -> None:
    """Not even through a descriptor of what it may read."""
    assert call(machine, confine.tier(letter), _OTHERS, name)[0] == "err"


@LINUX
@pytest.mark.skipif("C" not in TIERS, reason="tier C does not stand here")
def test_shared_memory_holds_no_folders_where_everybody_shares_it(machine: Path) -> None:
    """What lies in them would be counted and removed by nobody."""
    assert call(machine, confine.tier("C"), _OTHERS, "tree") == ["err", "EACCES"]


@LINUX
@pytest.mark.parametrize("letter", CONFINED)
def test_a_file_moves_between_folders_of_the_worker(machine: Path, letter: str) -> None:
    """Landlock forbids it unless every layer allows it."""
    assert call(machine, confine.tier(letter), _OTHERS, "moved") == ["ok", ["file"]]


# --- wherever the project lies ---

_LOOK = """
import os, machine

def look():
    source = open(machine.__file__).read()
    for folder in ("/tmp", "/dev/shm"):
        with open(folder + "/mine", "w") as file: file.write("x")
    beside = os.path.dirname(os.path.dirname(machine.__file__))
    return [bool(source), _refuses(beside), _refuses(os.path.dirname(beside))]

def _refuses(folder):
    try: open(folder + "/planted", "w").close()
    except OSError: return True
    return False

def around():
    return sorted(os.listdir("/tmp") + os.listdir("/dev/shm"))
"""


@pytest.fixture(
    params=["/tmp", "/var/tmp", "/dev/shm", "/run", "a path of spaces/\N{SNOWMAN}", "a link"]
)
def elsewhere(request: pytest.FixtureRequest, machine: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a project with two folders above it that lies where projects may lie."""
    where = Path(request.param)
    if not where.is_absolute():
        (tmp_path / where).mkdir(parents=True)
        where = tmp_path / where
    if not os.access(where, os.W_OK):
        pytest.skip(f"{where} cannot be written")
    project = Path(tempfile.mkdtemp(dir=where, prefix="project-"))
    project.chmod(0o755)
    shutil.copytree(machine, project / "clone" / "assignments")
    (project / "clone" / "secret").write_text("x")
    linked = tmp_path / "linked"
    linked.symlink_to(project)
    yield (linked if request.param == "a link" else project) / "clone" / "assignments"
    shutil.rmtree(project)


@LINUX
@IN_TIER_A
def test_a_worker_has_its_own_public_folders_wherever_the_project_lies(elsewhere: Path) -> None:
    """Also where the project lies in /tmp or /dev/shm, which nobody can then plant files in."""
    tier = confine.tier("A")

    assert call(elsewhere, tier, _LOOK, "look") == ["ok", [True, True, True]]


@LINUX
@IN_TIER_A
def test_of_a_project_in_a_public_folder_only_the_way_to_the_package_shows(
    elsewhere: Path,
) -> None:
    """The canary, too, finds nothing of it that it could read or write."""
    project = elsewhere.resolve().parent
    top = Path("/", *project.parts[1:3]).name if project.parts[1] == "tmp" else ""
    top = project.parts[3] if project.parts[1:3] == ("dev", "shm") else top

    with replay.Bench({}, elsewhere, tier=confine.tier("A")) as bench:
        bench.canary([project / "secret"], [project, elsewhere])

    assert call(elsewhere, confine.tier("A"), _LOOK, "around") == ["ok", [top] if top else []]
