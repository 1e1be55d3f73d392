"""Attacks that use too much, and attacks on the wire and the clock.

Every one is bounded by construction, also where nothing confines it: it shows that a
limit is absent and stops.
"""

from hostile.attack import Attack

RESOURCES = [
    Attack(
        "a fork bomb",
        "did",
        """
import os, time
def attack(s):
    for count in range(60):
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
    return True
""",
    ),
    Attack(
        "a bomb of threads",
        "did",
        """
import threading
def attack(s):
    gate = threading.Event()
    threads = [threading.Thread(target=gate.wait) for _ in range(60)]
    try:
        for thread in threads: thread.start()
    except RuntimeError:
        return False
    finally:
        gate.set()
    return True
""",
    ),
    Attack(
        "too much memory",
        "did",
        """
import mmap
def attack(s):
    mmap.mmap(-1, 4 << 30).close()
    return True
""",
    ),
    Attack(
        "too much memory in an object",
        "did",
        """
def attack(s):
    return len(bytes(2 << 30)) > 0  # zeroed pages of calloc, never touched
""",
    ),
    Attack(
        "a large file",
        "did",
        """
def attack(s):
    with open("large", "wb") as file: file.truncate(1 << 30)  # sparse
    return True
""",
    ),
    Attack(
        "many large files",
        "did",
        """
def attack(s):
    for number in range(200):
        with open(f"file{number}", "wb") as file: file.write(bytes(1 << 20))
    import time; time.sleep(0.4)
    return True
""",
        limits={"cpu_s": 3, "wall_s": 6.0},
    ),
    Attack(
        "much shared memory",
        "did",
        """
def attack(s):
    for number in range(200):
        with open(f"/dev/shm/hostile-{number}", "wb") as file: file.write(bytes(1 << 20))
    import time; time.sleep(0.4)
    return True
""",
        limits={"cpu_s": 3, "wall_s": 6.0},
    ),
    Attack(
        "very many files",
        "did",
        """
import os
def attack(s):
    for number in range(12000): os.close(os.open(f"f{number}", os.O_CREAT))
    import time; time.sleep(0.4)
    return True
""",
        limits={"cpu_s": 3, "wall_s": 6.0},
    ),
    Attack(
        "very many folders in shared memory",
        "did",
        """
import os, shutil, tempfile, time
def attack(s):
    top = tempfile.mkdtemp(prefix="hostile-", dir="/dev/shm")
    for number in range(12000): os.mkdir(f"{top}/{number}")
    time.sleep(0.4)
    shutil.rmtree(top)
    return True
""",
        limits={"cpu_s": 3, "wall_s": 6.0},
    ),
    Attack(
        "much in a folder below /tmp",
        "did",
        """
import os, shutil, tempfile, time
def attack(s):
    top = tempfile.mkdtemp(prefix="hostile-", dir="/tmp")
    for number in range(20):
        with open(f"{top}/{number}", "wb") as file: os.posix_fallocate(file.fileno(), 0, 10 << 20)
    time.sleep(0.4)
    shutil.rmtree(top)
    return True
""",
        limits={"cpu_s": 3, "wall_s": 6.0},
    ),
    Attack(
        "many descriptors",
        "did",
        """
import os
def attack(s):
    for _ in range(300): os.dup(0)
    return True
""",
    ),
    Attack(
        "higher limits",
        "did",
        """
import resource
def attack(s):
    resource.setrlimit(resource.RLIMIT_NOFILE, (5000, 5000))
    return True
""",
    ),
    Attack(
        "locked memory",
        "did",
        """
import ctypes, mmap
def attack(s):
    page = mmap.mmap(-1, 1 << 20)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CDLL(None).mlock(ctypes.c_void_p(address), 1 << 20) == 0
""",
    ),
    Attack(
        "large segments of System V",
        "did",
        """
def attack(s): return syscall("shmget", 0, 1 << 29, 0o1600) >= 0
""",
        kernel=True,
    ),
    Attack(
        "the work of a child that nobody counts",
        "cheap",
        """
import os, time
def attack(s):
    if os.fork() == 0:
        end = time.process_time() + 0.4
        while time.process_time() < end: pass
        os._exit(0)
    time.sleep(0.6)
    return 1
""",
        limits={"processes": 1},
    ),
]
