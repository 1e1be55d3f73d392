"""Attacks by which a grading would have no result: ends, hangs, and answers that choke a reader.

In the toy grader they leave no points at all; here they are a verdict like any other.
"""

from hostile.attack import WRONG, cheat

NO_RESULT = [
    cheat("an exit", "import os\nos._exit(0)\n", wins="no result"),
    cheat("a signal to itself", "import os\nos.kill(os.getpid(), 9)\n", wins="no result"),
    cheat("a segmentation fault", "import ctypes\nctypes.string_at(0)\n", wins="no result"),
    cheat(
        "an interrupt in an answer",
        "def answer(number): raise KeyboardInterrupt\n",
        wins="no result",
    ),
    cheat(
        "a signal to its group",
        "import os\nos.killpg(0, 15)\n",
        wins="no result",
    ),
    cheat("an abort", "import os\nos.abort()\n", wins="no result"),
    cheat(
        "an overflown stack",
        """
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name): return getattr(self, name + "x"[:0])
def answer(number): return Deep().anything
""",
        wins="no result",
    ),
    cheat(
        "no end after the last answer",
        """
import atexit, os, signal, time
signal.signal(signal.SIGALRM, signal.SIG_IGN)
os._exit = lambda status: time.sleep(600)
atexit.register(time.sleep, 600)
"""
        + WRONG,
        wins="no result",
    ),
    cheat("every descriptor closed", "import os\nos.closerange(0, 64)\n" + WRONG, wins="no result"),
    cheat(
        "the channel replaced",
        """
import os
os.dup2(os.open("/dev/null", os.O_RDWR), 3)
"""
        + WRONG,
        wins="no result",
    ),
    cheat(
        "a hang that blocks the alarm",
        """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
def answer(number):
    while True: pass
""",
        wins="no result",
    ),
    cheat(
        "a hang during import",
        """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
time.sleep(600)
""",
        wins="no result",
        limits={"wall_s": 2.0},
    ),
    cheat(
        "garbage on the channel",
        "import os\nos.write(3, b'\\xff' * 1000)\n" + WRONG,
        wins="no result",
    ),
    cheat(
        "a frame that claims four gigabytes",
        "import os\nos.write(3, b'\\xff\\xff\\xff\\xff x\\n')\n" + WRONG,
        wins="no result",
    ),
    cheat(
        "a frame that never ends",
        """
import os, time
os.write(3, b"\\0\\0\\1\\0[")
time.sleep(600)
""",
        wins="no result",
        limits={"wall_s": 2.0},
    ),
    cheat(
        "an answer byte by byte",
        """
import os, time
for byte in b"\\0\\0\\1\\0[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[":
    os.write(3, bytes([byte]))
    time.sleep(0.1)
"""
        + WRONG,
        wins="no result",
        limits={"wall_s": 2.0},
    ),
    cheat(
        "frames without end",
        """
import os, struct, threading
frame = struct.pack(">I", 8) + b"[[1,1]] "
def flood():
    while True: os.write(3, frame * 1000)
threading.Thread(target=flood, daemon=True).start()
def answer(number):
    while True: pass
""",
        wins="no result",
    ),
    cheat(
        "output without end",
        """
import os
while True: os.write(1, b"x" * 65536)
""",
        wins="no result",
        limits={"wall_s": 2.0},
    ),
    cheat(
        "an answer of hundreds of megabytes",
        """
def answer(number): return ["x" * (100 << 20)] * 4
""",
        wins="no result",
        limits={"memory_bytes": 3 << 30},
    ),
    cheat(
        "a nested frame",
        """
import os, struct
text = b"[" * 60000 + b"]" * 60000
os.write(3, struct.pack(">I", len(text)) + text)
"""
        + WRONG,
        wins="no result",
    ),
    cheat(
        "a number of very many digits",
        """
import os, struct
text = b'{"imported":' + b"9" * 60000 + b"}"
os.write(3, struct.pack(">I", len(text)) + text)
"""
        + WRONG,
        wins="no result",
    ),
    cheat("a lone surrogate", "def answer(number): return '\\udc80'\n", wins="no result"),
    cheat(
        "an answer nested too deep",
        """
def answer(number):
    nested = []
    for _ in range(100_000): nested = [nested]
    import os
    return nested
""",
        wins="no result",
    ),
    cheat(
        "an answer of a million digits",
        "def answer(number): return 1 << 4_000_000\n",
        wins="no result",
    ),
    cheat(
        "a repr that does not end",
        """
class Long:
    def __repr__(self):
        while True: pass
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
def answer(number): return Long()
""",
        wins="no result",
    ),
    cheat(
        "a repr of a gigabyte",
        """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
class Long:
    def __repr__(self): return "x" * (1 << 30)
def answer(number):
    while number: text = repr(Long())
""",
        wins="no result",
    ),
    cheat(
        "an answer that contains itself",
        """
def answer(number):
    loop = []
    loop.append(loop)
    import os
    os.write(3, b"x")
    return loop
""",
        wins="no result",
    ),
    cheat(
        "descriptors sent with the answer",
        """
import array, os, socket
def answer(number):
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 50))]
    try:
        channel = socket.socket(fileno=os.dup(3))
        for _ in range(5): channel.sendmsg([b"x"], ancillary)
    except OSError:
        os.write(3, b"x")
    return -1
""",
        wins="no result",
    ),
]
