"""Where fuzzed bytes come from: right frames first, then what is done to them.

Owns chance. Everything follows from the ``Random`` that is passed in, so that a seed
and a number name an input for good. Knows the shape of a frame, so that most of its
inputs get past the first check of whoever reads them.

Legend::

    value   plain data as a program has it        {1: b"hi"}
    entry   one outcome or call of a transcript   ["ok", {"hex": "6869"}]
    text    the bytes of one frame, mutated or not
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from grader import codec

_WORDS = ("", "a", "used", "live", "EINVAL", "$a", "\u00e9", "\u2028", "\0", "x" * 300, "[{", '"\\')
_NUMBERS = (0, 1, -1, 8, 255, 256, 1 << 16, 1 << 31, 1 << 63, -(1 << 64), 10**308, 10**399)
_FLOATS = (0.0, -0.0, 0.5, 1e-9, 1e16, 5e-324, 1.7e308)
_TOKENS = (
    *(b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"null", b"true", b"NaN", b"Infinity"),
    *(b"-", b"0", b"1", b".", b"e", b"1e5", b"1e999", b"-1e-999", b"9" * 400 + b".0", b"9" * 401),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b'{"hex":"6"}', b'{"hex":" 6 9"}', b'{"handle":"h"}', b'{"crc32":[-1,1]}', b'{"dict":[]}'),
    *(b'{"fill":[0,16777216]}', b'{"f\\u0069ll":[7,9999999]}', b'{"fill":[0,99999999999]}'),
    *(b'{"dict":[[1,2],[1,3]]}', b'{"dict":[[{"dict":[]},1]]}', b'{"dict":[[true,1],[1,1]]}'),
    *(b'{"dict":["ab"]}', b'{"dict":{"ab":1}}', b'{"a":1,"a":2}', b'["same"]', b'["skip"]'),
    *(b'["call","c",[],null]', b'["call",1,2,3]', b'["trap","SegFault",1,2,3]', b'["odd","set"]'),
    *(b'{"imported":true}', b'{"imported":1}', b'{"entries":[],"error":null}', b" ", b"\n"),
    *(b"[" * 40, b"]" * 40, b"[" * 120, b"]" * 120, b'{"a":' * 40, b"}" * 40),
)
ODD_RESULTS: tuple[list[Any], ...] = (
    ["err", "EINVAL"],
    ["err", "ENOMEM"],
    ["err", "-5"],
    ["raise", "KeyError"],
    ["trap", "SegFault", None, [], "?"],
    ["trap", "PageFault", 8, "x", "nx"],
    ["trap", "BusError", {"hex": ""}, 0.5],
    ["odd", "set"],
    ["odd", "result of 300000 bytes"],
)
CLAIMS: tuple[list[Any], ...] = (["skip"], ["same"])
"""Results that are right in a few places only; elsewhere nobody looks at the rest."""


def value(rng: Random, depth: int = 3) -> Any:
    """Return a value that a frame carries."""
    kind = rng.randrange(10 if depth else 6)
    if kind < 6:
        return (
            rng.choice((None, True, False)),
            rng.choice(_NUMBERS),
            rng.randrange(-9, 99),
            rng.choice(_FLOATS),
            rng.choice(_WORDS),
            rng.randbytes(rng.choice((0, 1, 2, 9, 600))),
        )[kind]
    items = [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind < 8:
        return items
    if kind == 8:
        return dict(zip((1, None, "a", -7), items, strict=False))
    return {rng.choice((*_WORDS, *codec.TAGS)): item for item in items}


def entry(rng: Random) -> list[Any]:
    """Return an entry of a transcript, as a worker sends it."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice((*ODD_RESULTS, *CLAIMS))
    if kind == 1:
        return ["call", rng.choice(_WORDS), [codec.to_wire(value(rng))], codec.to_wire(value(rng))]
    return ["ok", codec.to_wire(value(rng))]


def right_text(rng: Random) -> bytes:
    """Return the text of some frame, as an honest worker sends it."""
    kind = rng.randrange(5)
    if kind == 0:
        return codec.encode(codec.to_wire(value(rng)))
    if kind == 1:
        return codec.encode({"entries": [entry(rng)], "error": None})
    return codec.encode([entry(rng) for _ in range(rng.randrange(6))])


# --- mutations of bytes -------------------------------------------------------


def text(rng: Random) -> bytes:
    """Return the bytes of a frame: right, mutated a few times, or no frame at all."""
    if rng.random() < 0.03:
        return rng.randbytes(rng.randrange(200))
    found = right_text(rng)
    return found if rng.random() < 0.15 else mutated(rng, found)


def mutated(rng: Random, found: bytes) -> bytes:
    """Return ``found`` with a few changes that know nothing of its meaning."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        found = rng.choice(_MUTATIONS)(rng, found)
    return found


def _place(rng: Random, old: bytes) -> int:
    return rng.randrange(len(old) + 1)


def _truncated(rng: Random, old: bytes) -> bytes:
    return old[: _place(rng, old)]


def _with_token(rng: Random, old: bytes) -> bytes:
    at = _place(rng, old)
    return old[:at] + rng.choice(_TOKENS) + old[at + rng.choice((0, 0, 1, 4)) :]


def _with_other_byte(rng: Random, old: bytes) -> bytes:
    at = _place(rng, old)
    return old[:at] + rng.randbytes(1) + old[at + 1 :]


def _repeated(rng: Random, old: bytes) -> bytes:
    at = _place(rng, old)
    return old[:at] + old[at : at + rng.randrange(30)] * rng.choice((2, 2, 3, 40)) + old[at:]


def _without_slice(rng: Random, old: bytes) -> bytes:
    at = _place(rng, old)
    return old[:at] + old[at + rng.randrange(20) :]


def _spliced(rng: Random, old: bytes) -> bytes:
    other = right_text(rng)
    return old[: _place(rng, old)] + other[_place(rng, other) :]


def _nested(rng: Random, old: bytes) -> bytes:
    levels = rng.choice((1, 30, 40, 99, 110, 300))
    before, after = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'{"dict":[[1,', b"]]}")))
    return before * levels + old + after * levels


def _with_value(rng: Random, old: bytes) -> bytes:
    """Put another right value where one stands: the frame stays well formed."""
    for mark in rng.sample((b"null", b"true", b"[]", b"0", b'""', b"1"), 6):
        if mark in old:
            return old.replace(mark, codec.encode(codec.to_wire(value(rng))), 1)
    return old


_MUTATIONS: tuple[Callable[[Random, bytes], bytes], ...] = (
    _truncated,
    _with_token,
    _with_token,
    _with_other_byte,
    _repeated,
    _without_slice,
    _spliced,
    _nested,
    _with_value,
    _with_value,
)


# --- streams ------------------------------------------------------------------


def stream(rng: Random, texts: Sequence[bytes]) -> bytes:
    """Return the frames of ``texts`` one after another, some with a length that is not theirs."""
    found = b""
    for each in texts:
        length = len(each)
        if rng.random() < 0.05:
            length = rng.choice((0, length + 1, max(0, length - 1), 1 << 23, (1 << 23) + 1, -1))
        found += (length & 0xFFFFFFFF).to_bytes(4, "big") + each
    if rng.random() < 0.1:
        found = found[: rng.randrange(len(found) + 1)]
    return found


def pieces(rng: Random, whole: bytes) -> list[bytes]:
    """Return ``whole`` as it may arrive: at once, in a few pieces, or byte by byte."""
    if len(whole) < 200 and rng.random() < 0.1:
        return [whole[at : at + 1] for at in range(len(whole))]
    cuts = sorted(rng.randrange(len(whole) + 1) for _ in range(rng.choice((0, 0, 1, 3))))
    ends = zip([0, *cuts], [*cuts, len(whole)], strict=True)
    return [whole[start:end] for start, end in ends]


# --- mutations of plain data --------------------------------------------------

_ODD_PARTS = (
    *(None, True, [], {}, [[]], "x", 0, -1, 1.5, 10**399, -(10**399), 1 << 63),
    *({"hex": "00"}, {"handle": "h"}, {"crc32": [600, 1]}, {"fill": [0, 4096]}, {"dict": [[0, 0]]}),
)


def changed(rng: Random, wire: Any) -> Any:
    """Return plain data with one place of it changed, so that most of its shape stays."""
    if type(wire) is list and wire and rng.random() < 0.9:
        at = rng.randrange(len(wire))
        what = rng.randrange(10)
        if what == 0:
            return [*wire[:at], *wire[at + 1 :]]
        if what == 1:
            return [*wire[:at], wire[at], *wire[at:]]
        if what == 2:
            return rng.sample(wire, len(wire))
        return [*wire[:at], changed(rng, wire[at]), *wire[at + 1 :]]
    if type(wire) is dict and wire and rng.random() < 0.9:
        key = rng.choice(list(wire))
        what = rng.randrange(10)
        if what == 0:
            return {each: item for each, item in wire.items() if each != key}
        if what == 1:
            return {**wire, rng.choice(_WORDS): wire[key]}
        return {**wire, key: changed(rng, wire[key])}
    if type(wire) is int and rng.random() < 0.4:
        return rng.choice((wire + 1, wire - 1, -wire, wire * 16, bool(wire), float(wire % 999)))
    return rng.choice(_ODD_PARTS) if rng.random() < 0.9 else codec.to_wire(value(rng))


def transcript(rng: Random, expected: Sequence[list[Any]]) -> list[list[Any]]:
    """Return the entries of an answer that is near ``expected``: most differ in one to three."""
    most = len(expected)
    places = set(rng.sample(range(most), min(most, rng.choice((1, 1, 1, 2, 3, most // 2, most)))))
    entries: list[list[Any]] = []
    for at, each in enumerate(expected):
        if at not in places:
            entries.append(each)
        elif each[0] == "call":
            entries += rng.choice(([], [each, each], [_other_call(rng, each)]))
        elif each[0] == "ok" and rng.random() < 0.8:
            entries.append(["ok", changed(rng, each[1])])
        elif rng.random() < 0.6:
            entries.append(["ok", rng.choice(_ODD_PARTS)])
        else:
            entries.append(rng.choice(ODD_RESULTS if rng.random() < 0.95 else CLAIMS))
    return entries


def _other_call(rng: Random, call: list[Any]) -> list[Any]:
    given = changed(rng, call[2])
    return ["call", call[1], given if type(given) is list else [given], changed(rng, call[3])]
