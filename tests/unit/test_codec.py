"""Only plain data crosses, in one canonical form, and no bytes can make the reader fall."""

import collections
import enum
import math
import string
from typing import Any

import pytest
from fuzz.oracles import typed
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import codec
from grader.codec import CodecError, Frames, Handle, LongBytes, NotCarried

INTS = st.integers() | st.integers(-(10**300), 10**300)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
KEYS = st.none() | INTS | TEXTS | st.sampled_from(sorted(codec.TAGS))
ATOMS = st.none() | st.booleans() | INTS | FLOATS | TEXTS | st.binary(max_size=64)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.builds(lambda tag, item: {tag: item}, st.sampled_from(sorted(codec.TAGS)), inner)
    ),
    max_leaves=25,
)
WIRES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | FLOATS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS | st.sampled_from(sorted(codec.TAGS)), inner, max_size=3)
    ),
    max_leaves=15,
)


def as_lists(value: Any) -> Any:
    """Return ``value`` with its tuples as lists, which is how they travel."""
    if type(value) in (list, tuple):
        return [as_lists(item) for item in value]
    if type(value) is dict:
        return {key: as_lists(item) for key, item in value.items()}
    return value


def text_of(value: Any) -> bytes:
    return codec.encode(codec.to_wire(value))


# --- values to text and back --------------------------------------------------


@given(VALUES)
@settings(max_examples=300)
def test_what_is_carried_comes_back_the_same_type_for_type(value: Any) -> None:
    back = codec.from_wire(codec.decode(text_of(value)))

    assert typed(back) == typed(as_lists(value))


@given(VALUES)
def test_the_text_of_a_value_read_back_is_the_same_text(value: Any) -> None:
    text = text_of(value)

    assert text_of(codec.from_wire(codec.decode(text))) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, [2]), b"[1,[2]]"),
        ({"b": 1, "a": None}, b'{"a":null,"b":1}'),
        ({2: "x", 1: "y"}, b'{"dict":[[1,"y"],[2,"x"]]}'),
        ({None: 0, "a": 1, 3: 2}, b'{"dict":[[null,0],[3,2],["a",1]]}'),
        ({"hex": "6869"}, b'{"dict":[["hex","6869"]]}'),
        ({"hex": "6869", "more": 1}, b'{"hex":"6869","more":1}'),
        (b"hi", b'{"hex":"6869"}'),
        (b"", b'{"hex":""}'),
        (b"\7", b'{"hex":"07"}'),
        (b"\7\7", b'{"fill":[7,2]}'),
        (bytes(4096), b'{"fill":[0,4096]}'),
        ("\u00e9\u2028\0", '"\u00e9\u2028\\u0000"'.encode()),
        (1.0, b"1.0"),
        (True, b"true"),
    ],
)
def test_each_kind_of_value_has_one_text(value: Any, text: Any) -> None:
    assert text_of(value) == text


def test_the_order_in_which_a_dict_was_filled_does_not_show() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    by_int, by_int_again = {1: 1, 2: 2, None: 3}, {None: 3, 2: 2, 1: 1}

    assert text_of(one) == text_of(other)
    assert text_of(by_int) == text_of(by_int_again)


def test_true_and_1_and_1_0_have_different_texts() -> None:
    assert len({text_of(True), text_of(1), text_of(1.0), text_of("1")}) == 4


def test_a_named_tuple_travels_as_the_list_of_its_fields() -> None:
    point = collections.namedtuple("Point", "x y")  # noqa: PYI024 - what a student writes

    assert text_of(point(1, 2)) == b"[1,2]"


def test_long_bytes_travel_as_length_and_checksum() -> None:
    value = bytes(range(256)) * 4

    back = codec.from_wire(codec.decode(text_of(value)))

    assert back == LongBytes(1024, 0xB70B4C26)
    assert repr(back) == "<1024 bytes, crc32 b70b4c26>"


def test_handles_are_equal_when_they_name_the_same_object() -> None:
    wire = codec.decode(b'{"handle":"step 3"}')

    assert codec.from_wire(wire) == Handle("step 3")
    assert codec.from_wire(wire) != Handle("h")


def test_a_dict_with_integer_keys_may_be_as_deep_as_any_other_value() -> None:
    value: Any = 0
    for _ in range(codec.MAX_DEPTH):
        value = {1: value}

    assert codec.from_wire(codec.decode(text_of(value))) == value


# --- what is not carried ------------------------------------------------------


class Number(int):
    """A subclass, which could lie about everything."""


class Word(str):
    """A subclass as well."""

    __slots__ = ()


class Colour(enum.IntEnum):
    """An enumeration."""

    RED = 1


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


def containing_itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (math.nan, "float"),
        (math.inf, "float"),
        ([1, -math.inf], "float"),
        ({1, 2}, "set"),
        (frozenset(), "frozenset"),
        (bytearray(b"x"), "bytearray"),
        (1j, "complex"),
        (range(3), "range"),
        (object(), "object"),
        (len, "builtin_function_or_method"),
        (Number(1), "Number"),
        (Word("a"), "Word"),
        (Colour.RED, "Colour"),
        (collections.OrderedDict(a=1), "OrderedDict"),
        (collections.defaultdict(int), "defaultdict"),
        (10**400, "int"),
        ([-(10**400)], "int"),
        ("\ud800", "str"),
        ({"\udfff": 1}, "str"),
        ({1.5: 1}, "dict with a key of type float"),
        ({True: 1}, "dict with a key of type bool"),
        ({(1, 2): 1}, "dict with a key of type tuple"),
        ({Word("a"): 1}, "dict with a key of type Word"),
        (nested(codec.MAX_DEPTH + 1), "list"),
        (containing_itself(), "list"),
    ],
)
def test_anything_but_plain_data_is_refused_by_the_name_of_its_type(value: Any, name: str) -> None:
    with pytest.raises(NotCarried) as refused:
        codec.to_wire(value)

    assert refused.value.args == (name,)


def test_the_largest_and_deepest_values_are_carried() -> None:
    largest = [10**400 - 1, -(10**400) + 1]

    assert codec.from_wire(codec.decode(text_of(largest))) == largest
    assert codec.decode(text_of(nested(codec.MAX_DEPTH))) == nested(codec.MAX_DEPTH)


# --- what is not read ---------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        b"[1,2",
        b"[1] [2]",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"[-1e999]",
        b"9" * 400 + b".0",
        b"[-" + b"9" * 310 + b".5]",
        b'{"a":1,"a":2}',
        b'{"x":{"a":1,"\\u0061":2}}',
        b'"\\ud800"',
        b'{"\\udc00":1}',
        b"1" * 401,
        b"0." + b"1" * 401,
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"'single'",
        b"0x10",
        b"\xef\xbb\xbf1",
        b'"tab\there"',
    ],
    ids=lambda text: repr(text[:24]),
)
def test_whatever_is_not_plain_data_is_refused(text: Any) -> None:
    with pytest.raises(CodecError):
        codec.decode(text)


@pytest.mark.parametrize(
    "text",
    [
        b'"' + b'\\"' * (1 << 19),
        b'"' * (1 << 20),
        b'"' + b"a" * (1 << 20),
        b'"a\\' * (1 << 18),
        b"[" * (1 << 20),
        b"[]" * (1 << 19),
        b"9" * (1 << 20),
        (b"9" * 400 + b",") * 2600,
        b"\\" * (1 << 20),
        b'{"fill":[0,16777216]},' * 1000,
    ],
    ids=lambda text: repr(text[:24]),
)
def test_a_megabyte_made_to_take_long_is_refused_as_fast_as_any_other(text: Any) -> None:
    with pytest.raises(CodecError):
        codec.decode(text)


def test_a_few_letters_do_not_become_gigabytes() -> None:
    text = b"[" + b",".join([b'{"fill":[0,16777216]}'] * 500) + b"]"

    with pytest.raises(CodecError, match="filled in"):
        codec.decode(text)


def test_a_text_over_the_cap_is_refused_unread() -> None:
    with pytest.raises(CodecError, match="16777217 bytes in one frame"):
        codec.decode(b"[" * (codec.MAX_FRAME_BYTES + 1))


@pytest.mark.parametrize(
    "wire",
    [
        {"hex": "6"},
        {"hex": 6},
        {"hex": None},
        {"fill": [0]},
        {"fill": [256, 1]},
        {"fill": [-1, 1]},
        {"fill": [0, -1]},
        {"fill": [0, 1 << 40]},
        {"fill": [0, 1.0]},
        {"fill": [True, 2]},
        {"fill": "ab"},
        {"crc32": [1, 2, 3]},
        {"crc32": ["1", "2"]},
        {"handle": 1},
        {"handle": ["h"]},
        {"dict": [[1]]},
        {"dict": [[[], 1]]},
        {"dict": [[{"dict": []}, 1]]},
        {"dict": {"a": 1}},
        {"dict": ["ab"]},
        {"dict": {"ab": 1}},
        {"dict": [[1, 2], [1, 3]]},
        {"dict": [["a", 2], ["a", 2]]},
        {"dict": [[True, 1]]},
        {"dict": [[1.5, 1]]},
        {"dict": [[{"hex": "00"}, 1]]},
        {"dict": [[1, 2, 3]]},
        {"dict": 5},
        {"dict": None},
    ],
    ids=repr,
)
def test_a_malformed_tag_is_refused(wire: Any) -> None:
    with pytest.raises(CodecError, match="malformed"):
        codec.from_wire([{"inside": wire}])


@given(st.binary(max_size=200))
@settings(max_examples=600)
def test_no_bytes_raise_anything_but_codec_error(text: Any) -> None:
    with_reason = None
    try:
        codec.from_wire(codec.decode(text))
    except CodecError as error:
        with_reason = str(error)

    assert with_reason is None or with_reason


@given(WIRES)
@settings(max_examples=400)
def test_no_wire_form_raises_anything_but_codec_error(wire: Any) -> None:
    text = codec.encode(wire)
    try:
        value = codec.from_wire(codec.decode(text))
    except CodecError:
        return

    assert repr(value)


@given(st.text(alphabet='[]{}",:\\u0d8f19eE+-.nult ' + string.whitespace, max_size=60))
@settings(max_examples=600)
def test_no_text_that_looks_like_json_raises_anything_but_codec_error(text: Any) -> None:
    try:
        wire = codec.decode(text.encode())
    except CodecError:
        return

    assert codec.decode(codec.encode(wire)) == wire


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        (b' [ 1 , "a" ] ', b'[1,"a"]'),
        (b'{"b":1,"a":2}', b'{"a":2,"b":1}'),
        (rb'"\u0061\/"', b'"a/"'),
        (b"[1E2,-0.0,5e-324]", b"[100.0,-0.0,5e-324]"),
    ],
)
def test_another_spelling_of_plain_data_is_read_and_has_the_one_text(
    spelling: Any, text: Any
) -> None:
    assert codec.encode(codec.decode(spelling)) == text


# --- frames -------------------------------------------------------------------


@given(st.lists(st.binary(max_size=20), max_size=8), st.data())
def test_frames_are_the_same_however_the_stream_is_cut(
    texts: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(map(codec.frame, texts))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    frames = Frames()

    received = [
        text
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for text in frames.feed(stream[start:end])
    ]

    assert received == texts
    assert not frames


def test_an_unfinished_frame_is_waited_for() -> None:
    frames = Frames()

    assert list(frames.feed(b"\0\0\0\2a")) == []
    assert frames
    assert list(frames.feed(b"b\0")) == [b"ab"]


def test_a_frame_over_the_cap_is_refused_as_soon_as_its_length_is_known() -> None:
    frames = Frames(max_bytes=3)

    with pytest.raises(CodecError, match="a frame of 4 bytes; at most 3"):
        list(frames.feed(codec.frame(b"abc") + b"\0\0\0\4"))


def test_texts_before_a_frame_over_the_cap_have_been_delivered() -> None:
    received = []

    with pytest.raises(CodecError):
        received.extend(Frames(max_bytes=3).feed(codec.frame(b"abc") + b"\xff\xff\xff\xff"))

    assert received == [b"abc"]


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_stream_of_bytes_gives_texts_or_codec_error(chunks: list[bytes]) -> None:
    frames = Frames(max_bytes=16)
    try:
        received = [text for chunk in chunks for text in frames.feed(chunk)]
    except CodecError:
        return

    assert all(len(text) <= 16 for text in received)
