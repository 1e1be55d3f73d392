"""Attacks through sockets: the network, the user's own agents, local logs."""

from hostile.attack import Attack

NETWORK = [
    Attack(
        "a TCP connection",
        "network",
        """
import socket
def attack(s): socket.create_connection(("127.0.0.1", s["tcp"]), 0.5)
""",
    ),
    Attack(
        "a TCP connection from a child",
        "network",
        """
import subprocess, sys
def attack(s):
    code = f"import socket; socket.create_connection(('127.0.0.1', {s['tcp']}), 0.5)"
    subprocess.run([sys.executable, "-c", code])
""",
    ),
    Attack(
        "a datagram, as DNS sends",
        "did",
        """
import socket
def attack(s):
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 53)) == 1
""",
    ),
    Attack(
        "a TCP listener",
        "did",
        """
import socket
def attack(s):
    with socket.create_server(("127.0.0.1", 0)): return True
""",
    ),
    Attack(
        "a socket of IPv6",
        "did",
        """
import socket
def attack(s):
    with socket.socket(socket.AF_INET6): return True
""",
    ),
    Attack(
        "a netlink socket",
        "did",
        """
import socket
def attack(s):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0): return True
""",
    ),
    Attack(
        "a packet socket",
        "did",
        """
import socket
def attack(s):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0): return True
""",
    ),
    Attack(
        "a kernel crypto socket or a pair of inet",
        "did",
        """
import socket
def attack(s):
    for family in (socket.AF_INET6, socket.AF_INET):
        try: socket.socket(family, socket.SOCK_STREAM).close(); return True
        except OSError: pass
""",
    ),
    Attack(
        "an agent's socket",
        "agent",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX).connect(s["agent"])
""",
    ),
    Attack(
        "an agent's socket through a link",
        "agent",
        """
import os, socket
def attack(s):
    os.symlink(s["agent"], "agent")
    socket.socket(socket.AF_UNIX).connect("agent")
""",
    ),
    Attack(
        "an agent's socket from another program",
        "agent",
        """
import subprocess, sys
def attack(s):
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({s['agent']!r})"
    subprocess.run([sys.executable, "-c", code])
""",
    ),
    Attack(
        "an agent's socket by a relative path",
        "agent",
        """
import os, socket
def attack(s): socket.socket(socket.AF_UNIX).connect(os.path.relpath(s["agent"]))
""",
    ),
    Attack(
        "an agent's socket by a path out of the own folder",
        "agent",
        """
import os, socket
def attack(s):
    up = os.getcwd() + "/.." * os.getcwd().count("/")
    socket.socket(socket.AF_UNIX).connect(up + s["agent"])
""",
    ),
    Attack(
        "an agent's socket from its folder",
        "agent",
        """
import os, socket
def attack(s):
    os.chdir(os.path.dirname(s["agent"]))
    socket.socket(socket.AF_UNIX).connect("agent")
""",
    ),
    Attack(
        "an agent's socket through a linked folder",
        "agent",
        """
import os, socket
def attack(s):
    os.symlink(os.path.dirname(s["agent"]), "folder")
    socket.socket(socket.AF_UNIX).connect("folder/agent")
""",
    ),
    Attack(
        "an agent's socket through a descriptor",
        "agent",
        """
import os, socket
def attack(s):
    held = os.open(s["agent"], os.O_PATH)
    socket.socket(socket.AF_UNIX).connect(f"/proc/self/fd/{held}")
""",
    ),
    Attack(
        "an agent's socket by a hard link",
        "agent",
        """
import os, socket
def attack(s):
    os.link(s["agent"], "agent")
    socket.socket(socket.AF_UNIX).connect("agent")
""",
    ),
    Attack(
        "an agent's socket moved",
        "agent",
        """
import os, socket
def attack(s):
    os.rename(s["agent"], "agent")
    socket.socket(socket.AF_UNIX).connect("agent")
""",
    ),
    Attack(
        "an agent's socket of packets",
        "agent",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect(s["packets"])
""",
    ),
    Attack(
        "an agent's socket that changes places with an own one",
        "agent",
        """
import os, signal, socket
def attack(s):
    server = socket.socket(socket.AF_UNIX)
    server.bind("own")
    server.listen(4000)
    os.link("own", "name")
    swapper = os.fork()
    while not swapper:
        os.symlink(s["agent"], "next"); os.rename("next", "name")
        os.link("own", "next"); os.rename("next", "name")
    for _ in range(800):
        channel = socket.socket(socket.AF_UNIX)
        channel.setblocking(False)
        try: channel.connect("name")
        except OSError: pass
    os.kill(swapper, signal.SIGKILL)
    os.wait()
""",
        limits={"cpu_s": 3, "wall_s": 6.0, "open_files": 1000},
    ),
    Attack(
        "an agent's address that is written while it is judged",
        "agent",
        """
import mmap, signal, socket
def attack(s):
    server = socket.socket(socket.AF_UNIX)
    server.bind("own")
    server.listen(4000)
    names = [b"\\1\\0" + name.encode() + b"\\0" for name in ("own", s["agent"])]
    shared = mmap.mmap(-1, 4096)
    address = (ctypes.c_char * 110).from_buffer(shared)
    writer = os.fork()
    while not writer:
        for name in names: ctypes.memmove(address, name, len(name))
    for _ in range(800):
        channel = socket.socket(socket.AF_UNIX)
        channel.setblocking(False)
        syscall("connect", channel.fileno(), address, 100)
    os.kill(writer, signal.SIGKILL)
    os.wait()
""",
        kernel=True,
        limits={"cpu_s": 3, "wall_s": 6.0, "open_files": 1000},
    ),
    Attack(
        "an agent's abstract socket",
        "abstract",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX).connect("\\0" + s["abstract"])
""",
        holds=("net", "scope"),
    ),
    Attack(
        "a datagram to a local log",
        "datagram",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", s["log"])
""",
    ),
    Attack(
        "a datagram through a connection",
        "datagram",
        """
import socket
def attack(s):
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.connect(s["log"])
    channel.send(b"x")
""",
    ),
    Attack(
        "a datagram by sendmsg",
        "datagram",
        """
import socket
def attack(s): socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, s["log"])
""",
    ),
    Attack(
        "a datagram from a pair",
        "datagram",
        """
import socket
def attack(s): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", s["log"])
""",
    ),
]
