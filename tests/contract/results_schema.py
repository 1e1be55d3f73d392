"""The schema of results.json as the platform documents it, and a strict reader.

Written from the facts of these pages, independently of what we happen to write:

    https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
    https://gradescope-autograders.readthedocs.io/en/latest/leaderboards/

    read(b'{"score": 3}')              Results(score=3, ...)
    read(b'{"score": 3, "grade": 3}')  raises ValueError: ... unknown field `grade` ...

A field that is absent is UNSET; null is no value of any field. Unknown fields are
refused, although the platform passes over them: they would be typing errors of ours.
"""

import json
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

# What the platform's harness leaves of each output; the rest it takes from the middle.
MOST_CHARACTERS = 100_000

Format = Literal["text", "html", "simple_format", "md", "ansi"]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
Output = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
Number = int | float


class _Object(msgspec.Struct, forbid_unknown_fields=True):
    """An object that may hold the fields named here and no others."""


class TestCase(_Object):
    """One test; without a score it is a notice that passed or failed."""

    __test__ = False

    score: Number | UnsetType = UNSET
    max_score: Number | UnsetType = UNSET
    status: Literal["passed", "failed"] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    name_format: Format | UnsetType = UNSET
    number: str | UnsetType = UNSET
    output: Output | UnsetType = UNSET
    output_format: Format | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    extra_data: dict[str, Any] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuse a test that says neither what it earned nor whether it passed."""
        if self.score is UNSET and self.status is UNSET:
            raise ValueError("a test has neither a score nor a status")


class Standing(_Object):
    """One column of the leaderboard; higher values come first unless ``order`` is "asc"."""

    name: str
    value: int | float | str
    order: Literal["asc", "desc"] | UnsetType = UNSET


class Results(_Object):
    """The whole file. A score of its own goes before the sum of the tests' scores."""

    score: Number | UnsetType = UNSET
    execution_time: Annotated[float, Meta(ge=0)] | UnsetType = UNSET
    output: Output | UnsetType = UNSET
    output_format: Format | UnsetType = UNSET
    test_output_format: Format | UnsetType = UNSET
    test_name_format: Format | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    stdout_visibility: Visibility | UnsetType = UNSET
    extra_data: dict[str, Any] | UnsetType = UNSET
    tests: list[TestCase] | UnsetType = UNSET
    leaderboard: list[Standing] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuse results from which no score follows."""
        tests = [] if self.tests is UNSET else self.tests
        if self.score is UNSET and all(test.score is UNSET for test in tests):
            raise ValueError("neither the file nor any test has a score")


def read(content: bytes) -> Results:
    """Return the results in ``content``; raises ValueError with what the platform cannot use."""
    text = content.decode("utf-8")
    _require_text_and_numbers(json.loads(text, object_pairs_hook=_object))
    return msgspec.json.decode(content, type=Results)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a field stands twice: {[name for name, _ in pairs]}")
    return found


def _require_text_and_numbers(value: Any) -> None:
    """Raise ValueError for what JSON can spell and no database stores as text or number."""
    for leaf in _leaves(value):
        if leaf is None:
            raise ValueError("null")
        if isinstance(leaf, float) and not math.isfinite(leaf):
            raise ValueError(f"the number {leaf}")
        if isinstance(leaf, str) and (
            "\0" in leaf or leaf != leaf.encode(errors="replace").decode()
        ):
            raise ValueError(f"the text {leaf[:80]!r}")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
