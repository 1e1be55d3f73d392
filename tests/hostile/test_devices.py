"""What a device of the course noted down in the student's process is only a claim.

A check may grade which calls a program made on a stand-in. The list lies where the
submission runs, so it is compared, call by call and result by result, with what the
reference did: to forge it right is to know the right answer.
"""

from collections.abc import Mapping

import pytest
from days import Day
from grader.replay import read_folder

DAY = Day("day1")
CHECK = "D1.12"

TAMPERED = {
    "calls that are not noted": """
from machine import recorder as _recorder
_recorder.log_call.__globals__["_calls"] = type("Deaf", (list,), {"append": lambda *_: None})()
""",
    "calls that are forgotten": """
from machine import recorder as _recorder
_alloc = SlabCache.alloc
def _quietly(self):
    try: return _alloc(self)
    finally: _recorder.take_calls()
SlabCache.alloc = _quietly
""",
    "calls that never were": """
from machine import recorder as _recorder
_free = SlabCache.free
def _proudly(self, address):
    _recorder.log_call("PageSource.free", [0], None)
    return _free(self, address)
SlabCache.free = _proudly
""",
    "calls in another order": """
from machine import recorder as _recorder
_take = _recorder.take_calls
_recorder.take_calls.__code__ = (lambda: [*_calls[::-1], _calls.clear()][:-1]).__code__
_shrink = SlabCache.shrink
def _reversed(self):
    _recorder.log_call("PageSource.alloc", [0], 0)
    return _shrink(self)
SlabCache.shrink = _reversed
""",
    "another result noted": """
from machine import recorder as _recorder
_log = _recorder.log_call
_log.__code__ = (
    lambda name, args, result: _calls.append(["call", name, args, 0])
).__code__
""",
    "a device that was filled": """
from machine import PageSource
_real = PageSource._alloc
def _second(self, order):
    _real(self, order)
    return _real(self, order)
PageSource._alloc = _second
""",
    "a device of its own": """
from machine import PageSource
class _Silent(PageSource):
    def alloc(self, order): return self._alloc(order)
    def free(self, pfn): return self._free(pfn)
_init = SlabCache.__init__
def _with_own(self, name, obj_size, buddy, **options):
    _init(self, name, obj_size, _Silent(len(buddy._taken)), **options)
SlabCache.__init__ = _with_own
""",
}


def _reference(more: str = "") -> Mapping[str, bytes]:
    files = dict(read_folder(DAY.reference))
    return {**files, "slab.py": files["slab.py"] + more.encode()}


def test_the_untouched_program_passes() -> None:
    """The control: what is found below is the tampering."""
    assert DAY.graded(_reference(), CHECK)[CHECK].outcome == "passed"


@pytest.mark.parametrize("way", TAMPERED)
def test_tampering_with_a_device_earns_nothing(way: str) -> None:
    """However the list of calls or the device itself is changed."""
    verdict = DAY.graded(_reference(TAMPERED[way]), CHECK)[CHECK]

    assert verdict.outcome == "failed"
