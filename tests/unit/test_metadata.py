"""What is believed of submission_metadata.json."""

import json
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.metadata import MAX_BYTES, Metadata, parse, read

PACIFIC = timezone(timedelta(hours=-7))
WHOLE: dict[str, Any] = {
    "id": 123,
    "created_at": "2026-09-10T18:25:53.109082-07:00",
    "assignment_id": None,
    "assignment": {
        "due_date": "2026-09-14T18:00:00.000000-07:00",
        "late_due_date": "2026-09-16T18:00:00.000000-07:00",
        "total_points": "100.0",
    },
    "submission_method": "upload",
    "users": [{"id": 7, "email": "ann@example.org", "name": "Ann", "sid": None}],
    "previous_submissions": [
        {
            "submission_time": "2026-09-10T10:00:00.000000-07:00",
            "score": "41.5",
            "autograder_error": False,
            "results": {"tests": []},
        },
        {"submission_time": "2026-09-09T10:00:00.000000-07:00", "score": 40.0},
    ],
}


def with_users(*dues: dict[str, Any]) -> dict[str, Any]:
    return WHOLE | {"users": [{"assignment": due} for due in dues]}


def test_a_whole_file_is_read_without_a_note(tmp_path: Path) -> None:
    path = tmp_path / "submission_metadata.json"
    path.write_text(json.dumps(WHOLE))

    found = read(path)

    assert found.notes == ()
    assert found.created == datetime(2026, 9, 10, 18, 25, 53, 109082, PACIFIC)
    assert found.due == datetime(2026, 9, 14, 18, tzinfo=PACIFIC)
    assert found.shown_after == datetime(2026, 9, 16, 18, tzinfo=PACIFIC)


def test_earlier_submissions_stand_in_the_order_of_time_with_exact_scores() -> None:
    found = parse(WHOLE).earlier

    assert [each.created.day for each in found] == [9, 10]
    assert [each.score for each in found] == [Fraction(40), Fraction("41.5")]
    assert found[1].results == {"tests": []}
    assert found[0].results == {}


def test_of_a_group_the_latest_own_due_date_counts_also_before_the_assignments() -> None:
    found = parse(
        with_users(
            {"due_date": "2026-09-12T00:00:00-07:00", "late_due_date": None},
            {"due_date": "2026-09-13T00:00:00-07:00", "late_due_date": None},
        )
    )

    assert found.due == datetime(2026, 9, 13, tzinfo=PACIFIC)
    assert found.shown_after == found.due


def test_a_time_without_a_zone_is_utc_and_one_with_a_z_too() -> None:
    found = parse(WHOLE | {"created_at": "2026-09-10T18:25:53"})
    zulu = parse(WHOLE | {"created_at": "2026-09-10T18:25:53Z"})

    assert found.created == zulu.created == datetime(2026, 9, 10, 18, 25, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    "strange",
    [17, True, [], {}, "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "-5"],
)
def test_a_strange_time_is_noted_and_nothing_else_is_lost(strange: object) -> None:
    found = parse(WHOLE | {"created_at": strange})

    assert found.created is None
    assert found.notes == (f"created_at is {strange!r}, which is not understood",)
    assert found.due == datetime(2026, 9, 14, 18, tzinfo=PACIFIC)


@pytest.mark.parametrize("strange", [True, "many", "nan", "inf", [], {"a": 1}, 10**400])
def test_a_strange_score_is_noted_and_the_submission_still_counts(strange: object) -> None:
    earlier = {"submission_time": "2026-09-09T10:00:00-07:00", "score": strange}

    found = parse(WHOLE | {"previous_submissions": [earlier]})

    assert [each.score for each in found.earlier] == [None]
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"created_at": NaN}',
        b"null",
        b"3",
        b"[1]",
        b'"text"',
        b"{}",
    ],
)
def test_no_content_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "submission_metadata.json"
    path.write_bytes(content)

    found = read(path)

    assert (found.created, found.due, found.earlier) == (None, None, ())


def test_a_file_that_is_missing_is_noted(tmp_path: Path) -> None:
    found = read(tmp_path / "submission_metadata.json")

    assert found.notes == ("submission_metadata.json cannot be read (No such file or directory)",)


def test_a_huge_file_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "submission_metadata.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 2)

    found = read(path)

    assert found == Metadata(notes=("submission_metadata.json is larger than 64 MiB",))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
ENTRIES = ("due_date", "late_due_date", "assignment", "submission_time", "score", "results")
ENTRY = st.dictionaries(st.sampled_from(ENTRIES), JSON, max_size=4)
FIELDS = ("created_at", "assignment", "users", "previous_submissions")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON | ENTRY | st.lists(ENTRY, max_size=3)))
def test_any_plain_data_is_read_and_every_time_has_a_zone(found: dict[str, Any]) -> None:
    known = parse(found)

    times = [known.created, known.due, known.shown_after, *(each.created for each in known.earlier)]
    assert all(time is None or time.tzinfo is not None for time in times)
