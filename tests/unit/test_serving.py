"""What `grader gradescope` leaves behind, whatever lies under /autograder."""

import errno
import json
import stat
from pathlib import Path

import pytest
from platform_site import METADATA, PlatformSite, earlier, make_site
from tiny import CANARIES, COUNTER, OFF_BY_ONE, STUB

from grader import confine, corpus, files, gradescope, pipeline
from grader.confine.tiers import Tier
from grader.errors import GraderFault, SpecError, SubmissionError

pytestmark = pytest.mark.skipif(
    confine.strongest().letter not in gradescope.ENOUGH, reason="needs confinement tier A or B"
)
LATE = METADATA | {"created_at": "2026-09-10T20:00:00.000000-07:00"}


@pytest.fixture
def site(tmp_path: Path) -> PlatformSite:
    return make_site(tmp_path)


def test_a_right_submission_gets_every_point_and_the_staff_hear_nothing(site: PlatformSite) -> None:
    site.hand_in(COUNTER)

    report = site.serve()

    assert report is not None
    assert report.earned == 100
    assert site.left()["score"] == 100
    assert site.said == []


def test_nothing_is_drawn_on_the_platform(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "draw", lambda *_: pytest.fail("drawn"))
    site.hand_in(COUNTER)

    site.serve()

    assert sorted(path.name for path in site.root.iterdir()) == [
        *("results", "source", "submission", "submission_metadata.json")
    ]


@pytest.mark.parametrize("damage", [b"", b"not a corpus", None])
def test_without_its_recorded_inputs_nothing_is_graded(
    site: PlatformSite, damage: bytes | None
) -> None:
    path = site.root / "source/assignments/tiny/corpus/T.1.corpus"
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    site.hand_in(COUNTER)

    with pytest.raises(SpecError, match=r"T\.1"):
        site.serve()
    assert site.left()["output"].startswith("The grader did not finish.")


def test_the_folders_are_closed_to_others_before_a_submission_runs(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: dict[str, int] = {}

    def looks(*_: object, **__: object) -> None:
        for name in ("", "source", "results", "submission"):
            modes[name] = stat.S_IMODE((site.root / name).stat().st_mode)
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "grade", looks)
    site.hand_in(COUNTER)

    with pytest.raises(KeyboardInterrupt):
        site.serve()
    assert set(modes.values()) == {0o700}


def test_no_secret_and_no_name_is_in_what_is_left(site: PlatformSite) -> None:
    site.hand_in(OFF_BY_ONE)

    site.serve()

    left = (site.root / "results/results.json").read_text()
    assert not [word for word in (*CANARIES, "ann@example", "Ann") if word in left]


# --- metadata -----------------------------------------------------------------


@pytest.mark.parametrize("metadata", [None, "", "{", "[]", "null", '{"created_at": 3}'])
def test_strange_metadata_stops_no_grading(site: PlatformSite, metadata: str | None) -> None:
    site.hand_in(COUNTER, metadata)

    site.serve()

    assert site.left()["score"] == 100


def test_what_is_strange_in_the_metadata_is_told_to_the_staff(site: PlatformSite) -> None:
    site.hand_in(COUNTER, METADATA | {"created_at": "soon"})

    site.serve()

    assert site.said == ["note: created_at is 'soon', which is not understood"]


# --- rules of the course ------------------------------------------------------


def test_a_late_submission_loses_its_percents_and_is_told_why_but_not_of_how_much(
    site: PlatformSite,
) -> None:
    site.hand_in(COUNTER, LATE)

    site.serve()

    left = site.left()
    assert left["score"] == 90
    assert "2 h late: -10 % of the points." in left["output"].splitlines()
    assert "100" not in left["output"]
    assert [test["score"] for test in left["tests"]] == [40, 10, 30, 20]


def test_an_early_submission_gains(site: PlatformSite) -> None:
    early = METADATA | {"created_at": "2026-09-09T12:00:00-07:00"}
    site.hand_in(COUNTER, early)

    site.serve()

    assert site.left()["score"] == 105


def test_the_students_own_due_date_beats_the_assignments(site: PlatformSite) -> None:
    own = {"assignment": {"due_date": "2026-09-10T21:00:00-07:00"}}
    site.hand_in(COUNTER, LATE | {"users": [own]})

    site.serve()

    assert site.left()["score"] == 100


def test_over_the_days_limit_the_latest_score_and_its_tests_stand(site: PlatformSite) -> None:
    site.hand_in(OFF_BY_ONE)
    site.serve()
    results = site.left()
    before = [earlier("09:00", 10.0), earlier("10:00", "10.0", results=results)]
    site.hand_in(COUNTER, METADATA | {"previous_submissions": before})

    report = site.serve()

    left = site.left()
    assert report is None
    assert left["score"] == 10
    assert left["tests"] == results["tests"]
    assert left["output"] == (
        "This submission was not graded: 2 submissions are graded on one day. The next one can be "
        "graded from 2026-09-11 00:00 (UTC-0700) on.\n"
        "The score of your submission of 2026-09-10 10:00 stands."
    )


@pytest.mark.parametrize(
    "results", [None, {}, {"tests": 3}, {"tests": [{"score": "x"}]}, {"tests": [{"output": []}]}]
)
def test_earlier_tests_that_are_not_ours_do_not_stand(site: PlatformSite, results: object) -> None:
    before = [earlier("09:00"), earlier("10:00", results=results)]
    site.hand_in(COUNTER, METADATA | {"previous_submissions": before})

    site.serve()

    assert (site.left()["score"], site.left()["tests"]) == (40, [])


# --- when we fail -------------------------------------------------------------


def fails(*_: object, **__: object) -> None:
    raise GraderFault("on purpose")


def test_our_fault_costs_no_points_and_no_submission_of_the_day(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = METADATA | {"created_at": "2026-09-10T11:00:00-07:00"}
    site.hand_in(COUNTER, first | {"previous_submissions": [earlier("09:00")]})
    with monkeypatch.context() as broken:
        broken.setattr(pipeline, "grade", fails)
        with pytest.raises(GraderFault):
            site.serve()
    fault = site.left()
    before = [earlier("09:00"), earlier("11:00", fault["score"], results=fault)]
    site.hand_in(COUNTER, METADATA | {"previous_submissions": before})

    site.serve()

    assert (fault["score"], site.left()["score"]) == (40, 100)
    assert fault["output"] == (
        "The grader did not finish. This is not your fault; please tell the staff.\n"
        "The score of your submission of 2026-09-10 09:00 stands."
    )


def test_a_process_that_is_killed_has_already_left_what_stands(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def looks(*_: object, **__: object) -> None:
        seen.append(site.left())
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "grade", looks)
    site.hand_in(COUNTER, METADATA | {"previous_submissions": [earlier("09:00")]})

    with pytest.raises(KeyboardInterrupt):
        site.serve()
    assert (seen[0]["score"], site.left()) == (40, seen[0])


def test_a_disk_that_fills_up_leaves_what_stood(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, written = files.replace, []

    def fills_up(path: Path, content: bytes, *, mode: int = 0o644) -> None:
        written.append(path)
        if len(written) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(path, content, mode=mode)

    monkeypatch.setattr(files, "replace", fills_up)
    site.hand_in(COUNTER)

    with pytest.raises(GraderFault, match="No space left"):
        site.serve()
    assert site.left()["output"].startswith("The grader did not finish.")


def test_a_place_that_cannot_hold_a_submission_grades_nothing(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "strongest", lambda: Tier("C", (), ""))
    monkeypatch.setattr(pipeline, "grade", lambda *_, **__: pytest.fail("graded"))
    site.hand_in(COUNTER)

    with pytest.raises(GraderFault, match="tier"):
        site.serve()
    assert site.left()["score"] == 0


def test_results_that_cannot_be_written_are_a_fault(site: PlatformSite) -> None:
    (site.root / "results").write_text("a file")
    site.hand_in(COUNTER)

    with pytest.raises(GraderFault, match="cannot be written"):
        site.serve()


@pytest.mark.parametrize("others", [0, 2])
def test_a_bundle_holds_one_assignment(site: PlatformSite, others: int) -> None:
    folder = site.root / "source/assignments"
    if others:
        (folder / "other").mkdir()
        (folder / "other/assignment.yaml").write_text("title: x")
    else:
        (folder / "tiny/assignment.yaml").unlink()
    site.hand_in(COUNTER)

    with pytest.raises(SpecError, match=f"holds {others} assignments"):
        site.serve()


# --- what was handed in -------------------------------------------------------


def test_an_empty_submission_gets_no_points_and_hears_of_the_missing_file(
    site: PlatformSite,
) -> None:
    site.hand_in(None)

    site.serve()

    assert site.left()["score"] == 0
    assert "counter.py is missing from the submission" in site.left()["output"]


def test_an_upload_that_is_unusable_as_a_whole_is_told_so(
    site: PlatformSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise SubmissionError("the submission holds too much")

    monkeypatch.setattr(pipeline, "grade", refuses)
    site.hand_in(STUB)

    with pytest.raises(SubmissionError):
        site.serve()
    assert site.left()["output"] == "Nothing could be graded: the submission holds too much"


# --- time ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "usable_s"),
    [
        ("", 540),
        ("1200", 1080),
        ("60", 30),
        ("59", 540),
        ("0", 540),
        ("-600", 540),
        ("1e9", 540),
        ("99999999999999999999", 540),
        ("ten", 540),
        ("٦٠٠", 540),
    ],
)
def test_we_end_well_before_the_platform_ends_us(stated: str, usable_s: float) -> None:
    environment = {"TIMEOUT_SECONDS": stated}

    assert gradescope._usable_s(600, environment) == usable_s


# --- when the image is built --------------------------------------------------


def test_the_self_test_grades_the_reference(site: PlatformSite) -> None:
    assert gradescope.self_test(site.root).earned == 100


def test_a_reference_that_loses_points_here_fails_the_build(site: PlatformSite) -> None:
    (site.root / "source/reference/tiny/counter.py").write_text(OFF_BY_ONE)

    with pytest.raises(GraderFault, match=r"tiny does not pass T\.1"):
        gradescope.self_test(site.root)


def test_what_could_not_be_started_has_a_results_json_too(site: PlatformSite) -> None:
    found = json.loads((site.root / "source/not_graded.json").read_bytes())

    assert (found["score"], found["tests"]) == (0, [])
    assert "not your fault" in found["output"]
