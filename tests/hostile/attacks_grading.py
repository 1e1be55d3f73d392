"""Attacks on the grading itself: forged equality, patched graders, forged frames.

They define ``answer(number)`` and do not know the right one. In the toy grader they win
points all the same; here nothing in the worker's process is worth patching.
"""

from hostile.attack import WRONG, cheat

GRADING = [
    cheat(
        "equal to everything",
        """
class Any:
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    cheat(
        "an int that equals everything",
        """
class Any(int):
    def __eq__(self, other): return True
    __hash__ = int.__hash__
def answer(number): return Any(-1)
""",
    ),
    cheat(
        "a str that equals everything",
        """
class Any(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def answer(number): return Any("wrong")
""",
    ),
    cheat(
        "a tuple with fields that equals everything",
        """
import collections
class Any(collections.namedtuple("Any", "value")):
    def __eq__(self, other): return True
    __hash__ = tuple.__hash__
def answer(number): return Any(-1)
""",
    ),
    cheat(
        "equal by reflection",
        """
class Any:
    def __eq__(self, other): return NotImplemented if other is self else True
    def __ne__(self, other): return False
def answer(number): return Any()
""",
    ),
    cheat(
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
    cheat(
        "a spoofed class",
        """
class Any:
    __class__ = property(lambda self: int)
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    cheat(
        "a list that equals everything",
        """
class Any(list):
    def __eq__(self, other): return True
def answer(number): return Any()
""",
    ),
    cheat("not a number", "def answer(number): return float('nan')"),
    cheat(
        "a float whose difference is nothing",
        """
class Any(float):
    def __sub__(self, other): return 0.0
def answer(number): return Any(-1)
""",
    ),
    cheat(
        "a patched comparison",
        """
import sys
sys.modules["__main__"].compare = lambda got, expected: True
import unittest
unittest.TestCase.assertEqual = lambda *a, **k: None
"""
        + WRONG,
    ),
    cheat(
        "patched assertions",
        """
import unittest
for name in dir(unittest.TestCase):
    if name.startswith("assert"): setattr(unittest.TestCase, name, lambda *a, **k: None)
"""
        + WRONG,
    ),
    cheat(
        "patched builtins",
        """
import builtins
def answer(number): return -1.0
builtins.abs = lambda value: 0.0
""",
    ),
    cheat(
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
    cheat(
        "a patched report",
        """
import json
json.dumps = lambda *a, **k: '{"points": 10}'
"""
        + WRONG,
    ),
    cheat(
        "a patched os.write",
        """
import os
real = os.write
os.write = lambda descriptor, text: real(descriptor, text.replace(b" 0}", b" 10}"))
"""
        + WRONG,
    ),
    cheat(
        "a patched result",
        """
import unittest
unittest.TestResult.wasSuccessful = lambda self: True
"""
        + WRONG,
    ),
    cheat(
        "the frame of the caller",
        """
import sys
def answer(number): return sys._getframe(1).f_locals["expected"]
""",
    ),
    cheat(
        "the frame of an exception",
        """
def answer(number):
    try: raise ValueError
    except ValueError as error: frame = error.__traceback__.tb_frame
    while "expected" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["expected"]
""",
    ),
    cheat(
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
    cheat(
        "the collector's referrers",
        """
import gc, os
def answer(number):
    for names in gc.get_referrers(os):
        if isinstance(names, dict) and hasattr(names.get("reference"), "answer"):
            return names["reference"].answer(number)
""",
    ),
    cheat(
        "the collector's objects",
        """
import gc
def answer(number):
    for item in gc.get_objects():
        if getattr(item, "__name__", "") == "reference" and hasattr(item, "answer"):
            return item.answer(number)
""",
    ),
    cheat(
        "the loaded reference",
        """
import sys
def answer(number): return sys.modules["reference"].answer(number)
""",
    ),
    cheat(
        "the names of the main program",
        """
import __main__
def answer(number): return __main__.reference.answer(number)
""",
    ),
    cheat(
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
    cheat(
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
    cheat(
        "an audit hook",
        """
import os, sys
def hook(event, arguments):
    if event == "os.write" or event == "open": os.write(3, b'{"points": 10}\\n')
sys.addaudithook(hook)
open("/dev/null").close()
"""
        + WRONG,
    ),
    cheat(
        "a hook for exceptions",
        """
import os, sys
sys.excepthook = lambda *a: os.write(3, b'{"points": 10}\\n')
import unittest
unittest.TestResult.wasSuccessful = lambda self: 1 / 0
"""
        + WRONG,
    ),
    cheat(
        "a finaliser",
        """
import os
class Last:
    def __del__(self, write=os.write): write(3, b'{"points": 10}\\n')
def answer(number): return Last() and -1
""",
    ),
    cheat(
        "a hook at exit",
        """
import atexit, os
atexit.register(lambda: None)
os.write(3, b'{"points": 10}\\n')
"""
        + WRONG,
    ),
    cheat(
        "an early end with a forged report",
        """
import os
os.write(3, b'{"points": 10}\\n')
os._exit(0)
""",
    ),
    cheat(
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
    cheat(
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
    cheat(
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
    cheat(
        "a frame through a duplicate",
        """
import os, struct
own = os.dup(3)
os.write(own, b'{"points": 10}\\n')
text = b'{"imported":true}'
os.write(own, struct.pack(">I", len(text)) + text)
"""
        + WRONG,
    ),
    cheat(
        "a thread that reports first",
        """
import os, threading
early = threading.Thread(target=lambda: os.write(3, b'{"points": 10}\\n'))
early.start()
early.join()
"""
        + WRONG,
    ),
    cheat(
        "an import hook",
        """
import sys
class Fake:
    @staticmethod
    def answer(number): return -1
sys.modules["reference"] = Fake
sys.modules["__main__"].reference = Fake
"""
        + WRONG,
    ),
    cheat(
        "a replaced class of the checks",
        """
import __main__
if hasattr(__main__, "Checks"): __main__.Checks.assertTrue = __main__.Checks.assertEqual = lambda *a: None
import unittest
unittest.TestCase.assertTrue = unittest.TestCase.assertEqual = lambda *a: None
"""
        + WRONG,
    ),
    cheat(
        "a shadowed standard library",
        "import json\n" + WRONG,
        files={
            "_strptime.py": "",
            "json.py": "def dumps(*a, **k): return '{\"points\": 10}'\ndef loads(t): return {}",
            "submission.py": "import sys\nsys.modules.pop('json')\nimport json, __main__\n__main__.json = json\n"
            + WRONG,
        },
    ),
    cheat(
        "a stopped clock",
        """
import time
time.process_time = lambda: 0.0
def answer(number):
    total = sum(range(3_500_000))
    return __import__("sys").modules["reference"].answer(number)
""",
    ),
    cheat(
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
    cheat(
        "a secret in the environment",
        """
import os
def answer(number):
    found = os.environ.get("GRADER_TOKEN", "")
    if found: os.write(3, b'{"points": 10}\\n')
    return found
""",
    ),
    cheat(
        "exit status nought", "import os, sys\nos.write(3, b'{\"points\": 10}\\n')\nsys.exit(0)\n"
    ),
]
