"""Attacks on the grading itself: forged equality, patched graders, forged frames.

They define ``answer(number)`` and do not know the right one. In the toy grader they win
points all the same; here nothing in the worker's process is worth patching.
"""

from typing import Any

from hostile.attack import Attack

_WRONG = "def answer(number): return -1\n"


def _cheat(name: str, code: str, *, wins: str = "points", **more: Any) -> Attack:
    return Attack(name, wins, code, control="toy", **more)


GRADING = [
    _cheat(
        "equal to everything",
        """
class Any:
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    _cheat(
        "an int that equals everything",
        """
class Any(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
def answer(number): return Any(-1)
""",
    ),
    _cheat(
        "a spoofed class",
        """
class Any:
    __class__ = property(lambda self: int)
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    _cheat(
        "a list that equals everything",
        """
class Any(list):
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    _cheat("not a number", "def answer(number): return float('nan')"),
    _cheat(
        "a float whose difference is nothing",
        """
class Any(float):
    def __sub__(self, other): return 0.0
def answer(number): return Any(-1)
""",
    ),
    _cheat(
        "a patched comparison",
        """
import sys
sys.modules["__main__"].compare = lambda got, expected: True
import unittest
unittest.TestCase.assertEqual = lambda *a, **k: None
"""
        + _WRONG,
    ),
    _cheat(
        "patched assertions",
        """
import unittest
for name in dir(unittest.TestCase):
    if name.startswith("assert"): setattr(unittest.TestCase, name, lambda *a, **k: None)
"""
        + _WRONG,
    ),
    _cheat(
        "patched builtins",
        """
import builtins
def answer(number): return -1.0
builtins.abs = lambda value: 0.0
""",
    ),
    _cheat(
        "a patched report",
        """
import json
json.dumps = lambda *a, **k: '{"points": 10}'
"""
        + _WRONG,
    ),
    _cheat(
        "a patched os.write",
        """
import os
real = os.write
os.write = lambda descriptor, text: real(descriptor, text.replace(b" 0}", b" 10}"))
"""
        + _WRONG,
    ),
    _cheat(
        "a patched result",
        """
import unittest
unittest.TestResult.wasSuccessful = lambda self: True
"""
        + _WRONG,
    ),
    _cheat(
        "the frame of the caller",
        """
import sys
def answer(number): return sys._getframe(1).f_locals["expected"]
""",
    ),
    _cheat(
        "the collector's objects",
        """
import gc
def answer(number):
    for item in gc.get_objects():
        if getattr(item, "__name__", "") == "reference" and hasattr(item, "answer"):
            return item.answer(number)
""",
    ),
    _cheat(
        "the loaded reference",
        """
import sys
def answer(number): return sys.modules["reference"].answer(number)
""",
    ),
    _cheat(
        "the names of the main program",
        """
import __main__
def answer(number): return __main__.reference.answer(number)
""",
    ),
    _cheat(
        "a trace function",
        """
import sys
def watch(frame, event, argument): return watch
sys.settrace(watch)
def answer(number):
    frame = sys._getframe()
    while "expected" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["expected"]
""",
    ),
    _cheat(
        "a hook at exit",
        """
import atexit, os
atexit.register(lambda: None)
os.write(3, b'{"points": 10}\\n')
"""
        + _WRONG,
    ),
    _cheat(
        "an early end with a forged report",
        """
import os
os.write(3, b'{"points": 10}\\n')
os._exit(0)
""",
    ),
    _cheat(
        "a forged frame in advance",
        """
import os, struct
def frame(text): return struct.pack(">I", len(text)) + text
def answer(number):
    os.write(3, b'{"points": 10}\\n')
    os.write(3, frame(b'[["ok",5]]'))
    return -1
""",
    ),
    _cheat(
        "a thread that reports first",
        """
import os, threading
early = threading.Thread(target=lambda: os.write(3, b'{"points": 10}\\n'))
early.start()
early.join()
"""
        + _WRONG,
    ),
    _cheat(
        "an import hook",
        """
import sys
class Fake:
    @staticmethod
    def answer(number): return -1
sys.modules["reference"] = Fake
sys.modules["__main__"].reference = Fake
"""
        + _WRONG,
    ),
    _cheat(
        "a replaced class of the checks",
        """
import __main__
if hasattr(__main__, "Checks"): __main__.Checks.assertTrue = __main__.Checks.assertEqual = lambda *a: None
import unittest
unittest.TestCase.assertTrue = unittest.TestCase.assertEqual = lambda *a: None
"""
        + _WRONG,
    ),
    _cheat(
        "a shadowed standard library",
        "import json\n" + _WRONG,
        files={
            "_strptime.py": "",
            "json.py": "def dumps(*a, **k): return '{\"points\": 10}'\ndef loads(t): return {}",
            "submission.py": "import sys\nsys.modules.pop('json')\nimport json, __main__\n__main__.json = json\n"
            + _WRONG,
        },
    ),
    _cheat(
        "a stopped clock",
        """
import time
time.process_time = lambda: 0.0
def answer(number):
    total = sum(range(6_000_000))
    return __import__("sys").modules["reference"].answer(number)
""",
    ),
    _cheat(
        "a secret in an open descriptor",
        """
import os
def answer(number):
    found = b""
    for descriptor in range(3, 64):
        try: found += os.pread(descriptor, 100, 0)
        except OSError: pass
    if found: os.write(3, b'{"points": 10}\\n')
    return found.decode(errors="replace")
""",
    ),
    _cheat(
        "a secret in the environment",
        """
import os
def answer(number):
    found = os.environ.get("GRADER_TOKEN", "")
    if found: os.write(3, b'{"points": 10}\\n')
    return found
""",
    ),
    _cheat(
        "exit status nought", "import os, sys\nos.write(3, b'{\"points\": 10}\\n')\nsys.exit(0)\n"
    ),
]

NO_RESULT = [
    _cheat("an exit", "import os\nos._exit(0)\n", wins="no result"),
    _cheat("a signal to itself", "import os\nos.kill(os.getpid(), 9)\n", wins="no result"),
    _cheat("a segmentation fault", "import ctypes\nctypes.string_at(0)\n", wins="no result"),
    _cheat("an abort", "import os\nos.abort()\n", wins="no result"),
    _cheat(
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
    _cheat(
        "no end after the last answer",
        """
import atexit, os, signal, time
signal.signal(signal.SIGALRM, signal.SIG_IGN)
os._exit = lambda status: time.sleep(600)
atexit.register(time.sleep, 600)
"""
        + _WRONG,
        wins="no result",
    ),
    _cheat(
        "every descriptor closed", "import os\nos.closerange(0, 64)\n" + _WRONG, wins="no result"
    ),
    _cheat(
        "the channel replaced",
        """
import os
os.dup2(os.open("/dev/null", os.O_RDWR), 3)
"""
        + _WRONG,
        wins="no result",
    ),
    _cheat(
        "a hang that blocks the alarm",
        """
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
def answer(number):
    while True: pass
""",
        wins="no result",
    ),
    _cheat(
        "a hang during import",
        """
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
time.sleep(600)
""",
        wins="no result",
        limits={"wall_s": 0.7},
    ),
    _cheat(
        "garbage on the channel",
        "import os\nos.write(3, b'\\xff' * 1000)\n" + _WRONG,
        wins="no result",
    ),
    _cheat(
        "a frame that claims four gigabytes",
        "import os\nos.write(3, b'\\xff\\xff\\xff\\xff x\\n')\n" + _WRONG,
        wins="no result",
    ),
    _cheat(
        "a frame that never ends",
        """
import os, time
os.write(3, b"\\0\\0\\1\\0[")
time.sleep(600)
""",
        wins="no result",
        limits={"wall_s": 0.7},
    ),
    _cheat(
        "a nested frame",
        """
import os, struct
text = b"[" * 60000 + b"]" * 60000
os.write(3, struct.pack(">I", len(text)) + text)
"""
        + _WRONG,
        wins="no result",
    ),
    _cheat(
        "a number of very many digits",
        """
import os, struct
text = b'{"imported":' + b"9" * 60000 + b"}"
os.write(3, struct.pack(">I", len(text)) + text)
"""
        + _WRONG,
        wins="no result",
    ),
    _cheat("a lone surrogate", "def answer(number): return '\\udc80'\n", wins="no result"),
    _cheat(
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
    _cheat(
        "an answer of a million digits",
        "def answer(number): return 1 << 4_000_000\n",
        wins="no result",
    ),
    _cheat(
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
    _cheat(
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
