"""A failure in words and as a table: what a student reads first.

Owns how results look to a person. Pure functions from outcomes to text.
"""

import errno
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from grader import codec
from grader.printable import printable
from grader.replay import Ending
from grader.trace import Step, Trace, call_text, literal
from grader.transcript import Outcome, Run, differs, same

WIDEST_CELL = 400
LONG_RESULT = 60
WIDEST_PICTURE = 78
TALLEST_PICTURE = 30

CATEGORIES = {
    # (yours, expected): what a hidden check may say
    ("ok", "ok"): "wrong value",
    ("ok", "err"): "missing error",
    ("ok", "raise"): "missing error",
    ("ok", "trap"): "missing error",
    ("err", "ok"): "wrong error",
    ("err", "err"): "wrong error",
    ("err", "raise"): "wrong error",
    ("err", "trap"): "wrong error",
    ("trap", "ok"): "trap instead of value",
    ("trap", "err"): "wrong error",
    ("trap", "raise"): "wrong error",
    ("trap", "trap"): "wrong value",
    ("raise", "ok"): "wrong error",
    ("raise", "err"): "wrong error",
    ("raise", "raise"): "wrong error",
    ("raise", "trap"): "wrong error",
    ("odd", "ok"): "wrong value",
    ("odd", "err"): "missing error",
    ("odd", "raise"): "missing error",
    ("odd", "trap"): "missing error",
}


def category(step: Step, yours: Outcome, expected: Outcome) -> str:
    """Return the category of a first difference, in the curriculum's words."""
    if step[0] == "snap" and yours.result == expected.result == "ok":
        return "state differs"
    return CATEGORIES.get((yours.result, expected.result), "wrong value")


# --- results ------------------------------------------------------------------


def cells(step: Step, yours: Outcome, expected: Outcome) -> tuple[str, str]:
    """Return how both results of ``step`` look; what is equal in both is left out."""
    if step[0] in ("given", "new") and yours.result == expected.result == "ok":
        return "ok", "ok"
    if type(yours.value) is codec.Handle and yours == expected:
        return "ok", "ok"
    if yours.calls != expected.calls and same(yours.fields, expected.fields):
        return _calls_text(yours), _calls_text(expected)
    if yours.result == expected.result == "ok" and differs(yours, expected):
        path, one, other = narrowed(yours.value, expected.value)
        if path:
            return clipped(f"{path}: {literal(one)}"), clipped(f"{path}: {literal(other)}")
        return clipped(literal(one)), clipped(literal(other))
    return result_text(yours), result_text(expected)


def narrowed(one: Any, other: Any) -> tuple[str, Any, Any]:
    """Return the path to the only place where two values differ, and what is there.

    Where dicts differ in several keys the path ends, with only those keys left in.
    """
    path = ""
    while type(one) is type(other) and type(one) in (dict, list) and len(one) == len(other):
        if type(one) is dict and one.keys() != other.keys():
            break
        keys = one if type(one) is dict else range(len(one))
        wrong = [key for key in keys if not same(one[key], other[key])]
        if len(wrong) != 1:
            if type(one) is dict and wrong:
                one, other = ({key: each[key] for key in wrong} for each in (one, other))
            break
        (key,) = wrong
        path += f"[{key!r}]" if path or type(key) is not str else key
        one, other = one[key], other[key]
    return path, one, other


def _calls_text(outcome: Outcome) -> str:
    calls = [f"{name}({', '.join(map(literal, args))})" for name, args, _ in outcome.calls]
    return clipped(f"{result_text(outcome)}, calls {', '.join(calls) or 'nothing'}")


def result_text(outcome: Outcome) -> str:
    """Return how a result looks in a table."""
    if outcome.result == "ok":
        return clipped(literal(outcome.value))
    if outcome.result == "trap":
        name, *fields = outcome.fields
        return clipped(f"{name}({', '.join(map(literal, fields))})")
    if outcome.result == "odd":
        what = str(outcome.fields[0])
        return clipped(f"a {what}" if what.startswith("result of ") else f"a value of type {what}")
    if outcome.result == "skip":
        return "(skipped)"
    return clipped(str(outcome.fields[0]))


def clipped(text: str) -> str:
    """Return ``text`` short enough for a cell and free of control characters."""
    shown = printable(text[: WIDEST_CELL + 1])
    return shown if len(shown) <= WIDEST_CELL else shown[: WIDEST_CELL - 4] + " ..."


def picture_text(drawing: str) -> str:
    """Return a drawing cut to what a report holds, free of control characters."""
    lines = [printable(line)[:WIDEST_PICTURE].rstrip() for line in drawing.split("\n")]
    return "\n".join(lines[:TALLEST_PICTURE]).rstrip()


# --- sentences ----------------------------------------------------------------


def sentence(run: Run, index: int, words: str) -> str:
    """Say what step ``index`` did and what was expected of it.

    ``words`` replace the expected outcome where the check judges a relation instead of
    one right answer.
    """
    step, yours, expected = run.trace[index], run.transcript[index], run.expected[index]
    name = f"Step {index + 1}, {_quoted(step)}"
    one, other = cells(step, yours, expected)
    words = clipped(words)
    if not words and category(step, yours, expected) == "state differs":
        return f"{_after(run.trace, index)} {_state(yours, expected)}."
    if yours.result == expected.result == "ok" and len(result_text(yours)) > LONG_RESULT:
        return f"{name}: {one}; expected {words or other}."
    if words:
        return f"{name}, {_did(yours)}; expected {words}."
    if yours.calls != expected.calls and same(yours.fields, expected.fields):
        return f"{name}: {one}; expected {other}."
    return f"{name}, {_did(yours)}; expected {_wanted(expected)}."


def unreadable_sentence(difference: str) -> str:
    """Say that a check could not make sense of an answer; ``difference`` is the first one."""
    return f"This check cannot make sense of what your program answered. {difference}"


def _after(trace: Trace, index: int) -> str:
    """Name the last step before a snapshot that did something to the object."""
    acts = [number for number in range(index) if trace[number][0] != "snap"]
    return f"After step {acts[-1] + 1}, {_quoted(trace[acts[-1]])}," if acts else "At first"


def _state(yours: Outcome, expected: Outcome) -> str:
    path, one, other = narrowed(yours.value, expected.value)
    what = f"{path} is" if path else "the snapshot has"
    return f"{what} {clipped(literal(one))}; expected {clipped(literal(other))}"


def _quoted(step: Step) -> str:
    return f"`{call_text(step)}`"


def _did(outcome: Outcome) -> str:
    if outcome.result == "raise" and outcome.fields[0] == "NotImplementedError":
        return "is not implemented yet"
    if outcome.result in ("err", "raise", "trap"):
        return f"raised {_named(outcome)}"
    return f"returned {result_text(outcome)}"


def _wanted(outcome: Outcome) -> str:
    return result_text(outcome) if outcome.result == "ok" else f"the error {_named(outcome)}"


def _named(outcome: Outcome) -> str:
    text = result_text(outcome)
    code = getattr(errno, text, None) if outcome.result == "err" else None
    return f"{text} ({os.strerror(code).lower()})" if type(code) is int else text


def ending_text(ending: Ending) -> str:
    """Say how a worker ended, for a table cell and a sentence."""
    if ending.kind == "timeout":
        return "no answer in time; it may run forever"
    if ending.kind == "signalled":
        try:
            name = signal.Signals(ending.number).name
        except ValueError:
            name = str(ending.number)
        return f"the program was ended by signal {name}"
    if ending.kind == "garbled":
        return "the program wrote to the grader's channel, or answered far too much"
    return f"the program ended itself (exit status {ending.number})"


def unwritten_sentence(step: Step) -> str:
    """Say which method or function still raises NotImplementedError."""
    verb, name = step[0], step[2] if step[0] in ("call", "get", "new") else step[1]
    what = {"new": f"{name}.__init__", "snap": "snapshot"}.get(verb, name)
    return f"`{what}` is not implemented yet."


def ending_sentence(step: Step, ending: Ending) -> str:
    """Say during which step a worker ended, and how."""
    return f"During {_quoted(step)}: {ending_text(ending)}."


def import_ended_sentence(modules: Sequence[str], ending: Ending) -> str:
    """Say how a worker ended while it imported ``modules``."""
    files = " or ".join(f"{module}.py" for module in modules)
    return f"While {files} was imported: {ending_text(ending)}."


def import_sentence(detail: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    """Say why a module could not be imported."""
    module = clipped(str(detail.get("module")))
    file = f"{module}.py"
    if file in problems:
        return f"{problems[file]}."
    error = detail.get("error")
    error = error if isinstance(error, dict) else {}
    return f"{file} cannot be imported: {error_line(error)}."


def error_line(error: Mapping[str, Any]) -> str:
    """Return ``KeyError: 5`` for a described exception."""
    message = clipped(str(error.get("message", "")))
    return clipped(str(error.get("type"))) + (f": {message}" if message else "")


def frame_lines(error: Mapping[str, Any]) -> list[str]:
    """Return the student's own frames of a described exception, innermost last."""
    frames = error.get("frames")
    lines: list[str] = []
    for frame in frames if isinstance(frames, Sequence) else ():
        if isinstance(frame, list) and len(frame) == 4:
            file, line, function, source = frame
            within = f" in {function}" if function else ""
            lines.append(clipped(f"{file}:{line}{within}: {source}"))
    return lines[-4:]
