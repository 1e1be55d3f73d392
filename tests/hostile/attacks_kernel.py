"""Attacks by system call: privileges, namespaces, the kernel."""

from hostile.attack import Attack


def _call(name: str, code: str, *, machine: str = "") -> Attack:
    return Attack(name, "did", code, kernel=True, machine=machine)


KERNEL = [
    _call("a user namespace", "def attack(s): return libc.unshare(0x10000000) == 0"),
    _call("a mount namespace", "def attack(s): return libc.unshare(0x20000) == 0"),
    _call(
        "a user namespace by clone",
        """
def attack(s):
    child = syscall("clone", 0x10000000 | 17, 0, 0, 0, 0)
    if child == 0: os._exit(0)
    return child > 0
""",
    ),
    _call(
        "a user namespace by clone3",
        """
import struct
def attack(s):
    wanted = struct.pack("=11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)
    child = syscall("clone3", wanted, len(wanted))
    if child == 0: os._exit(0)
    return child > 0
""",
    ),
    _call(
        "the namespace of another process",
        """
def attack(s):
    return libc.setns(os.open(f"/proc/{s['victim']}/ns/uts", os.O_RDONLY), 0) == 0
""",
    ),
    _call(
        "a mount", "def attack(s): return libc.mount(b'none', b'/dev/shm', b'tmpfs', 0, None) == 0"
    ),
    _call("a new kind of mount", "def attack(s): return syscall('fsopen', b'tmpfs', 0) >= 0"),
    _call("a detached tree", "def attack(s): return syscall('open_tree', -100, b'/', 1) >= 0"),
    _call("a root of its own", "def attack(s): return syscall('chroot', b'/') == 0"),
    _call("another name of the host", "def attack(s): return syscall('sethostname', b'x', 1) == 0"),
    _call("root again", "def attack(s): os.setresuid(0, 0, 0); return os.geteuid() == 0"),
    _call("more groups", "def attack(s): os.setgroups([0]); return True"),
    _call(
        "a BPF map",
        "def attack(s): return syscall('bpf', 0, bytes([2,0,0,0,4,0,0,0,4,0,0,0,1,0,0,0])+bytes(112), 128) >= 0",
    ),
    _call(
        "an io_uring",
        "def attack(s): return syscall('io_uring_setup', 1, ctypes.create_string_buffer(120)) >= 0",
    ),
    _call(
        "a key of the keyring",
        "def attack(s): return syscall('add_key', b'user', b'k', b'v', 1, -2) >= 0",
    ),
    _call("the session's keyring", "def attack(s): return syscall('keyctl', 0, -3, 1) >= 0"),
    _call(
        "performance counters",
        "def attack(s): return syscall('perf_event_open', (b'\\x01\\0\\0\\0\\x70\\0\\0\\0' + bytes(104)), 0, -1, -1, 0) >= 0",
    ),
    _call("faults in user space", "def attack(s): return syscall('userfaultfd', 0) >= 0"),
    _call(
        "the clock of the machine",
        """
def attack(s):
    # an impossible time: allowed to try means EINVAL, not EPERM
    import errno
    syscall("clock_settime", 0, (ctypes.c_long * 2)(0, -1))
    return ctypes.get_errno() == errno.EINVAL
""",
    ),
    _call("another personality", "def attack(s): return syscall('personality', 0x0040000) >= 0"),
    _call("the kernel's log", "def attack(s): return syscall('syslog', 10, 0, 0) >= 0"),
    _call(
        "events of the whole file system",
        "def attack(s): return syscall('fanotify_init', 0, 0) >= 0",
    ),
    _call("files without a name", "def attack(s): return syscall('memfd_create', b'x', 0) >= 0"),
    _call("no death with the supervisor", "def attack(s): return libc.prctl(1, 0, 0, 0, 0) == 0"),
    _call("the orphans of others", "def attack(s): return libc.prctl(36, 1, 0, 0, 0) == 0"),
    _call(
        "a session of its own",
        """
def attack(s):
    read, write = os.pipe()
    if os.fork() == 0:
        try: os.setsid(); os.write(write, b"1")
        finally: os._exit(0)
    os.close(write)
    return os.read(read, 1) == b"1"
""",
    ),
    _call(
        "another core",
        "def attack(s): os.sched_setaffinity(0, os.sched_getaffinity(0)); return True",
    ),
    _call(
        "another class of disk access",
        "def attack(s): return syscall('ioprio_set', 1, 0, 0x4004) == 0",
    ),
    _call("memory policy", "def attack(s): return syscall('set_mempolicy', 0, 0, 0) == 0"),
    _call(
        "typing into a terminal",
        """
import fcntl
def attack(s):
    _, terminal = os.openpty()
    fcntl.ioctl(terminal, 0x5412, b"x")
    return True
""",
    ),
    _call(
        "a system call of 32 bits",
        """
import mmap
def attack(s):
    code = bytes.fromhex("53b814000000cd805bc3")  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return call() == os.getpid()
""",
        machine="x86_64",
    ),
    _call(
        "mqueues of the machine",
        """
def attack(s):
    made = syscall("mq_open", b"hostile-queue", 0o100 | 2, 0o600, 0)
    if made < 0: return False
    syscall("mq_unlink", b"hostile-queue")
    # allowed inside an IPC namespace of its own, where the host's queue is not seen
    return os.readlink("/proc/self/ns/ipc") == os.readlink(f"/proc/{s['grader']}/ns/ipc")
""",
    ),
    _call(
        "capabilities by exec of a root's file",
        """
import subprocess, sys
def attack(s):
    code = "print([l for l in open('/proc/self/status') if l.startswith('CapEff')][0].split()[1])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True).stdout
    return int(shown, 16) != 0
""",
    ),
    _call("new privileges by exec", "def attack(s): return libc.prctl(39, 0, 0, 0, 0) == 0"),
]
