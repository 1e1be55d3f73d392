"""Text of strangers shows and does not act: not on a terminal, not in the log of a CI system."""

import io
import os
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import relay
from grader.printable import printable, printable_lines, quoted

MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "text",
    [
        *("", "heap.py", "x[::2]", "a::b", "f(x)::y", "std::string", "# a comment", "## heading"),
        *("Übung 日本語", "😀", "❤\ufe0f", "ye\u0301ma\u0308", "::", ":::", "5 :: int", "##"),
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", f"{MARK}[2J"),
        ("\x9b2J", f"{MARK}2J"),
        ("\x1b]52;c;eA==\x07", f"{MARK}]52;c;eA=={MARK}"),
        ("\x1b]8;;http://x\x1b\\text", f"{MARK}]8;;http://x{MARK}\\text"),
        ("a\b\b\rb\nc\td\0", f"a{MARK * 3}b{MARK}c{MARK}d{MARK}"),
        ("\u202egpj.exe", f"{MARK}gpj.exe"),
        ("\u200b\u2028\ufeff", MARK * 3),
        ("\ud800", MARK),
        ("a\u3164b\u2800\u115f", f"a{MARK}b{MARK * 2}"),
        ("e" + "\u0301" * 300, "e" + "\u0301" * 4 + MARK),
        ("::add-mask::secret", ": :add-mask::secret"),
        ("::set-output name=x::1", ": :set-output name=x::1"),
        ("x ::error file=a,line=1::y", "x : :error file=a,line=1::y"),
        (":::warning::x", ":: :warning::x"),
        ("##[group]x", "# #[group]x"),
        ("##vso[task.setvariable]x", "# #vso[task.setvariable]x"),
        ("##teamcity[x]", "# #teamcity[x]"),
    ],
)
def test_what_acts_is_marked(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("heap.py", "'heap.py'"),
        ("it's.py", "'it\N{RIGHT SINGLE QUOTATION MARK}s.py'"),
        ("100 of 100 points" + " " * 70 + "D1.8 passed", "'100 of 100 points D1.8 passed'"),
        ("a" * 300, f"'{'a' * 100}...'"),
    ],
)
def test_a_name_is_quoted_so_that_it_is_no_line_of_ours(name: str, shown: str) -> None:
    assert quoted(name) == shown


def test_lines_stay_lines() -> None:
    assert printable_lines("a\x1b\nb\r\n") == f"a{MARK}\nb{MARK}\n"


@given(st.text(st.characters()))
def test_nothing_acts_and_nothing_is_lost(text: str) -> None:
    shown = printable(text)

    assert shown.isprintable()
    assert printable(shown) == shown
    assert {unicodedata.category(letter) for letter in shown} <= {
        unicodedata.category(letter) for letter in (*text, *MARK, " ")
    }
    assert len(shown) >= len(re.sub("[^ -~]{5,}", "", text))


# --- what a program prints ----------------------------------------------------


def _title(index: int) -> str:
    return ["first:", "second:", "third:"][index]


def relayed(printed: bytes) -> str:
    out = io.StringIO()
    with relay.shown(_title, out) as descriptor:
        os.write(descriptor, printed)
    return out.getvalue()


def test_what_a_program_prints_is_shown_line_by_line() -> None:
    assert relayed("hello\na\tb\r\nü\n".encode()) == "  | hello\n  | a       b\n  | ü\n"


def test_what_a_program_prints_does_not_act() -> None:
    assert relayed(b"\x1b]0;title\x07\n::add-mask::x\n\xff") == (
        f"  | {MARK}]0;title{MARK}\n  | : :add-mask::x\n  | {MARK}\n"
    )


def test_what_a_step_prints_stands_below_its_title() -> None:
    printed = b"import\n\x1e0\n\x1e1\none\ntwo, and no end\x1e2\nthree\n"

    assert relayed(printed) == (
        "  | import\nsecond:\n  | one\n  | two, and no end\nthird:\n  | three\n"
    )


@pytest.mark.parametrize("mark", [b"\x1e\n", b"\x1e99\n", b"\x1ex\n", b"\x1e-1e9\n", b"\x1e-1\n"])
def test_a_program_that_prints_marks_gets_no_title(mark: bytes) -> None:
    assert relayed(mark + b"text\n") == "  | text\n"


def test_a_flood_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MOST_SHOWN", 40)

    assert relayed(b"0123456789\n" * 50) == (
        "  | 0123456789\n  | 0123456789\n... (what follows is not shown)\n"
    )


def test_titles_count_as_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MOST_SHOWN", 40)

    assert relayed(b"x\x1e0\n" * 50) == (
        "  | x\nfirst:\n  | x\nfirst:\n  | x\nfirst:\n... (what follows is not shown)\n"
    )


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    lines = relayed(b"x" * 10_000).split("\n")

    assert [len(line) for line in lines] == [4100, 4100, 1812, 0]
