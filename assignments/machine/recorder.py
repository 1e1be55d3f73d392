"""Calls that a check wants to see.

Whoever stands in for a callback or for another class writes down each call made on it.
There is one list for the whole process, in the order in which the calls ended:

    ["call", "PageSource.alloc", [0], 3]                    it returned 3
    ["call", "PageSource.alloc", [0], {"err": "ENOMEM"}]    it raised OSError(ENOMEM)
"""

import errno
from collections.abc import Callable
from typing import Any, TypeVar

_Result = TypeVar("_Result")

_calls: list[list[Any]] = []


class Recorder:
    """A callable that records its positional arguments and returns ``returns``.

    ``calls`` has one list of arguments per call, the oldest first, for your own tests.
    """

    def __init__(self, name: str, returns: Any = None) -> None:
        self.name = name
        self.returns = returns
        self.calls: list[list[Any]] = []

    def __call__(self, *args: Any) -> Any:
        """Record ``args`` and return ``returns``."""
        self.calls.append(list(args))
        log_call(self.name, list(args), self.returns)
        return self.returns

    def __repr__(self) -> str:
        return f"Recorder({self.name!r}, returns={self.returns!r})"


def log_call(name: str, args: list[Any], result: object) -> None:
    """Append one call to the process's list."""
    _calls.append(["call", name, args, result])


def take_calls() -> list[list[Any]]:
    """Return the calls logged since the last time, the oldest first, and forget them."""
    taken = list(_calls)
    _calls.clear()
    return taken


def logged(name: str, call: Callable[..., _Result], *args: Any) -> _Result:
    """Return ``call(*args)``, logged under ``name``; an OSError is logged and raised again."""
    try:
        result = call(*args)
    except OSError as error:
        log_call(name, list(args), {"err": errno.errorcode.get(error.errno or 0)})
        raise
    log_call(name, list(args), result)
    return result
