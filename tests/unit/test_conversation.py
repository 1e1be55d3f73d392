"""What is heard of a worker that breaks off, floods or has gone, without starting one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from fuzz.oracles import LIMITS, FakeWorker

from grader import codec, replay
from grader.errors import GraderFault
from grader.replay import Answer, Job, _Listener

READY = codec.frame(b'{"ready":true}')
IMPORTED = codec.frame(b'{"imported":true}')
TRACE = [["new", "k", "Keeper", {}], ["snap", "k"]]
ENDED = {"status": 3, "cpu_s": 0.0, "peak_bytes": 1}


def text(entries: Any) -> bytes:
    return codec.frame(json.dumps(entries).encode())


def heard(
    pieces: Sequence[bytes], traces: int = 2, *, gone: bool = False, explain: bool = False
) -> Answer:
    """Return the answer of a worker that says ``pieces`` and leaves, before we speak if ``gone``.

    Its traces are more than the channel holds at once.
    """
    large = codec.encode([*TRACE, ["call", "k", "keep", ["x" * 300_000]]])
    job = Job(("mod",), [large] * traces, LIMITS, explain=explain)
    with FakeWorker(pieces, goes=True) as worker:
        for _ in range(gone * len(pieces)):
            worker.speak(0)
        listener = _Listener(worker.ours, job, worker.speak)
        kind = listener.converse(60)
    return listener.answer(kind, ENDED)


def test_why_an_import_failed_is_read_though_the_worker_has_gone() -> None:
    report = text({"imported": False, "module": "mod", "error": {"type": "KeyError"}})

    found = heard([READY + report], gone=True)

    assert found.ending.kind == "import_failed"
    assert found.ending.detail["module"] == "mod"


def test_answers_are_read_though_the_worker_has_gone() -> None:
    found = heard([READY + IMPORTED + text([1])], gone=True)

    assert found.texts == (b"[1]",)
    assert (found.ending.kind, found.ending.number) == ("exited", 3)


def test_a_worker_that_goes_in_the_middle_of_a_frame_has_answered_what_was_whole() -> None:
    found = heard([READY + IMPORTED, text([1]) + text([2])[:-1]])

    assert found.texts == (b"[1]",)
    assert found.ending.kind == "exited"


def test_a_frame_may_arrive_byte_by_byte() -> None:
    whole = READY + IMPORTED + text([1]) + text([2])

    found = heard([whole[at : at + 1] for at in range(len(whole))])

    assert found.texts == (b"[1]", b"[2]")
    assert found.ending.kind == "finished"


def test_an_answer_too_many_is_garbled() -> None:
    found = heard([READY + IMPORTED + text([1]) * 3])

    assert found.texts == (b"[1]", b"[1]")
    assert found.ending.kind == "garbled"


def test_an_explaining_worker_answers_once_a_step_and_no_more() -> None:
    found = heard([READY + IMPORTED + text({}) * 3, text({}) * 100], traces=1, explain=True)

    assert len(found.texts) == 3
    assert found.ending.kind == "garbled"


def test_an_explaining_worker_may_end_at_any_step() -> None:
    found = heard([READY + IMPORTED + text({}) * 2], traces=1, explain=True)

    assert len(found.texts) == 2
    assert found.ending.kind == "exited"


@pytest.mark.parametrize("explain", [False, True])
def test_more_bytes_than_any_honest_answer_are_garbled(
    monkeypatch: pytest.MonkeyPatch, explain: bool
) -> None:
    monkeypatch.setattr(replay, "_MAX_BYTES", 1000)
    monkeypatch.setattr(replay, "_MAX_TEXT_BYTES", 500)

    found = heard([READY + IMPORTED, *[text("x" * 300)] * 9], traces=9, explain=explain)

    assert found.ending.kind == "garbled"
    assert len(found.texts) < 4


def test_one_text_longer_than_any_honest_one_is_refused_unread() -> None:
    found = heard([READY + IMPORTED + (1 << 24).to_bytes(4, "big")])

    assert found.ending.kind == "garbled"


def test_a_worker_that_was_never_ready_is_our_fault() -> None:
    with pytest.raises(GraderFault, match="could not be set up"):
        heard([READY[:-1]])
