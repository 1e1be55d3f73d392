"""What must hold of every input, however it came about: each function takes one.

Owns the statements; chance is in ``inventing``, numbers and limits in the scripts. An
oracle returns a word for what happened, to be counted, and raises AssertionError, or
whatever the code under test should not have raised.
"""

import math
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Self, cast, get_args

from grader import codec, examine, explain
from grader.checks import Check
from grader.confine import Limits
from grader.corpus_file import Recorded, load
from grader.errors import GraderFault, SpecError
from grader.outputs import read_trace
from grader.replay import Answer, EndingKind, Job, _Listener
from grader.trace import Trace, call_text
from grader.transcript import Outcome, Run, Transcript, differs, first_difference, outcomes
from grader.verdict import Failure, drawn, failures, judged

LIMITS = Limits(cpu_s=1, wall_s=1.0, memory_bytes=1 << 30, processes=8)
MOST_CHARACTERS = 3000
"""Of a sentence or a cell: two steps and two results, each cut."""

TRACES: tuple[Trace, ...] = (
    [["fn", "f", []]],
    [["new", "h", "Heap", {"n": 8}], ["call", "h", "alloc", [1], "-> a"], ["snap", "h"]],
    [
        ["new", "h", "Heap", {}],
        ["call", "h", "alloc", [8], "-> a"],
        ["call", "h", "free", ["$a.0+8"]],
        ["snap", "h"],
        ["fn", "f", [["$a.1.2", {"b": "$a-1"}]], "-> b"],
        ["snap", "h"],
    ],
)


def typed(value: Any) -> Any:
    """Return ``value`` in a form whose equality tells True from 1 from 1.0."""
    if type(value) is list:
        return [typed(item) for item in value]
    if type(value) is dict:
        return {(type(key), key): typed(item) for key, item in value.items()}
    return type(value), repr(value)


# --- the codec ----------------------------------------------------------------


def a_text_is_read_or_refused(text: bytes) -> str:
    """``decode`` and ``from_wire`` raise CodecError or nothing; what they read is canonical."""
    try:
        wire = codec.decode(text)
    except codec.CodecError:
        return "refused"
    canonical = codec.encode(wire)
    again = codec.decode(canonical)
    assert typed(again) == typed(wire)
    assert codec.encode(again) == canonical
    try:
        value = codec.from_wire(wire)
    except codec.CodecError:
        return "malformed"
    with suppress(codec.NotCarried):  # a handle, a checksum, or deeper than a value may be
        sent = codec.encode(codec.to_wire(value))
        assert typed(codec.from_wire(codec.decode(sent))) == typed(value)
        assert codec.encode(codec.to_wire(codec.from_wire(codec.decode(sent)))) == sent
    return "read"


def a_stream_is_cut_at_its_lengths(pieces: Sequence[bytes], max_bytes: int) -> str:
    """However a stream arrives, ``Frames`` yields what a plain reading of all of it yields."""
    frames = codec.Frames(max_bytes)
    received: list[bytes] = []
    refused = False
    try:
        for piece in pieces:
            for text in frames.feed(piece):
                received.append(text)  # noqa: PERF402 - what came before an error counts
    except codec.CodecError:
        refused = True
    texts, is_over, rest = _plainly_cut(b"".join(pieces), max_bytes)
    assert received == texts
    assert refused == is_over
    assert refused or bool(frames) == bool(rest)
    return "over the cap" if refused else "cut"


def _plainly_cut(stream: bytes, max_bytes: int) -> tuple[list[bytes], bool, bytes]:
    texts = []
    while len(stream) >= 4:
        length = int.from_bytes(stream[:4], "big")
        if length > max_bytes:
            return texts, True, stream
        if len(stream) < 4 + length:
            break
        texts.append(stream[4 : 4 + length])
        stream = stream[4 + length :]
    return texts, False, stream


# --- a conversation -----------------------------------------------------------


class FakeWorker:
    """The other end of a conversation: says its pieces one by one, reads nothing, and goes.

    The next piece is sent when the last one has been read, so a frame may arrive in
    halves and late without a thread or a clock.
    """

    def __init__(self, pieces: Sequence[bytes], *, goes: bool) -> None:
        self.ours, self._channel = socket.socketpair()
        self._channel.setblocking(False)
        self._pieces = iter(pieces)
        self._goes = goes

    def __enter__(self) -> Self:
        self.speak(0)
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        self.ours.close()

    def speak(self, _: int) -> None:
        """Send the next piece; after the last one go, or say nothing more."""
        for piece in self._pieces:
            if piece:
                with suppress(BlockingIOError):  # the listener has stopped reading
                    self._channel.send(piece)
                return
        if self._goes:
            self._channel.close()


def an_answer_comes_of_any_conversation(
    pieces: Sequence[bytes], trace: Trace, status: int, *, goes: bool, explains: bool
) -> str:
    """Whatever a worker sends, and however it ends, there is an Answer, and it can be judged."""
    job = Job(("mod",), [codec.encode(trace)] * 2, LIMITS, explain=explains)
    with FakeWorker(pieces, goes=goes) as worker:
        listener = _Listener(worker.ours, job, worker.speak)
        kind = listener.converse(0, set_up_s=0)
    assert kind in get_args(EndingKind)
    try:
        answer = listener.answer(kind, {"status": status, "cpu_s": 1.0, "peak_bytes": 1})
    except GraderFault:
        assert not listener._ready
        return "not ready"
    assert len(answer.texts) <= (2 * len(trace) if explains else 2)
    if explains:
        played, errors = examine.told(trace, answer)
        assert len(played) == len(errors) <= len(trace)
        _require_shown(explain.error_line(error) for error in errors if error)
    else:
        _require_judged(trace, answer)
    if kind == "import_failed":
        _require_shown([explain.import_sentence(answer.ending.detail, {})])
    return kind


def _equality(run: Run) -> None:
    assert run.transcript == run.expected


def _require_judged(trace: Trace, answer: Answer) -> None:
    text = codec.encode(trace)
    expected = codec.encode([["ok", None] for _ in trace])
    recorded = Recorded((text, text), (expected, expected), 0.0)
    check = cast("Check", SimpleNamespace(id="T.1", path="check.py", judge=_equality, picture=None))
    for failure in failures(check, recorded, answer):
        assert not failure.defect
        _require_explained(failure)


# --- a transcript -------------------------------------------------------------


def a_transcript_is_read_or_refused(trace: Trace, text: bytes) -> str:
    """Require one outcome per step, which can be compared and shown, or a CodecError."""
    transcript = Transcript(trace, text)
    try:
        found = transcript.outcomes
    except codec.CodecError:
        return "refused"
    assert len(found) == len(trace)
    assert not any(differs(outcome, outcome) for outcome in found)
    again = Transcript(trace, codec.encode(codec.decode(text)))
    assert first_difference(transcript, again) is None
    wanted = Transcript(trace, codec.encode([["ok", None] for _ in trace]))
    for index in range(len(trace)):
        _require_sentence(Run(trace, transcript, wanted), index, "")
    return "read"


# --- files that a student may have edited ---------------------------------------


def a_trace_file_is_read_or_refused(path: Path) -> str:
    """Require a SpecError, or steps that can be sent to a worker, compared and shown."""
    try:
        kept = read_trace(path)
    except SpecError as error:
        _require_shown([str(error).replace(str(path), "")])
        return "refused"
    found = kept.counterexample
    assert codec.decode(codec.encode(found.trace)) == found.trace
    expected = outcomes(found.trace, found.expected)
    for step, outcome in zip(found.trace, expected, strict=True):
        assert call_text(step)
        _require_shown(explain.cells(step, Outcome("ok", (1,)), outcome))
    return "read"


def a_corpus_file_is_read_or_refused(path: Path) -> str:
    """Require a SpecError, or what has the form of a corpus."""
    try:
        corpus = load(path)
    except SpecError as error:
        _require_shown([str(error).replace(str(path), "")])
        return "refused"
    for part in corpus.parts:
        assert len(part.traces) == len(part.expected) > 0
        assert {*map(type, (*part.traces, *part.expected))} == {bytes}
        assert type(part.reference_cpu_s) in (int, float)
        assert 0 <= part.reference_cpu_s < math.inf
    return "read"


# --- a judge ------------------------------------------------------------------


def a_judge_accepts_or_blames(check: Check, run: Run) -> str:
    """No check breaks over any transcript, and neither does its picture; a finding can be told."""
    failure = judged(check, run)
    if failure is None:
        return "accepted"
    assert not failure.defect, failure.defect
    _, defect = drawn(check, failure)
    assert not defect, defect
    _require_explained(failure)
    return "garbled" if failure.ending else failure.outcome


def _require_explained(failure: Failure) -> None:
    if failure.ending is not None:
        step = failure.run.trace[failure.index]
        _require_shown([explain.ending_sentence(step, failure.ending)])
        return
    _require_sentence(failure.run, failure.index, failure.words)
    rows = examine._rows(failure, failure.run.transcript.outcomes[: failure.index + 1])
    _require_shown(cell for row in rows for cell in (row.call, row.yours, row.expected))


def _require_sentence(run: Run, index: int, words: str) -> None:
    yours: Outcome = run.transcript[index]
    assert explain.category(run.trace[index], yours, run.expected[index])
    _require_shown([explain.sentence(run, index, words)])


def _require_shown(lines: Iterator[str] | Sequence[str]) -> None:
    for line in lines:
        assert len(line) <= MOST_CHARACTERS
        line.encode()


def seeded(seed: int, number: int) -> Random:
    """Return the chance of one input: a seed and a number name it for good."""
    return Random(f"{seed} {number}")
