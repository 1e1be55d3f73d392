"""What a submission names, prints, raises and returns does not act where it is shown.

A terminal obeys control characters, a CI system obeys lines that look like its commands.
The positive control is Python itself, which shows all of it as it comes.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from archives import raw_tar, tar_entry, zipped
from tiny import COUNTER, Command, Tiny

ACTING = {
    "ESC": "\x1b[2J",
    "CSI": "\x9b2J",
    "OSC 8": "\x1b]8;;http://evil\x1b\\here\x1b]8;;\x1b\\",
    "OSC 52": "\x1b]52;c;ZXZpbA==\x07",
    "BEL": "\x07",
    "backspace": "100\b\b\b",
    "carriage return": "0 of 100\r100 of 100",
    "NUL": "\0",
    "right to left": "\u202egpj.exe",
    "invisible": "\u200b\u2060",
    "line separator": "\u2028::error::x",
    "set-output": "::set-output name=score::100",
    "add-mask": "::add-mask::points",
    "stop-commands": "::stop-commands::x",
    "old command": "##[add-mask]points",
    "Azure": "##vso[task.complete result=Succeeded;]",
}
# Short enough for the name of a type, which is cut.
TOGETHER = {
    "controls": "".join(text for text in ACTING.values() if not text.isprintable())[:78],
    "commands": "".join(text for text in ACTING.values() if text.isprintable())[:78],
}
COMMAND_OF_CI = re.compile(r"\s*::[A-Za-z-]+(\s|::)|.*##\w*\[")

# Where the text of a submission can come to be shown; {} is one of ACTING, as a literal.
PROGRAMS = {
    "a message": COUNTER.replace("self._value += n", "raise RuntimeError({})"),
    "the name of an exception": COUNTER.replace(
        "self._value += n", "raise type({}.replace(chr(0), ''), (Exception,), dict())()"
    ),
    "a value": COUNTER.replace("self._value += n", "return {}"),
    "a long value": COUNTER.replace("self._value += n", "return 60 * 'x' + 20 * {}"),
    "the name of a type": COUNTER.replace(
        "self._value += n", "return type({}.replace(chr(0), ''), (), dict())()"
    ),
    "a key": COUNTER.replace('"limit": self._limit', '"limit": self._limit, {}: 1'),
    "an error at import": "raise RuntimeError({})\n",
    "a line of source": COUNTER.replace("self._value += n", "raise RuntimeError(  # {}\n        )"),
    "what is printed": COUNTER.replace("self._value += n", "print({}); return 'wrong'"),
}


def strings(value: Any) -> Iterator[str]:
    """Yield every text in plain data, keys and all."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def everything_shown(out: Path) -> Iterator[str]:
    """Yield every text that other programs read from the files of a grading."""
    results = json.loads((out / "results.json").read_bytes())
    yield from strings(results)
    for element in ET.parse(out / "junit.xml").iter():  # noqa: S314 - our own file
        yield element.text or ""
        yield from element.attrib.values()
    report = json.loads((out / "report.json").read_bytes())
    for check in report["checks"]:
        example = check["verdict"].get("counterexample") or {}
        for data in ("trace", "expected"):  # data to run again, of our own making
            example.pop(data, None)
    yield from strings(report)


def acting(text: str) -> list[str]:
    """Return the lines of ``text`` that do something where they are shown."""
    lines = text.split("\n")
    return [line for line in lines if not line.isprintable() or COMMAND_OF_CI.match(line)]


@pytest.mark.parametrize("text", TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_of_a_program_acts(day: Tiny, grader: Command, program: str, text: str) -> None:
    written = ascii(text)
    if program == "a line of source":
        written = re.sub("[\0\r\u2028]", "", text)
    folder = day.submission(PROGRAMS[program].replace("{}", written))

    graded = grader("grade", "tiny", folder, "--out", "out")
    shown = [graded.stdout, graded.stderr, *everything_shown(day.root / "out")]
    for trace in sorted((day.root / "out").glob("traces/*.json"))[:1]:
        again = grader("repro", trace)
        shown += [again.stdout, again.stderr]

    assert graded.returncode == 0
    assert [line for each in shown for line in acting(each)] == []


@pytest.mark.parametrize("text", ACTING.values(), ids=ACTING)
def test_python_itself_shows_it_as_it_comes(tmp_path: Path, text: str) -> None:
    program = tmp_path / "counter.py"
    program.write_text(f"print({text!a})\nraise RuntimeError({text!a})\n")

    found = subprocess.run(
        [sys.executable, program],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )

    assert acting(found.stdout.decode().removesuffix("\n").replace("\r\n", "\n")) != []
    assert text in found.stderr.decode()


# --- names of files -----------------------------------------------------------


def names() -> list[str]:
    return [f"{text}.py".replace("/", "").replace("\0", "") for text in ACTING.values()]


def uploads(day: Tiny) -> Iterator[Path]:
    """Yield a folder and two archives whose files have such names, some of them links."""
    folder = day.submission(COUNTER, name="folder")
    for name in names():
        (folder / name).write_bytes(b"x = 1\n")
        (folder / f"link{name}").symlink_to("/etc/hostname")
    yield folder
    files = dict.fromkeys(names(), b"x = 1\n")
    (day.root / "up.zip").write_bytes(zipped({"counter.py": COUNTER.encode(), **files}))
    yield day.root / "up.zip"
    links = [tar_entry(name.encode(), kind=b"2", link=b"x") for name in names()]
    halves = tar_entry(b"\xed\xa0\x80\xff.py", b"x = 1\n")
    counter = tar_entry(b"counter.py", COUNTER.encode())
    (day.root / "up.tar").write_bytes(raw_tar(counter, halves, *links))
    yield day.root / "up.tar"


def test_no_name_of_a_file_acts(day: Tiny, grader: Command) -> None:
    for upload in uploads(day):
        graded = grader("grade", "tiny", upload, "--out", "out")
        shown = [graded.stdout, graded.stderr, *everything_shown(day.root / "out")]

        assert "100 of 100 points" in graded.stdout
        assert [line for each in shown for line in acting(each)] == []


@pytest.mark.parametrize("text", ACTING.values(), ids=ACTING)
def test_no_name_of_an_upload_acts(day: Tiny, grader: Command, text: str) -> None:
    name = "up" + text.replace("/", "").replace("\0", "")
    (day.root / name).write_bytes(b"no archive")

    refused = grader("grade", "tiny", f"./{name}", "--out", "out")
    results = json.loads((day.root / "out" / "results.json").read_bytes())

    assert refused.returncode == 2
    shown = [refused.stdout, refused.stderr, *strings(results)]
    assert [line for each in shown for line in acting(each)] == []
