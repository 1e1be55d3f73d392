"""Wrong versions: what the first line may say, and the submission that one makes."""

from pathlib import Path

import pytest
from tiny import Tiny

from grader.errors import SpecError
from grader.wrongs import WrongVersion, files_of, read_wrong, wrong_versions

FIRST_LINE = "# wrong 4 of counter: forgets the limit; also at 0; loses T.1 T-2.b"


def write(day: Tiny, name: str, text: str | bytes) -> Path:
    """Put a wrong version into the reference; return its path."""
    path = day.reference / "wrong" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_first_line_says_number_module_fault_and_checks(day: Tiny) -> None:
    path = write(day, "04_limit.py", f"{FIRST_LINE}  \nrest")

    wrong = read_wrong(path)

    assert wrong == WrongVersion(
        path, 4, "counter", "forgets the limit; also at 0", ("T.1", "T-2.b")
    )
    assert wrong.name == "wrong 4 of counter"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# wrong of counter: x; loses T.1",
        "# wrong 1 of counter: x",
        "# wrong 1 of counter: x; loses ",
        "# wrong 1 of a/b: x; loses T.1",
        "# wrong 1 of counter: x; loses T.1, T.2",
        "\ufeff# wrong 1 of counter: x; loses T.1",
    ],
)
def test_any_other_first_line_is_refused_with_the_form(day: Tiny, line: str) -> None:
    path = write(day, "a.py", line)

    with pytest.raises(SpecError) as refused:
        wrong_versions(day.assignment)

    assert str(refused.value).startswith(f"{path}:1: begins with ")
    assert str(refused.value).endswith(
        "expected '# wrong 4 of holes: what it does; loses D1.1 D1.2'"
    )


def test_what_is_not_text_is_refused(day: Tiny) -> None:
    path = write(day, "a.py", b"# wrong 1 of counter: \xff; loses T.1")

    with pytest.raises(SpecError, match=rf"{path}: is not UTF-8 \(byte 22\)"):
        wrong_versions(day.assignment)


def test_the_module_must_be_there(day: Tiny) -> None:
    path = write(day, "a.py", "# wrong 1 of abacus: x; loses T.1")

    with pytest.raises(SpecError, match=f"{path}:1: the reference has no abacus.py"):
        wrong_versions(day.assignment)


def test_a_number_stands_once_per_module(day: Tiny) -> None:
    write(day, "a.py", FIRST_LINE)
    write(day, "b.py", FIRST_LINE)

    with pytest.raises(SpecError, match=r"b\.py:1: wrong 4 of counter is a\.py, too"):
        wrong_versions(day.assignment)


def test_without_a_reference_or_a_folder_there_are_none(day: Tiny) -> None:
    assert wrong_versions(day.assignment) == []
    day.as_handout()
    assert wrong_versions(day.assignment) == []


def test_a_wrong_version_is_handed_in_with_the_right_modules_beside_it(day: Tiny) -> None:
    path = write(day, "a.py", FIRST_LINE)
    (day.reference / "other.py").write_text("OTHER = 1\n", encoding="utf-8")
    right = (day.reference / "counter.py").read_bytes()

    assert files_of(day.reference, read_wrong(path)) == {
        "counter.py": FIRST_LINE.encode(),
        "other.py": b"OTHER = 1\n",
        "right/counter.py": right,
        "right/other.py": b"OTHER = 1\n",
        "right/__init__.py": b"",
    }
