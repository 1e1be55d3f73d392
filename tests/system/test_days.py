"""What holds for the checks of every day, and `grader validate` does not know of.

right     right programs in two other styles: no check may find anything
garbage   transcripts that no program would send: judges and pictures must bear them
"""

from pathlib import Path
from typing import Any

import pytest
from days import Day, lost, name_of

from grader import adopted, codec
from grader.checks import Check
from grader.explain import picture_text
from grader.replay import read_folder
from grader.trace import operations
from grader.verdict import drawn

DAYS = {name: Day(name) for name in ("day1", "day2", "day3")}
MAKERS = {"day3": ["make_policy"]}
"""The functions of a day that make objects."""

each_day = pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)
each_variant = pytest.mark.parametrize(
    ("day", "folder"),
    [
        pytest.param(day, folder, id=f"{name}-{name_of(folder)}")
        for name, day in DAYS.items()
        for folder in day.variants
    ],
)
each_check = pytest.mark.parametrize(
    ("day", "check"),
    [
        pytest.param(day, check, id=check.id)
        for day in DAYS.values()
        for check in day.checks.values()
    ],
)


# --- right programs -----------------------------------------------------------


@each_variant
def test_a_right_program_loses_nothing(day: Day, folder: Path) -> None:
    """A right program in another style loses no point."""
    verdicts = day.graded(read_folder(folder))

    assert {check: verdicts[check].sentence for check in lost(verdicts)} == {}


@each_variant
def test_no_part_of_a_trace_blames_a_right_program(day: Day, folder: Path) -> None:
    """Shrinking judges any part of a trace; a right program is not to blame in any of them."""
    assert day.blamed_in_parts(folder) == []


# --- wrong programs -----------------------------------------------------------


@each_day
def test_there_are_twenty_one_wrong_versions(day: Day) -> None:
    """Those of the curriculum are numbered from 1 to 20; one more follows them."""
    assert [wrong.number for wrong in day.wrongs] == list(range(1, 22))


# --- transcripts that no program would send -----------------------------------

ODD_VALUES = (
    None, True, 0, -1, 16, 65536, 10**300, 1.5, "x", [], [[]], [[1]], [None], [0, 1], [0, 0, 0],
    [1, None, 2], [1, 2, 3], [1, 2, 3, 4], [[3, 9, 10]], {},
    {"dict": [[0, 0]]}, {"hex": "00"}, {"crc32": [600, 1]}, {"handle": "step 2"},
    # of day 1
    {"live": 1}, {"holes": [[0, 4]], "live": [[0, 1, "n"]], "rover": None},
    {"holes": [], "live": [[65536, 8]], "rover": 0},
    # of day 2
    {"entries": 1}, {"entries": [1, [0], [0, 0, "x"], [0, 1, 7]]}, {"sets": None},
    {"sets": [1, [[0, 0]], [[0, 0, 0, 0, 0, 0]]]},
    # of day 3
    [True, 0, 0, False], [False, 9, 1, True], [False, -1, [], True],
    {"resident": [0], "dirty": [True]}, {"resident": None, "dirty": 1}, {"resident": [[1], "x"]},
    {"hitmiss": "MX", "victims": [None, []], "resident": [7, 7], "writebacks": 1, "misses": 2},
    {"hitmiss": 1, "victims": 2, "misses": -1}, [["UNMAP", 1, 0, 0], ["MAP", 0]], [["MAP", 0]],
    [["ZERO"], ["MAP", -1]], [["OUT", 0], ["IN", 7]], [["UNMAP", 1, 0]], [["X"]], [["SEGV"]],
    {"frames": [[1, 0], None], "dirty": [0], "slots": [[0, 1, 0]]}, {"frames": 1, "dirty": "x"},
    {"used": 2, "entries": [["a", {"hex": "0061"}]]}, {"used": None, "entries": [["a", 1], []]},
)  # fmt: skip
ODD_ENTRIES: tuple[list[Any], ...] = (
    ["err", "EINVAL"],
    ["err", "ENOENT"],
    ["err", "ENOMEM"],
    ["err", "-5"],
    ["raise", "KeyError"],
    ["trap", "SegFault", None, [], "?"],
    ["trap", "PageFault", 0, "r", "user"],
    ["odd", "set"],
    ["skip"],
    *(["ok", value] for value in ODD_VALUES),
)


@each_check
def test_judge_and_picture_bear_any_transcript(day: Day, check: Check) -> None:
    """Whatever a worker sends is accepted or blamed and drawn; nothing breaks."""
    failures = day.judge_garbage(check, ODD_ENTRIES)

    assert failures
    assert {defect for _, defect in (drawn(check, failure) for failure in failures)} == {""}


@each_day
@pytest.mark.parametrize("answer", [e for e in ODD_ENTRIES if e != ["skip"]], ids=str)
def test_a_constant_answer_passes_no_check(day: Day, answer: list[Any]) -> None:
    """A program that makes its objects and then always says the same fails every check."""
    assert day.passed_by_constant(answer, MAKERS.get(day.name, ())) == []


# --- the traces ---------------------------------------------------------------


@each_day
def test_traces_are_short_and_begin_with_short_ones(day: Day) -> None:
    """At most 50 operations; at most 6 in the first fifty of every family, as drawn."""
    for check, number, recorded in day.recorded_parts():
        first = len(adopted.traces_of(adopted.read(check)[number]))
        sizes = [operations(codec.decode_trusted(text)) for text in recorded.traces[first:]]
        if len(sizes) > 50:
            assert max(sizes[:50]) <= 6
        assert max(sizes) <= 50


@pytest.mark.parametrize("day", [DAYS["day2"], DAYS["day3"]], ids=["day2", "day3"])
def test_every_step_of_a_check_can_be_drawn(day: Day) -> None:
    """A picture of any step, as if it were the failure, keeps within its frame."""
    pictures = 0
    for check, _, recorded in day.recorded_parts():
        for run in list(recorded.runs())[::10] if check.picture else ():
            for index in range(len(run.trace)):
                drawing = check.picture(run, index)
                pictures += drawing != ""
                assert picture_text(drawing) == drawing

    assert pictures > 1000
