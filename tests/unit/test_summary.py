"""``summary.md``: Markdown in which every letter of a stranger is shown and none acts."""

import html
import re
from pathlib import Path

import msgspec
import pytest
from markdown_it import MarkdownIt
from tiny import COUNTER, OFF_BY_ONE, in_process, make

from grader.render import summary
from grader.report import Report

HOSTILE = [
    "a | b || c",
    "`code` and ``` fences",
    "<img src=x onerror=alert(1)> &amp; </td></table>",
    "![picture](http://example.org/x.png) [link](javascript:x)",
    "https://example.org www.example.org me@example.org @everyone #12",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "***",
    "---",
    "_a_ *b* ~~c~~ $d$ ^e^",
    r"\| \\ \n",
    "<!-- comment",
]
ORDERS = [
    "::set-output name=x::y",
    "::add-mask::x",
    "::stop-commands::x",
    "##[error]x",
    "a\n::debug::b",
]


def shown(markdown: str) -> str:
    """Return the letters that a reader of ``markdown`` sees."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(markdown)
    letters = html.unescape(re.sub("<[^>]*>", "", page)).strip()
    return letters.replace("\N{WORD JOINER}", "")  # it shows nothing


@pytest.fixture
def report(tmp_path: Path) -> Report:
    course = make(tmp_path)
    return course.grade(course.submission(OFF_BY_ONE))


def test_the_first_line_is_the_total_and_a_table_follows(report: Report) -> None:
    lines = summary.render(report).decode().splitlines()

    assert lines[0] == "30 of 100 points"
    assert lines[2:6] == [
        "| check | what | result | points |",
        "|---|---|---|--:|",
        r"| T\.1 | Adding returns the sum | wrong | 0 / 40 |",
        r"| T\.2 | What cannot be added is refused | passed | 10 / 10 |",
    ]


def test_the_first_failure_is_shown_step_by_step(report: Report) -> None:
    text = summary.render(report).decode()

    assert r"### T\.1 Adding returns the sum" in text
    assert "| step | call | yours | expected |" in text
    assert text.count("### ") == 1


def test_who_has_every_point_sees_no_failure(tmp_path: Path) -> None:
    course = make(tmp_path)

    text = summary.render(course.grade(course.submission(COUNTER))).decode()

    assert text.splitlines()[0] == "100 of 100 points"
    assert "###" not in text


def test_it_tells_no_more_of_a_hidden_check_than_a_student_may_know(report: Report) -> None:
    hidden = msgspec.structs.replace(report.checks[0], visibility="hidden", hint="Look twice.")

    text = summary.render(msgspec.structs.replace(report, checks=(hidden,))).decode()

    assert r"Hint\: Look twice\." in text
    assert "counter" not in text
    assert "| step |" not in text


def test_check_writes_it_where_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course = make(tmp_path)
    grader = in_process(course.root, monkeypatch, capfd)

    found = grader("check", "tiny", "--submission", course.submission(), "--summary", "out.md")
    refused = grader("check", "tiny", "--summary", "assignments")

    text = (course.root / "out.md").read_text(encoding="utf-8")
    assert (found.returncode, refused.returncode) == (0, 2)
    assert text.startswith("50 of 50 points\n\n| check |")
    assert "'assignments' is a directory" in refused.stderr


@pytest.mark.parametrize("text", ["me@example.org", "@everyone", r"\@everyone"])
def test_an_address_is_broken_up(text: str) -> None:
    """GitHub makes links of addresses and names after the backslashes are gone."""
    assert "@&#8288;e" in summary.escaped(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_letter_is_shown_and_none_acts(text: str) -> None:
    assert shown(summary.escaped(text)) == text
    assert shown(f"| x |\n|---|\n| {summary.escaped(text)} |").split("\n")[-1] == text


@pytest.mark.parametrize("text", ORDERS)
def test_no_line_is_an_order_to_the_system_that_shows_it(text: str) -> None:
    line = summary.escaped(text)

    assert "\n" not in line
    assert "::" not in line
    assert "##" not in line


@pytest.mark.parametrize("text", ["\x1b[31mred", "\u202ereversed", "\x00", "\udc80"])
def test_letters_that_cannot_be_seen_get_a_mark(text: str) -> None:
    assert "\N{REPLACEMENT CHARACTER}" in summary.escaped(text)


def test_whatever_the_report_holds_the_table_keeps_its_form(report: Report) -> None:
    """Titles, problems and answers, each with everything hostile in it at once."""
    nasty = "\n".join([*HOSTILE, *ORDERS])
    check = report.checks[0]
    found = check.verdict.counterexample
    assert found is not None
    rows = tuple(msgspec.structs.replace(row, yours=nasty, call=nasty) for row in found.rows)
    verdict = msgspec.structs.replace(
        check.verdict,
        sentence=nasty,
        error=nasty,
        error_frames=(nasty,),
        counterexample=msgspec.structs.replace(found, rows=rows),
    )
    checks = (msgspec.structs.replace(check, title=nasty, verdict=verdict), *report.checks[1:])
    strange = msgspec.structs.replace(report, checks=checks, problems={"x": nasty})

    text = summary.render(strange).decode()

    page = MarkdownIt("commonmark", {"html": True}).enable(["table"]).render(text)
    assert set(re.findall("</?([a-z0-9]+)", page)) == {
        *("p", "h3", "table", "thead", "tbody", "tr", "th", "td")
    }
    assert not re.search("^ *(::|##[^# ])", text, re.MULTILINE)
