"""A trace: the plain-data list of steps that drives everything graded.

Owns the step language, references to earlier results, the recorder that turns
ordinary calls into a trace, and how a step looks to a person. Never runs a step.

Legend::

    step    ["call", "h", "alloc", [10], "-> a"]
    trace   a list of steps; any sub-list of a trace is again a valid trace
    ref     "$a" the result of the step that ends in "-> a"; "$a.1" its element 1;
            "$a+8", "$a.1-4" the same plus a constant; "$$x" is the literal text "$x"
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, product
from random import Random
from typing import Any

from grader import codec

Step = list[Any]
Trace = list[Step]

REFERENCE = re.compile(r"\$([A-Za-z_]\w*)((?:\.\d+)*)([+-]\d+)?\Z")
LONG_NUMBER = 1 << 31
VERBS = ("given", "new", "call", "fn", "get", "snap", "next")


# --- references ---------------------------------------------------------------


class Ref:
    """The result of an earlier step, for use as an argument of a later one.

    ``ref[1]`` is its element 1, ``ref + 8`` the same plus 8.
    """

    def __init__(self, step: Step, path: tuple[int, ...] = (), offset: int = 0) -> None:
        self._step, self._path, self._offset = step, path, offset

    def __getitem__(self, index: int) -> "Ref":
        return Ref(self._step, (*self._path, index))

    def __add__(self, offset: int) -> "Ref":
        return Ref(self._step, self._path, self._offset + offset)

    def __sub__(self, offset: int) -> "Ref":
        return self + -offset

    def bind(self, name: str) -> None:
        """Let the step bind its result to ``name``; it must not have a name yet."""
        if self._is_bound():
            raise ValueError(f"the result of {self._step} has a name already")
        self._step.append(f"-> {name}")

    def _is_bound(self) -> bool:
        return type(self._step[-1]) is str and self._step[-1].startswith("-> ")

    def _text(self, names: Iterator[str]) -> str:
        if not self._is_bound():
            self.bind(next(names))
        name = self._step[-1].removeprefix("-> ")
        path = "".join(f".{index}" for index in self._path)
        return f"${name}{path}" + (f"{self._offset:+d}" if self._offset else "")


def bound_name(step: Step) -> str | None:
    """Return the name that ``step`` binds its result or object to, if any."""
    if step[0] in ("given", "new"):
        return str(step[1])
    last = step[-1]
    if len(step) > 3 and type(last) is str and last.startswith("-> "):
        return last.removeprefix("-> ")
    return None


def names_used(step: Step) -> set[str]:
    """Return the names that ``step`` needs from earlier steps."""
    return {match[1] for ref in references(step) if (match := REFERENCE.match(ref))}


def references(step: Step) -> set[str]:
    """Return the references of ``step``, that to its receiver among them: ``{"$h", "$a+8"}``."""
    used = {f"${step[1]}"} if step[0] in ("call", "get", "snap") else set()
    waiting: list[Any] = [step[2:]]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            if REFERENCE.match(item):
                used.add(item)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            waiting.extend(item.values())
    return used


def operations(trace: Trace) -> int:
    """Return how many steps of ``trace`` do something; a snapshot only looks."""
    return sum(step[0] != "snap" for step in trace)


# --- recording ----------------------------------------------------------------


class Thing:
    """An object that a trace has made; calling a method on it records a step."""

    def __init__(self, recorder: "TraceRecorder", name: str) -> None:
        self._recorder, self._name = recorder, name

    def __getattr__(self, method: str) -> Callable[..., Ref]:
        if method.startswith("_"):
            raise AttributeError(method)
        if method == "snapshot":
            return lambda: self._recorder.add("snap", self._name)
        return lambda *args, **kwargs: self._recorder.call(self._name, method, args, kwargs)

    def get(self, attribute: str) -> Ref:
        """Record the reading of an attribute or property."""
        return self._recorder.add("get", self._name, attribute)


class TraceRecorder:
    """Turns ordinary calls into a trace.

    ``rng`` is the only source of chance, ``most_operations`` the wished length; a
    generator of random traces loops ``while t.more():``. Snapshots do not count.

    >>> t = TraceRecorder()
    >>> buddy = t.new("BuddyAllocator", nframes=16)
    >>> block = buddy.alloc(2)
    >>> buddy.free(block)  # doctest: +ELLIPSIS
    <grader.trace.Ref object at ...>
    >>> t.steps[1:]
    [['call', 'buddy', 'alloc', [2], '-> a'], ['call', 'buddy', 'free', ['$a']]]
    """

    def __init__(self, rng: Random | None = None, most_operations: int = 50) -> None:
        self.rng = rng or Random(0)  # noqa: S311 - not a secret
        self.most_operations = most_operations
        self.steps: Trace = []
        self._names = (
            "".join(letters)
            for length in count(1)
            for letters in product(string.ascii_lowercase, repeat=length)
        )
        self._things: set[str] = set()

    def more(self) -> bool:
        """Return whether there is room for another operation."""
        return operations(self.steps) < self.most_operations

    def given(self, class_name: str, **arguments: Any) -> Thing:
        """Record the making of an object of ``machine``."""
        return self._make("given", class_name, arguments)

    def new(self, class_name: str, **arguments: Any) -> Thing:
        """Record the making of an object of the module under test."""
        return self._make("new", class_name, arguments)

    def fn(self, function: str, *args: Any, **kwargs: Any) -> Ref:
        """Record the call of a module-level function."""
        return self.add("fn", function, self._arguments(args, kwargs))

    def next(self, function: str, arguments: Mapping[str, Any], results: Sequence[Any]) -> Ref:
        """Record the question what a generator function yields after ``results``."""
        return self.add("next", function, self._wire(dict(arguments)), self._wire(list(results)))

    def thing(self, made: Ref, stem: str) -> Thing:
        """Return the object that an earlier step returned, named ``stem``, to call its methods."""
        name = self._free_name(stem)
        made.bind(name)
        return Thing(self, name)

    def call(self, thing: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Ref:
        """Record a method call; ``thing.method(...)`` is the usual way to say it."""
        return self.add("call", thing, method, self._arguments(args, kwargs))

    def add(self, *parts: Any) -> Ref:
        """Append a step as it is and return a reference to its result."""
        step = list(parts)
        self.steps.append(step)
        return Ref(step)

    def _make(self, verb: str, class_name: str, arguments: dict[str, Any]) -> Thing:
        words = re.findall("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", class_name)
        name = self._free_name((words[0] if len(words[0]) > 1 else class_name).lower())
        self.add(verb, name, class_name, {key: self._wire(v) for key, v in arguments.items()})
        return Thing(self, name)

    def _free_name(self, stem: str) -> str:
        candidates = chain([stem], (f"{stem}{number}" for number in count(2)))
        name = next(name for name in candidates if name not in self._things)
        self._things.add(name)
        return name

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args and kwargs:
            raise TypeError("a step takes positional or keyword arguments, not both")
        if kwargs:
            return {key: self._wire(item) for key, item in kwargs.items()}
        return [self._wire(item) for item in args]

    def _wire(self, value: Any) -> Any:
        if isinstance(value, Ref):
            return value._text(self._names)  # noqa: SLF001 - one module, one secret
        if isinstance(value, Thing):
            return f"${value._name}"  # noqa: SLF001
        if isinstance(value, str):
            return "$" + value if value.startswith("$") else value
        if isinstance(value, list | tuple):
            return [self._wire(item) for item in value]
        if isinstance(value, bytes):
            return argument_bytes(value)
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {key: self._wire(item) for key, item in value.items()}
        return codec.to_wire(value)


def argument_bytes(value: bytes) -> dict[str, Any]:
    """Return the wire form of ``value`` with every byte in it (no checksum)."""
    wire = codec.bytes_to_wire(value)
    return {"hex": value.hex()} if "crc32" in wire else wire


# --- generators of traces -----------------------------------------------------


@dataclass(frozen=True)
class Traces:
    """A family of random traces: what ``@traces`` makes of a builder function.

    ``reaches`` names the situations that the family must bring about, each with a
    predicate over a ``Run`` of the reference. The Hypothesis strategy is made only
    on demand, because importing Hypothesis costs more than replaying a corpus.
    """

    build: Callable[[TraceRecorder], None]
    reaches: Mapping[str, Callable[[Any], bool]]

    def draw(self, seed: int, most_operations: int) -> Trace:
        """Return the trace of ``seed``, of at most ``most_operations`` operations."""
        recorder = TraceRecorder(Random(seed), most_operations)  # noqa: S311 - not a secret
        self.build(recorder)
        steps = recorder.steps
        while operations(steps) > most_operations:
            steps.pop()
        return steps

    def strategy(self, most_operations: int) -> Any:
        """Return a Hypothesis strategy of traces of at most ``most_operations`` operations.

        One seed is drawn and decoded, which costs a twentieth of drawing the steps.
        It is drawn as booleans: the one kind of value into which Hypothesis mixes no
        literals of the modules that happen to be imported, so that every machine
        draws the same.
        """
        from hypothesis import strategies as st  # noqa: PLC0415 - see the class docstring

        bits = st.lists(st.booleans(), min_size=48, max_size=48)
        seeds = bits.map(lambda drawn: sum(bit << place for place, bit in enumerate(drawn)))
        return seeds.map(lambda seed: self.draw(seed, most_operations))


def traces(**reaches: Callable[[Any], bool]) -> Callable[..., Callable[..., Traces]]:
    """Make a family of traces of a builder ``build(t, **options)``.

    Each keyword names a situation that at least 5 % of the traces must reach
    (underscores read as spaces), with a predicate over the reference's ``Run``.
    """
    named = {name.replace("_", " "): reached for name, reached in reaches.items()}

    def decorate(build: Callable[..., None]) -> Callable[..., Traces]:
        def family(**options: Any) -> Traces:
            return Traces(lambda t: build(t, **options), named)

        family.__name__, family.__doc__ = build.__name__, build.__doc__
        return family

    return decorate


# --- how a step looks ---------------------------------------------------------


def call_text(step: Step) -> str:
    """Return ``step`` as the line of Python that a student would write."""
    verb, *rest = step
    name = bound_name(step)
    if verb in ("given", "new"):
        return f"{rest[0]} = {rest[1]}({_arguments_text(rest[2])})"
    if verb == "snap":
        return f"{rest[0]}.snapshot()"
    if verb == "get":
        text = f"{rest[0]}.{rest[1]}"
    elif verb == "call":
        text = f"{rest[0]}.{rest[1]}({_arguments_text(rest[2])})"
    elif verb == "fn":
        text = f"{rest[0]}({_arguments_text(rest[1])})"
    else:
        text = f"{rest[0]}({_arguments_text(rest[1])}) after {_argument_text(rest[2])}"
    return f"{name} = {text}" if name else text


def _arguments_text(arguments: Any) -> str:
    if isinstance(arguments, dict):
        return ", ".join(f"{key}={_argument_text(item)}" for key, item in arguments.items())
    return ", ".join(_argument_text(item) for item in arguments)


def _argument_text(wire: Any) -> str:
    if isinstance(wire, str):
        match = REFERENCE.match(wire)
        if match:
            path = "".join(f"[{index}]" for index in match[2].split(".")[1:])
            offset = f" {match[3][0]} {match[3][1:]}" if match[3] else ""
            return f"{match[1]}{path}{offset}"
        return repr(wire.removeprefix("$") if wire.startswith("$$") else wire)
    if isinstance(wire, list):
        return "[" + ", ".join(_argument_text(item) for item in wire) + "]"
    if isinstance(wire, dict) and set(wire) == {"fill"}:
        byte, length = wire["fill"]
        return f"bytes([{byte}]) * {length}"
    if isinstance(wire, dict) and not (len(wire) == 1 and not codec.TAGS.isdisjoint(wire)):
        return "{" + ", ".join(f"{k!r}: {_argument_text(v)}" for k, v in wire.items()) + "}"
    return literal(codec.from_wire(wire))


def literal(value: Any) -> str:
    """Return ``value`` as Python writes it; a number too long to be read, as bits: in hex."""
    if type(value) is int:
        return hex(value) if abs(value) >= LONG_NUMBER else str(value)
    if type(value) is list:
        return "[" + ", ".join(map(literal, value)) + "]"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)
