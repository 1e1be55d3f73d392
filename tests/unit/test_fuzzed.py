"""A bounded part of tests/fuzz: the same statements, with inputs that Hypothesis chooses.

Half of the inputs are frames that were right once, half are bytes of any kind.
"""

import pytest
from fuzz import inventing, oracles
from fuzz.edited_files import Kept
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import codec

SEEDS = st.integers(0, 2**32)
TEXTS = SEEDS.map(lambda seed: inventing.text(oracles.seeded(seed, 0)))
BYTES = st.binary(max_size=200)
STREAMS = SEEDS.map(
    lambda seed: inventing.stream(
        oracles.seeded(seed, 1),
        [inventing.text(oracles.seeded(seed, number)) for number in range(3)],
    )
)
OPENINGS = st.sampled_from(
    [b"", codec.frame(b"{}"), codec.frame(b"{}") + codec.frame(b'{"imported":true}')]
)
PIECES = st.tuples(OPENINGS, STREAMS | BYTES, SEEDS).map(
    lambda drawn: inventing.pieces(oracles.seeded(drawn[2], 2), drawn[0] + drawn[1])
)


@given(TEXTS | BYTES)
@settings(max_examples=400, deadline=None)
def test_a_text_is_read_as_one_canonical_text_or_refused(text: bytes) -> None:
    assert oracles.a_text_is_read_or_refused(text)


@given(PIECES, st.sampled_from([16, 1000, codec.MAX_FRAME_BYTES]))
@settings(max_examples=300, deadline=None)
def test_a_stream_is_cut_at_its_lengths_however_it_arrives(
    pieces: list[bytes], max_bytes: int
) -> None:
    assert oracles.a_stream_is_cut_at_its_lengths(pieces, max_bytes)


@given(st.sampled_from(oracles.TRACES), TEXTS | BYTES)
@settings(max_examples=300, deadline=None)
def test_a_transcript_is_read_compared_and_shown_or_refused(
    trace: list[list[object]], text: bytes
) -> None:
    assert oracles.a_transcript_is_read_or_refused(trace, text)


@given(
    PIECES,
    st.sampled_from(oracles.TRACES),
    st.sampled_from([0, 1, -6, -9, -11, 255]),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_conversation_gives_an_answer_that_can_be_judged(
    pieces: list[bytes], trace: list[list[object]], status: int, goes: bool, explains: bool
) -> None:
    assert oracles.an_answer_comes_of_any_conversation(
        pieces, trace, status, goes=goes, explains=explains
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """One right file of each kind."""
    return Kept(tmp_path_factory.mktemp("files") / "file")


@given(seed=SEEDS)
@settings(max_examples=200, deadline=None)
def test_an_edited_trace_file_is_a_trace_or_a_spec_error(seed: int, kept: Kept) -> None:
    assert kept.trace_file(oracles.seeded(seed, 0))


@given(seed=SEEDS)
@settings(max_examples=200, deadline=None)
def test_an_edited_corpus_is_a_corpus_or_a_spec_error(seed: int, kept: Kept) -> None:
    assert kept.corpus_file(oracles.seeded(seed, 0))
