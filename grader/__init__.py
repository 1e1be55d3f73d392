"""An auto-grader: confined workers, recorded inputs, minimal counterexamples.

What a check needs is here; everything else is reached through the command line.
The names are imported on demand, because a worker imports this package too and
must hold nothing but ``codec`` of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.checks import hint, picture, replays
    from grader.trace import TraceRecorder, traces
    from grader.transcript import Run

__all__ = ["Run", "TraceRecorder", "hint", "picture", "replays", "traces"]

_HOMES = {
    "Run": "grader.transcript",
    "TraceRecorder": "grader.trace",
    "hint": "grader.checks",
    "picture": "grader.checks",
    "replays": "grader.checks",
    "traces": "grader.trace",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
