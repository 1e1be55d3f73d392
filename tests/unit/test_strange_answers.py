"""Where a check breaks over a submission's answer, grading goes on and its author is told.

The check T.4 of the tiny assignment compares two numbers of a snapshot without looking
whether they are there: a defect that only a strange submission brings to light.
"""

from pathlib import Path

from tiny import COUNTER, Tiny

from grader.render import as_json, gradescope, junit
from grader.report import for_student
from grader.verdict import Verdict

STRANGE = COUNTER.replace('"value": self._value}', '"value": str(self._value)}')
PICTURE = "@picture(lambda run, index: run.transcript[index].value['drawing'])\ndef check_values("


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def graded(day: Tiny, source: str, check: str) -> Verdict:
    """Return the verdict of one check, shrunk as with a reference."""
    report = day.grade(day.submission(source), chosen=lambda each: each.id == check)
    return report.checks[0].verdict


def test_a_check_that_breaks_is_not_passed_and_stops_no_other(day: Tiny) -> None:
    assert day.outcomes(day.submission(STRANGE)) == {
        "T.1": "failed",
        "T.2": "passed",
        "T.3": "skipped",
        "T.4": "failed",
    }


def test_what_is_shown_is_the_first_difference_and_that_it_made_no_sense(day: Tiny) -> None:
    found = graded(day, STRANGE, "T.4")

    assert found.sentence == (
        "This check cannot make sense of what your program answered. "
        "After step 1, `counter = Counter(limit=1)`, value is '0'; expected 0."
    )
    assert [row.call for row in found.counterexample.rows] == [
        "counter = Counter(limit=1)",
        "counter.snapshot()",
    ]


def test_the_author_is_told_where_his_check_broke(day: Tiny) -> None:
    found = graded(day, STRANGE, "T.4")

    assert found.defect == (
        f"{day.folder.resolve()}/checks/hidden/check_counter.py: T.4 cannot judge this "
        "submission's answers (TypeError: '>' not supported between instances of 'str' and "
        "'int'); let it judge any transcript, and grade again"
    )


def test_a_defect_is_in_the_report_and_nowhere_a_student_looks(day: Tiny) -> None:
    report = day.grade(day.submission(STRANGE))
    seen = [gradescope.render(report), junit.render(report), as_json.render(for_student(report))]

    assert b"not supported" in as_json.render(report)
    assert [text for text in seen if b"not supported" in text or b"cannot judge" in text] == []


def test_grade_prints_the_defect(day: Tiny) -> None:
    done = day.grader("grade", "tiny", str(day.submission(STRANGE)), "--out", "out")

    assert "T.4 cannot judge this submission's answers" in done.stdout.replace("\n", " ")
    assert done.returncode == 0


def test_a_picture_that_breaks_costs_the_picture_only(day: Tiny) -> None:
    file = day.folder / "checks" / "visible" / "check_counter.py"
    change(file, "def check_values(", PICTURE)
    change(file, "from grader import replays", "from grader import picture, replays")

    found = graded(day, STRANGE, "T.1")

    assert found.sentence == "After step 1, `counter = Counter(limit=1)`, value is '0'; expected 0."
    assert found.counterexample.picture == ""
    assert "T.1 cannot draw this submission's answers (KeyError: 'drawing')" in found.defect


def test_a_student_is_not_shown_what_the_author_has_to_mend(day: Tiny) -> None:
    file = day.folder / "checks" / "visible" / "check_counter.py"
    change(file, "def check_values(", PICTURE)
    change(file, "from grader import replays", "from grader import picture, replays")
    folder = str(day.submission(STRANGE))

    plain = day.grader("check", "tiny", "--submission", folder)
    as_data = day.grader("check", "tiny", "--submission", folder, "--json")

    assert "value is '0'" in plain.stdout
    assert "cannot draw" not in plain.stdout + plain.stderr + as_data.stdout + as_data.stderr


def test_a_fairness_that_breaks_over_a_part_of_a_trace_ends_no_grading(day: Tiny) -> None:
    file = day.folder / "checks" / "visible" / "check_counter.py"
    change(
        file,
        "@replays(counting, examples=60)",
        "@replays(counting, examples=60, is_fair=lambda run: run.trace[4] and True)",
    )

    found = graded(day, STRANGE, "T.1")

    assert found.outcome == "failed"
    assert len(found.counterexample.trace) <= 5


def test_what_a_check_expected_is_cut_like_everything_else(day: Tiny) -> None:
    change(
        day.folder / "checks" / "hidden" / "check_counter.py",
        '"a value of at most the limit"',
        '"x" * 10**6',
    )

    found = graded(day, COUNTER.replace("> self._limit", "> 99"), "T.4")

    assert len(found.sentence) < 1000
    assert len(found.counterexample.rows[-1].expected) == 400


def test_a_huge_snapshot_that_stays_the_same_is_a_wrong_value_and_no_crash(day: Tiny) -> None:
    """Its worker says that the second equals the first, which was too long to send."""
    huge = COUNTER.replace('"value": self._value}', '"value": "x" * 300_000}')

    found = graded(day, huge, "T.1")

    assert found.outcome == "failed"
    assert found.counterexample.is_stable
    assert found.counterexample.rows[-1].yours.startswith("a result of 3000")


def test_a_huge_value_in_the_words_of_a_check_does_not_fill_the_report(day: Tiny) -> None:
    change(
        day.folder / "checks" / "hidden" / "check_counter.py",
        '"a value of at most the limit"',
        "repr(outcome.value)",
    )
    source = COUNTER.replace("> self._limit", "> 99").replace(
        '"value": self._value}', '"value": self._value, "x": bytes(200_000)}'
    )

    report = day.grade(day.submission(source))

    assert report.checks[-1].verdict.outcome == "failed"
    assert len(as_json.render(report)) < 100_000
