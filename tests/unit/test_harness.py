"""The platform's known behaviour, as the simulator plays it."""

import json

import pytest

from grader.harness import MOMENTS, take, view


def results(**changed: object) -> bytes:
    tests = [
        {"score": 4, "visibility": "visible"},
        {"score": 3, "visibility": "after_due_date"},
        {"score": 2, "visibility": "after_published"},
    ]
    return json.dumps({"output": "said", "tests": tests} | changed).encode()


def test_a_score_of_the_whole_beats_those_of_the_tests() -> None:
    assert take(results()).score == 9
    assert take(results(score=1.5)).score == 1.5


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"[" * 10**5,
        results(score=None),
        results(output=3),
        results(tests=[]),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_autograder_with_no_points(
    content: bytes | None,
) -> None:
    found = take(content)

    assert (found.score, found.is_error) == (0, True)


def test_a_time_out_throws_away_what_was_written() -> None:
    found = take(results(score=100), timed_out=True)

    assert found.results == {"score": 0, "output": "Your submission timed out."}


def test_raw_nul_is_replaced_and_a_long_output_loses_its_middle() -> None:
    found = take(results(output="a" * 60_000 + "b" * 60_000, name="x").replace(b'"x"', b'"\0"'))

    output = str(found.results["output"])
    assert found.results["name"] == "\ufffd"
    assert 99_000 < len(output) <= 100_000
    assert output.startswith("aaa")
    assert output.endswith("bbb")


def test_the_total_is_withheld_until_every_test_is_shown() -> None:
    seen = [view(take(results()), moment) for moment in MOMENTS]

    assert [one.total for one in seen] == [None, None, 9]
    assert [one.withheld for one in seen] == [2, 1, 0]


def test_a_test_without_a_word_of_its_own_follows_the_whole() -> None:
    found = take(results(tests=[{"score": 1}], visibility="after_published"))

    assert [view(found, moment).total for moment in MOMENTS] == [None, None, 1]
