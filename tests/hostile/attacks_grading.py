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
        "a str that equals everything",
        """
class Any(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def answer(number): return Any("wrong")
""",
    ),
    _cheat(
        "a tuple with fields that equals everything",
        """
import collections
class Any(collections.namedtuple("Any", "value")):
    def __eq__(self, other): return True
    __hash__ = tuple.__hash__
def answer(number): return Any(-1)
""",
    ),
    _cheat(
        "equal by reflection",
        """
class Any:
    def __eq__(self, other): return NotImplemented if other is self else True
    def __ne__(self, other): return False
def answer(number): return Any()
""",
    ),
    _cheat(
        "a metaclass that is every class",
        """
class Every(type):
    def __eq__(self, other): return True
    def __instancecheck__(self, instance): return True
    __hash__ = type.__hash__
class Any(metaclass=Every):
    def __eq__(self, other): return True
def answer(number): return Any()
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
        "patched classes of the comparison",
        """
import builtins
real = isinstance
def answer(number):
    builtins.isinstance = lambda item, kind: False if kind is float else real(item, kind)
    return Late()
class Late:
    __eq__ = lambda self, other: True
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
        "the frame of an exception",
        """
def answer(number):
    try: raise ValueError
    except ValueError as error: frame = error.__traceback__.tb_frame
    while "expected" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["expected"]
""",
    ),
    _cheat(
        "the frames of all threads",
        """
import sys, threading
main = threading.main_thread().ident
def answer(number):
    found = []
    def look():
        frame = sys._current_frames()[main]
        while frame and "expected" not in frame.f_locals: frame = frame.f_back
        if frame: found.append(frame.f_locals["expected"])
    watcher = threading.Thread(target=look)
    watcher.start()
    watcher.join()
    return found[0]
""",
    ),
    _cheat(
        "the collector's referrers",
        """
import gc, os
def answer(number):
    for names in gc.get_referrers(os):
        if isinstance(names, dict) and hasattr(names.get("reference"), "answer"):
            return names["reference"].answer(number)
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
        "a profile function",
        """
import sys
seen = []
def watch(frame, event, argument):
    if event == "return" and frame.f_code.co_name == "answer": seen.append(argument)
sys.setprofile(watch)
def answer(number): return seen[-1]
""",
    ),
    _cheat(
        "an audit hook",
        """
import os, sys
def hook(event, arguments):
    if event == "os.write" or event == "open": os.write(3, b'{"points": 10}\\n')
sys.addaudithook(hook)
open("/dev/null").close()
"""
        + _WRONG,
    ),
    _cheat(
        "a hook for exceptions",
        """
import os, sys
sys.excepthook = lambda *a: os.write(3, b'{"points": 10}\\n')
import unittest
unittest.TestResult.wasSuccessful = lambda self: 1 / 0
"""
        + _WRONG,
    ),
    _cheat(
        "a finaliser",
        """
import os
class Last:
    def __del__(self, write=os.write): write(3, b'{"points": 10}\\n')
def answer(number): return Last() and -1
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
        "every answer twice",
        """
import os, struct
def frame(text): return struct.pack(">I", len(text)) + text
def answer(number):
    os.write(3, b'{"points": 10}\\n')
    for _ in range(2): os.write(3, frame(b'[["ok",%d]]' % (number * number + 1)))
    return -1
""",
    ),
    _cheat(
        "a frame by a child",
        """
import os, struct
def answer(number):
    if os.fork() == 0:
        os.write(3, b'{"points": 10}\\n')
        text = b'[["ok",5],["ok",26],["ok",82]]'
        os.write(3, struct.pack(">I", len(text)) + text)
        os._exit(0)
    os.wait()
    return -1
""",
    ),
    _cheat(
        "a frame through a duplicate",
        """
import os, struct
own = os.dup(3)
os.write(own, b'{"points": 10}\\n')
text = b'{"imported":true}'
os.write(own, struct.pack(">I", len(text)) + text)
"""
        + _WRONG,
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
    total = sum(range(3_500_000))
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
    _cheat(
        "an interrupt in an answer",
        "def answer(number): raise KeyboardInterrupt\n",
        wins="no result",
    ),
    _cheat(
        "a signal to its group",
        "import os\nos.killpg(0, 15)\n",
        wins="no result",
    ),
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
        "an answer byte by byte",
        """
import os, time
for byte in b"\\0\\0\\1\\0[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[":
    os.write(3, bytes([byte]))
    time.sleep(0.1)
"""
        + _WRONG,
        wins="no result",
        limits={"wall_s": 0.7},
    ),
    _cheat(
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
    _cheat(
        "output without end",
        """
import os
while True: os.write(1, b"x" * 65536)
""",
        wins="no result",
        limits={"wall_s": 0.7},
    ),
    _cheat(
        "an answer of hundreds of megabytes",
        """
def answer(number): return ["x" * (100 << 20)] * 4
""",
        wins="no result",
        limits={"memory_bytes": 3 << 30},
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
    _cheat(
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
