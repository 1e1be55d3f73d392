"""Files that a student may have edited: the trace file of `repro` and a handout's corpus.

Owns a right file of each kind and what may be done to it. A corpus is spoiled as it lies
there, edited inside, or forged by somebody who knows its form and its digest.
"""

import zlib
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from fuzz import inventing, oracles

from grader import codec
from grader.corpus_file import CheckCorpus, Recorded, digest_of_parts, save

TRACE_FILE: dict[str, Any] = {
    "format": 1,
    "assignment": "day1",
    "submission": "here",
    "check": "D1.1",
    "counterexample": {
        "modules": ["heap"],
        "trace": oracles.TRACES[2],
        "expected": [["ok", None], ["ok", 8], ["skip"], ["ok", {}], ["skip"], ["same"]],
        "rows": [{"step": 1, "call": "f()", "yours": "1", "expected": "2"}],
        "is_minimal": True,
        "is_stable": True,
        "picture": "",
    },
}


class Kept:
    """A place for one file, and what a right one of each kind holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        trace = codec.encode(oracles.TRACES[1])
        answer = codec.encode([["ok", None], ["ok", 8], ["ok", {}]])
        part = Recorded((trace, trace), (answer, answer), 0.5)
        save(CheckCorpus((part, part), digest_of_parts([part, part])), path)
        self._corpus = path.read_bytes()

    def trace_file(self, rng: Random) -> str:
        """Read a trace file that somebody has edited."""
        content: Any = TRACE_FILE
        kind = rng.randrange(4)
        if kind > 1:
            found: dict[str, Any] = {**TRACE_FILE["counterexample"]}
            for key in rng.sample(("trace", "expected"), rng.choice((1, 1, 2))):
                for _ in range(rng.choice((1, 1, 2, 4))):
                    found[key] = inventing.changed(rng, found[key])
            content = {**TRACE_FILE, "counterexample": found}
        elif kind == 1:
            content = inventing.changed(rng, TRACE_FILE)
        text = msgspec.json.encode(content)
        self._path.write_bytes(inventing.mutated(rng, text) if kind == 0 else text)
        return oracles.a_trace_file_is_read_or_refused(self._path)

    def corpus_file(self, rng: Random) -> str:
        """Read a corpus file that somebody has edited, outside, inside or knowing its form."""
        how = rng.choice((self._spoiled, self._edited, self._forged))
        self._path.write_bytes(how(rng))
        return oracles.a_corpus_file_is_read_or_refused(self._path)

    def _spoiled(self, rng: Random) -> bytes:
        return inventing.mutated(rng, self._corpus)

    def _edited(self, rng: Random) -> bytes:
        return zlib.compress(inventing.mutated(rng, zlib.decompress(self._corpus)))

    def _forged(self, rng: Random) -> bytes:
        """Return other texts, with a digest that fits and a header that may."""
        header, *texts = codec.Frames().feed(zlib.decompress(self._corpus))
        texts = [inventing.mutated(rng, text) if rng.random() < 0.2 else text for text in texts]
        digest = digest_of_parts([Recorded(tuple(texts[:4]), tuple(texts[4:]), 0.5)])
        parts = rng.choice(([[4, 0.5]], [[4, "x"]], [[-4, 0.5]], [[4, 10**399]], [[4]], [[4, -1]]))
        wire = {**codec.decode(header), "digest": digest, "parts": parts}
        wire = wire if rng.random() < 0.5 else inventing.changed(rng, wire)
        return zlib.compress(b"".join(map(codec.frame, [codec.encode(wire), *texts])))
