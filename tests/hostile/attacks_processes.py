"""Attacks on other processes, on what outlives a worker, and on the end of a run."""

from hostile.attack import Attack

SIGNALS = [
    Attack(
        "signal the grader",
        "signal",
        """
import os, signal
def attack(s): os.kill(s["grader"], signal.SIGUSR1)
""",
    ),
    Attack(
        "signal the grader through a descriptor",
        "signal",
        """
import os, signal
def attack(s): signal.pidfd_send_signal(os.pidfd_open(s["grader"]), signal.SIGUSR2)
""",
    ),
    Attack(
        "kill another process of the grader's user",
        "signal",
        "import os\ndef attack(s): os.kill(s['victim'], 9)",
    ),
    Attack(
        "kill another process from a child",
        "signal",
        "import os\ndef attack(s): os.system(f\"kill -9 {s['victim']}\")",
    ),
    Attack(
        "kill the supervisor",
        "no result",
        "import os\ndef attack(s): os.kill(os.getppid(), 9)",
    ),
    Attack(
        "signal its parent",
        "did",
        """
import os
def attack(s):
    os.kill(os.getppid(), 0)
    return True
""",
    ),
    Attack(
        "stop the supervisor",
        "no result",
        "import os, signal\ndef attack(s): os.kill(os.getppid(), signal.SIGSTOP)",
    ),
    Attack(
        "interrupt the supervisor",
        "no result",
        """
import os, signal
def attack(s):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV):
        os.kill(os.getppid(), number)
""",
    ),
    Attack(
        "kill everything that it may",
        "signal",
        """
import os
def attack(s): os.kill(-1, 9)
""",
    ),
    Attack(
        "kill the victim's process group",
        "signal",
        "import os\ndef attack(s): os.killpg(s['victim'], 9)",
    ),
    Attack(
        "a signal through a pipe's owner",
        "signal",
        """
import fcntl, os, signal
def attack(s):
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETOWN, s["grader"])
    fcntl.fcntl(read, fcntl.F_SETSIG, signal.SIGUSR1)
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(write, b"x")
""",
    ),
    Attack(
        "limit the grader",
        "did",
        """
import resource
def attack(s):
    resource.prlimit(s["grader"], resource.RLIMIT_CORE)
    return True
""",
    ),
    Attack(
        "slow the grader down",
        "did",
        """
import os
def attack(s):
    os.setpriority(os.PRIO_PROCESS, s["victim"], 5)
    return True
""",
    ),
    Attack(
        "reschedule another process",
        "did",
        """
import os
def attack(s):
    os.sched_setscheduler(s["victim"], os.SCHED_BATCH, os.sched_param(0))
    return True
""",
    ),
    Attack(
        "trace another process",
        "did",
        """
def attack(s): return syscall("ptrace", 0x4206, s["victim"], 0, 0) == 0  # PTRACE_SEIZE
""",
        kernel=True,
    ),
    Attack(
        "read memory by process_vm_readv",
        "did",
        """
def attack(s):
    here, there = ctypes.create_string_buffer(8), ctypes.create_string_buffer(b"8 bytes")
    class Piece(ctypes.Structure):
        _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
    pieces = [Piece(ctypes.addressof(item), 8) for item in (here, there)]
    return syscall("process_vm_readv", os.getpid(), ctypes.byref(pieces[0]), 1,
                   ctypes.byref(pieces[1]), 1, 0) == 8
""",
        kernel=True,
    ),
    Attack(
        "take a descriptor of another process",
        "did",
        """
def attack(s): return syscall("pidfd_getfd", os.pidfd_open(s["victim"]), 0, 0) >= 0
""",
        kernel=True,
    ),
    Attack(
        "compare with another process",
        "did",
        "def attack(s): return syscall('kcmp', os.getpid(), s['victim'], 0, 0, 0) >= 0",
        kernel=True,
    ),
]

_LINGER = """
import os, signal, time
def linger():
    time.sleep(20)
    os._exit(0)
"""

SURVIVORS = [
    Attack(
        "a child that is left behind",
        "survivor",
        _LINGER + "def attack(s): return os.fork() or linger()",
    ),
    Attack(
        "a daemon: fork, session, fork",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): return time.sleep(0.1)
    try: os.setsid()
    except OSError: pass
    if os.fork(): os._exit(0)
    linger()
""",
    ),
    Attack(
        "a child in a process group of its own",
        "survivor",
        _LINGER
        + """
def attack(s):
    child = os.fork()
    if not child:
        try: os.setpgid(0, 0)
        except OSError: pass
        linger()
    time.sleep(0.05)
""",
    ),
    Attack(
        "a child that ignores every signal",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): return time.sleep(0.05)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    linger()
""",
    ),
    Attack(
        "a child that is stopped",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): return time.sleep(0.05)
    signal.alarm(20)
    os.kill(os.getpid(), signal.SIGSTOP)
""",
    ),
    Attack(
        "a child that closed everything",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): return time.sleep(0.05)
    os.closerange(0, 64)
    linger()
""",
    ),
    Attack(
        "a chain of forks that hops",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): return time.sleep(0.05)
    try: os.setsid()
    except OSError: pass
    end = time.monotonic() + 6
    while time.monotonic() < end:
        if os.fork(): os._exit(0)
        time.sleep(0.002)
    os._exit(0)
""",
        limits={"cpu_s": 5},
    ),
    Attack(
        "another program",
        "survivor",
        """
import subprocess
def attack(s): subprocess.Popen(["/bin/sleep", "20"])
""",
    ),
    Attack(
        "a reaper of its own",
        "survivor",
        _LINGER
        + """
import ctypes
def attack(s):
    if os.fork(): return time.sleep(0.05)
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if os.fork(): linger()
    linger()
""",
    ),
    Attack(
        "a thread that forks at the end",
        "survivor",
        _LINGER
        + """
import atexit, threading
def later():
    time.sleep(0.02)
    if not os.fork(): linger()
def attack(s):
    threading.Thread(target=later).start()
    time.sleep(0.05)
""",
    ),
]

LEFTOVERS = [
    Attack(
        "a file in /dev/shm",
        "leftover",
        "def attack(s): open('/dev/shm/hostile-a', 'w').write('x')",
    ),
    Attack("a file in /tmp", "leftover", "def attack(s): open('/tmp/hostile-b', 'w').write('x')"),
    Attack(
        "a file in /var/tmp",
        "leftover",
        "def attack(s): open('/var/tmp/hostile-c', 'w').write('x')",
    ),
    Attack("a FIFO", "leftover", "import os\ndef attack(s): os.mkfifo('/dev/shm/hostile-d')"),
    Attack(
        "a socket's path",
        "leftover",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX).bind("/dev/shm/hostile-e")
""",
    ),
    Attack(
        "a named semaphore",
        "leftover",
        """
import ctypes
def attack(s):
    threads = ctypes.CDLL("libc.so.6")
    threads.sem_open.restype = ctypes.c_void_p
    return threads.sem_open(b"/hostile-f", 0o100, 0o600, 1) is not None
""",
    ),
    Attack(
        "a closed folder of folders",
        "leftover",
        """
import os
def attack(s):
    os.makedirs("/dev/shm/hostile-g/inner")
    os.chmod("/dev/shm/hostile-g/inner", 0)
    os.chmod("/dev/shm/hostile-g", 0)
""",
    ),
    Attack(
        "a tree deeper than any recursion",
        "leftover",
        """
import os
def attack(s):
    os.mkdir("/dev/shm/hostile-h")
    os.chdir("/dev/shm/hostile-h")
    for _ in range(1200):
        os.mkdir("d")
        os.chdir("d")
""",
    ),
    Attack(
        "System V shared memory",
        "leftover",
        "def attack(s): return syscall('shmget', 0, 4096, 0o1600) >= 0",
        kernel=True,
    ),
    Attack(
        "System V semaphores",
        "leftover",
        "def attack(s): return syscall('semget', 0, 1, 0o1600) >= 0",
        kernel=True,
    ),
    Attack(
        "a System V message queue",
        "leftover",
        "def attack(s): return syscall('msgget', 0, 0o1600) >= 0",
        kernel=True,
    ),
]

ENDINGS = [
    Attack(
        "a grandchild that holds the channel",
        "survivor",
        _LINGER
        + """
def attack(s):
    if os.fork(): os._exit(0)
    if os.fork(): os._exit(0)
    linger()
""",
    ),
    Attack(
        "another program in place of the worker",
        "survivor",
        "import os\ndef attack(s): os.fork() or os.execv('/bin/sleep', ['sleep', '20'])",
    ),
]
