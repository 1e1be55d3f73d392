"""Shrinking reaches into list arguments: reference strings lose elements, records stay whole."""

from collections.abc import Callable, Sequence
from itertools import chain

from grader.shrink import PASSES, shrink, tidy
from grader.trace import Trace

REFS = [7, 3, 9, 9, 4, 7, 1, 9, 3, 2]


def shrunk(trace: Trace, fails: Callable[[Trace], bool]) -> Trace:
    """Return what is left of a trace of one step, or of several that all stay."""

    def attempt(candidates: Sequence[Trace]) -> Trace | None:
        whole = (each for each in candidates if len(each) == len(trace))
        return next(filter(fails, whole), None)

    small, is_whole = shrink(trace, attempt, lambda: True)
    assert is_whole
    return small


def tried(trace: Trace) -> list[Trace]:
    """Return every candidate of every pass."""
    return [each for attempt in PASSES for each in chain.from_iterable(attempt(trace))]


def test_a_list_argument_loses_what_is_not_needed() -> None:
    """Two nines are enough to show a bug that needs two nines."""
    trace = [["fn", "opt", [REFS, 3]]]

    small = shrunk(trace, lambda t: t[0][2][0].count(9) >= 2)

    assert small == [["fn", "opt", [[9, 9], 0]]]


def test_a_keyword_argument_does_so_too() -> None:
    """It does not matter how an argument is given."""
    trace = [["fn", "opt", {"refs": REFS, "nframes": 3}]]

    small = shrunk(trace, lambda t: 9 in t[0][2]["refs"])

    assert small == [["fn", "opt", {"refs": [9], "nframes": 0}]]


def test_lists_of_one_length_lose_the_same_elements() -> None:
    """References and their writes are parallel, and stay so."""
    writes = [page == 9 for page in REFS]
    trace = [["fn", "simulate", ["lru", REFS, 3, writes]]]

    def fails(t: Trace) -> bool:
        _, refs, _, writes = t[0][2]
        return len(refs) == len(writes) and (9, True) in zip(refs, writes, strict=True)

    assert shrunk(trace, fails) == [["fn", "simulate", ["lru", [9], 0, [True]]]]


def test_lists_of_one_length_in_several_steps_stay_equal() -> None:
    """One string simulated twice is made shorter in both steps at once."""
    trace = [["fn", "simulate", ["opt", list(REFS), frames]] for frames in (2, 3)]

    def fails(t: Trace) -> bool:
        first, second = (step[2][1] for step in t)
        return first == second and len(set(first)) > 3

    small = shrunk(trace, fails)

    assert [len(step[2][1]) for step in small] == [4, 4]


def test_a_list_on_its_own_may_lose_more_than_its_equals() -> None:
    """Two lists that only happen to be of one length are freed from each other."""
    trace = [["fn", "f", [[1, 2, 3], [4, 5, 6]]]]

    small = shrunk(trace, lambda t: len(t[0][2][0]) == 3)

    assert small == [["fn", "f", [[0, 0, 0], []]]]


def test_a_list_of_records_loses_whole_records() -> None:
    """An area that does not matter goes, the others keep their four fields."""
    areas = [[0, 4, "anon", True], [8, 10, "file", True]]
    trace = [["call", "pager", "add_process", [1, areas]]]

    small = shrunk(trace, lambda t: any(area[2] == "file" for area in t[0][3][1]))

    assert [area[2] for area in small[0][3][1]] == ["file"]


def test_a_mixed_list_is_a_record_and_keeps_its_fields() -> None:
    """Fields of several kinds have meanings by position."""
    trace: Trace = [["fn", "f", [[0, 4, "anon", True], 5]]]

    assert {len(each[0][2][0]) for each in tried(trace) if each} == {4}


def test_a_list_inside_a_list_is_a_record_too() -> None:
    """So have those of a pair."""
    trace: Trace = [["fn", "f", [[[1, 2], [3, 4]]]]]

    records = [record for each in tried(trace) if each for record in each[0][2][0]]

    assert {len(record) for record in records} == {2}


def test_nothing_is_tried_with_an_empty_list() -> None:
    """There is nothing to leave out."""
    trace: Trace = [["fn", "f", [[]]]]

    assert [each for each in tried(trace) if each] == []


def test_a_flag_at_the_end_is_left_to_its_default() -> None:
    """A write that may as well be a read becomes one."""
    trace = [["call", "policy", "access", [1, True]]]

    assert shrunk(trace, lambda t: t[0][3][0] == 1) == [["call", "policy", "access", [1]]]


def test_a_flag_that_matters_stays() -> None:
    """A write that must be one stays."""
    trace = [["call", "policy", "access", [1, True]]]

    assert shrunk(trace, lambda t: t[0][3][1:] == [True]) == [
        ["call", "policy", "access", [0, True]]
    ]


def test_an_object_that_a_function_made_keeps_its_name() -> None:
    """Names that an author chose tell a student what they are."""
    trace = [
        ["fn", "make_policy", ["lru", 3], "-> policy"],
        ["call", "policy", "access", [1], "-> q"],
        ["call", "policy", "access", ["$q"]],
    ]

    assert tidy(trace) == [
        ["fn", "make_policy", ["lru", 3], "-> policy"],
        ["call", "policy", "access", [1], "-> a"],
        ["call", "policy", "access", ["$a"]],
    ]
