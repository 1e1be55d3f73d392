"""The only wire format: plain data as canonical text in length-capped frames.

Owns what may cross between a worker and the grader, and its exact shape. Never
runs anything it reads: no pickle, no eval, no hooks. Standard library only,
because the worker uses it too.

Legend::

    value     a Python object: None, bool, int, float, str, bytes, list, tuple, dict
    wire      its JSON form: [1, "x", {"hex": "6869"}, {"dict": [[0, [8, 12]]]}]
    text      the canonical JSON of a wire form, as bytes; equal values, equal text
    frame     4 bytes of length, big-endian, then one text

Tags. A JSON object with exactly one key of ``TAGS`` is not a dict of the program:
``hex`` and ``fill`` are bytes, ``crc32`` is long bytes as [length, checksum],
``dict`` is a dict whose keys are not all strings, ``handle`` an object that stays in
the worker. A program's own dict that looks like a tag travels as ``dict``.
"""

import json
import math
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

MAX_FRAME_BYTES = 16 << 20
MAX_DEPTH = 32
MAX_DIGITS = 400
MAX_TEXT_BYTES = 256 << 10
LONG_BYTES = 512
STEP_MARK = b"\x1e"
"""Begins the line in which a worker says, among what the program prints, that a step begins."""
TAGS = frozenset({"hex", "fill", "crc32", "dict", "handle"})

_MAX_INT = 10**MAX_DIGITS
_HEADER = struct.Struct(">I")
# Possessive, and an unterminated string counts as one: linear in time, constant in memory.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
# It looks at a run of digits once, not again from each of its digits.
_LONG_NUMBER = re.compile(rb"(?<![0-9])[0-9]{%d}" % (MAX_DIGITS + 1))
# Without one of these there is no lone surrogate and no long fill to be found.
_SUSPICIOUS = re.compile(rb'\\[uU]|"fill"')
_ENCODE = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


class CodecError(ValueError):
    """What arrived is not a frame of plain data; the sender is not to be trusted further."""


class NotCarried(TypeError):  # noqa: N818 - a finding about a value, caught at once
    """A value of a kind that no frame carries; ``args[0]`` is its type's name."""


class Handle:
    """Stands for an object that stayed in the worker; equal when it is the same object."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return type(other) is Handle and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}>"


class LongBytes:
    """Bytes too long to show: their length and CRC-32."""

    def __init__(self, length: int, crc32: int) -> None:
        self.length = length
        self.crc32 = crc32

    def __eq__(self, other: object) -> bool:
        return type(other) is LongBytes and (other.length, other.crc32) == (self.length, self.crc32)

    def __hash__(self) -> int:
        return hash((self.length, self.crc32))

    def __repr__(self) -> str:
        return f"<{self.length} bytes, crc32 {self.crc32:08x}>"


# --- values to wire -----------------------------------------------------------


def to_wire(value: Any, depth: int = 0) -> Any:  # noqa: PLR0912 - one branch per kind, hottest first
    """Return the wire form of ``value``.

    Raises NotCarried for anything but plain data of exact types: subclasses (but
    for named tuples, which are tuples), NaN and infinities, integers of more than
    MAX_DIGITS digits, lone surrogates, more than MAX_DEPTH levels.
    """
    kind = type(value)
    if kind is int:
        if -_MAX_INT < value < _MAX_INT:
            return value
    elif kind is list or kind is tuple:
        if depth < MAX_DEPTH:
            depth += 1
            return [
                item if type(item) is int and -_MAX_INT < item < _MAX_INT else to_wire(item, depth)
                for item in value
            ]
    elif value is None or kind is bool:
        return value
    elif kind is str:
        if value.isascii() or _encodable(value):
            return value
    elif kind is dict:
        if depth < MAX_DEPTH:
            return _dict_to_wire(value, depth + 1)
    elif kind is bytes:
        return bytes_to_wire(value)
    elif kind is float:
        if math.isfinite(value):
            return value
    elif issubclass(kind, tuple):
        return to_wire(tuple(value), depth)
    raise NotCarried(kind.__name__[:60])


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _dict_to_wire(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    if not set(map(type, value)) <= {str} or (len(value) == 1 and not TAGS.isdisjoint(value)):
        return _pairs_to_wire(value, depth)
    return {
        key if key.isascii() else to_wire(key): to_wire(item, depth) for key, item in value.items()
    }


def _pairs_to_wire(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    for key in value:
        if key is not None and type(key) not in (str, int):
            raise NotCarried(f"dict with a key of type {type(key).__name__[:40]}")
    ordered = sorted(value, key=lambda key: (type(key).__name__, 0 if key is None else key))
    return {"dict": [[to_wire(key), to_wire(value[key], depth)] for key in ordered]}


def bytes_to_wire(value: bytes) -> dict[str, Any]:
    """Return the shortest honest form of ``value``: ``fill``, ``hex`` or ``crc32``."""
    if len(value) > 1 and value.count(value[0]) == len(value):
        return {"fill": [value[0], len(value)]}
    if len(value) > LONG_BYTES:
        return {"crc32": [len(value), zlib.crc32(value)]}
    return {"hex": value.hex()}


# --- wire to values -----------------------------------------------------------


def from_wire(wire: Any) -> Any:
    """Return the value of a wire form that ``decode`` let through; raises CodecError."""
    if type(wire) is list:
        return [from_wire(item) for item in wire]
    if type(wire) is not dict:
        return wire
    if len(wire) == 1:
        ((tag, content),) = wire.items()
        if tag in TAGS:
            return _from_tag(tag, content)
    return {key: from_wire(item) for key, item in wire.items()}


def _from_tag(tag: str, content: Any) -> Any:
    try:
        if tag == "hex":
            return bytes.fromhex(content)
        if tag == "handle" and type(content) is str:
            return Handle(content)
        if tag == "dict":
            return _dict_of(content)
        first, second = content
        if type(first) is type(second) is int:
            if tag == "crc32":
                return LongBytes(first, second)
            if tag == "fill" and 0 <= first < 256 and 0 <= second <= MAX_FRAME_BYTES:
                return bytes([first]) * second
    except (TypeError, ValueError) as error:
        raise CodecError(f"a malformed {tag} tag") from error
    raise CodecError(f"a malformed {tag} tag")


def _dict_of(pairs: Any) -> dict[Any, Any]:
    """Return the dict of ``[[key, item], ...]``; raises TypeError or ValueError for another."""
    made: dict[Any, Any] = {}
    for pair in pairs:
        key, item = pair
        if type(pair) is not list or type(key) not in (int, str, type(None)) or key in made:
            raise ValueError("not a pair with a key of its own")
        made[key] = from_wire(item)
    return made


# --- text ---------------------------------------------------------------------


def encode(wire: Any) -> bytes:
    """Return the canonical text of a wire form."""
    return _ENCODE(wire).encode()


def decode(text: bytes) -> Any:
    """Return the wire form that ``text`` holds.

    Length, depth and digits are capped before anything is parsed. Raises CodecError
    for whatever is not plain data within the caps. Another spelling of plain data
    (spaces, escapes, keys in another order) is read: a submission may write what it
    likes, and equal texts are no more than a short cut to equal values.
    """
    if len(text) > MAX_FRAME_BYTES:
        raise CodecError(f"{len(text)} bytes in one frame; at most {MAX_FRAME_BYTES} are read")
    _check_shape(text)
    try:
        wire = json.loads(
            text.decode("utf-8", "strict"),
            parse_constant=_refuse,
            parse_float=_finite,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise CodecError("not a frame of plain data") from error
    if _SUSPICIOUS.search(text):
        _check_atoms(wire)
    return wire


def decode_trusted(text: bytes) -> Any:
    """Return the wire form that ``text`` holds, unchecked: for texts of our own making."""
    return json.loads(text)


def _check_shape(text: bytes) -> None:
    bare = _STRING.sub(b"", text)
    if _LONG_NUMBER.search(bare):
        raise CodecError(f"a number of more than {MAX_DIGITS} digits")
    depth = 0
    for bracket in bare.translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > 3 * MAX_DEPTH + 8:  # a level of a tagged dict takes three, a transcript a few
            raise CodecError(f"more than {MAX_DEPTH} levels")


def _refuse(constant: str) -> None:
    raise CodecError(f"{constant} is not carried")


def _finite(text: str) -> float:
    """Return the float; four hundred digits and a point are beyond the largest, as 1e999 is."""
    value = float(text)
    if not math.isfinite(value):
        raise CodecError("a number that is not finite")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise CodecError("a key stands twice in one object")
    return made


def _check_atoms(wire: Any) -> None:
    filled = 0
    waiting = [wire]
    while waiting:
        item = waiting.pop()
        if type(item) is list:
            waiting.extend(item)
        elif type(item) is dict:
            waiting.extend(item)
            waiting.extend(item.values())
            filled += _filled(item)
            if filled > MAX_FRAME_BYTES:
                raise CodecError(f"more than {MAX_FRAME_BYTES} bytes once they are filled in")
        elif type(item) is str and not _encodable(item):
            raise CodecError("a lone surrogate")


def _filled(item: dict[str, Any]) -> int:
    """Return how many bytes a ``fill`` stands for: a few letters may stand for millions."""
    fill = item.get("fill")
    if len(item) == 1 and type(fill) is list and len(fill) == 2 and type(fill[1]) is int:
        return max(0, fill[1])
    return 0


# --- frames -------------------------------------------------------------------


def frame(text: bytes) -> bytes:
    """Return ``text`` with its length in front."""
    return _HEADER.pack(len(text)) + text


class Frames:
    """Cuts a stream of bytes into the texts of its frames.

    ``max_bytes`` bounds one text. A longer one raises CodecError as soon as its
    length is known, before a byte of it is kept.
    """

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def __bool__(self) -> bool:
        """Whether bytes of an unfinished frame are waiting."""
        return bool(self._buffer)

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Take ``received`` in and yield every text that is now complete."""
        buffer = self._buffer
        buffer += received
        start = 0
        try:
            while len(buffer) - start >= _HEADER.size:
                (length,) = _HEADER.unpack_from(buffer, start)
                if length > self._max_bytes:
                    raise CodecError(f"a frame of {length} bytes; at most {self._max_bytes}")
                end = start + _HEADER.size + length
                if len(buffer) < end:
                    break
                text = bytes(buffer[start + _HEADER.size : end])
                start = end
                yield text
        finally:
            del buffer[:start]
