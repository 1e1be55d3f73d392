"""Which file of an upload is which: found where only one can be meant, otherwise named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.placing import Placement, place, stub_of

STUBS = ("heap.py", "buddy.py")


def missing(stub: str) -> str:
    return f"{stub} is missing from the submission; add it, unchanged if need be"


# --- one name -----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("heap.py", "Heap.py", "HEAP.PY", "heap.Py"),
        *("heap (1).py", "heap(2).py", "heap (12).py", "heap-1.py"),
        *("heap - Copy.py", "heap - Copy (2).py", "heap copy.py", "heap copy 2.py"),
        *("Copy of heap.py", "copy of Heap (1).py"),
        *("heap.py.txt", "heap.txt", "Heap (1).TXT", "heap - Copy.py.txt"),
    ],
)
def test_a_name_that_may_be_meant_to_be_a_stub(name: str) -> None:
    assert stub_of(name, STUBS) == "heap.py"


@pytest.mark.parametrize(
    "name",
    [
        *("heap", "heap.pyc", "heap.md", "heap.py.bak", ".heap.py", "._heap.py"),
        *("heap2.py", "heap_test.py", "my heap.py", "test_heap.py", "heaps.py"),
        *("heap ().py", "heap (x).py", "heap -Copy.py", "copyheap.py", "heapcopy.py"),
        *("", ".py", "Copy of .py", "heap .py"),
    ],
)
def test_a_name_that_is_another_one(name: str) -> None:
    assert stub_of(name, STUBS) is None


def test_a_stub_whose_name_begins_like_another_is_kept_apart() -> None:
    stubs = ("heap.py", "heap_copy.py", "heap2.py")

    assert [stub_of(stub, stubs) for stub in stubs] == list(stubs)


def test_a_long_name_costs_little() -> None:
    """A repeated mark does not make the search explore every way to read it."""
    assert stub_of("heap" + " copy 1" * 5000 + "!.py", STUBS) is None


# --- one upload ---------------------------------------------------------------


def test_files_in_their_places_are_taken_without_a_word() -> None:
    found = place(["buddy.py", "heap.py", "mine.py", "pkg/x.py"], STUBS)

    assert found.sources == {name: name for name in ("buddy.py", "heap.py", "mine.py", "pkg/x.py")}
    assert (found.problems, found.notes, found.missing) == ({}, (), ())


@pytest.mark.parametrize("folder", ["day1", "hw1-jane/src", "hw1.zip", "up.zip/day1"])
def test_a_folder_around_them_is_looked_through(folder: str) -> None:
    names = [f"{folder}/{name}" for name in ("buddy.py", "heap.py", "mine.py", "pkg/x.py")]

    found = place(names, STUBS)

    assert found.sources == {name.removeprefix(f"{folder}/"): name for name in names}
    assert found.notes == (f"heap.py, buddy.py were taken from the folder '{folder}'",)
    assert found.problems == {}


def test_an_exact_name_at_the_top_always_wins() -> None:
    names = ["heap.py", "heap (1).py", "Heap.py", "old/heap.py", "heap.txt", "buddy.py"]

    found = place(names, STUBS)

    assert found.sources["heap.py"] == "heap.py"
    assert found.sources["old/heap.py"] == "old/heap.py"
    assert found.notes == ("'heap.py' was graded, 'Heap.py', 'heap (1).py' was not",)
    assert found.problems == {}


def test_an_exact_name_wins_at_the_top_of_the_folder_that_holds_all() -> None:
    found = place(["d/heap.py", "d/old/heap.py", "d/buddy.py", "setup.py"], STUBS)

    assert found.sources["heap.py"] == "d/heap.py"
    assert found.problems == {}


def test_a_copy_is_taken_where_it_is_the_only_one() -> None:
    found = place(["heap (1).py", "x/Buddy.py"], STUBS)

    assert found.sources == {"heap.py": "heap (1).py", "buddy.py": "x/Buddy.py"}
    assert found.notes == (
        "heap.py was taken from 'heap (1).py'",
        "buddy.py was taken from 'x/Buddy.py'",
    )


def test_two_candidates_are_named_and_the_rest_still_counts() -> None:
    found = place(["heap (1).py", "heap (2).py", "buddy.py"], STUBS)

    assert found.problems == {
        "heap.py": "heap.py: found 'heap (1).py' and 'heap (2).py'; hand in one, named heap.py"
    }
    assert found.sources["buddy.py"] == "buddy.py"
    assert "heap.py" not in found.sources
    assert found.missing == ()


def test_an_ambiguous_file_does_not_slip_in_as_a_further_module() -> None:
    found = place(["a/heap.py", "b/heap.py", "a/buddy.py"], STUBS)

    assert found.sources == {"buddy.py": "a/buddy.py", "b/heap.py": "b/heap.py"}
    assert found.problems == {
        "heap.py": "heap.py: found 'a/heap.py' and 'b/heap.py'; hand in one, named heap.py"
    }


def test_of_many_candidates_a_few_are_named() -> None:
    found = place([f"{letter}/heap.py" for letter in "abcdefgh"], STUBS)

    assert found.problems["heap.py"] == (
        "heap.py: found 'a/heap.py', 'b/heap.py', 'c/heap.py', 'd/heap.py', 'e/heap.py' "
        "and 3 more; hand in one, named heap.py"
    )


def test_a_missing_file_is_said_to_be_missing() -> None:
    found = place(["heap.py"], STUBS)

    assert found.missing == ("buddy.py",)
    assert found.problems == {"buddy.py": missing("buddy.py")}


def test_nothing_at_all_misses_everything() -> None:
    assert place([], STUBS) == Placement(
        {}, {stub: missing(stub) for stub in STUBS}, (), ("heap.py", "buddy.py")
    )


# --- further modules ----------------------------------------------------------


def test_a_module_of_an_unrelated_folder_keeps_its_place() -> None:
    found = place(["d/heap.py", "d/buddy.py", "tools/x.py", "d/tools/y.py"], STUBS)

    assert found.sources["tools/x.py"] == "tools/x.py"
    assert found.sources["tools/y.py"] == "d/tools/y.py"


def test_a_module_at_the_top_goes_before_one_that_moves_there() -> None:
    found = place(["heap.py", "mine.py", "d/buddy.py", "d/mine.py"], STUBS)

    assert found.sources["mine.py"] == "mine.py"
    assert found.problems == {}


def test_modules_that_move_to_the_same_name_are_named() -> None:
    found = place(["a/heap.py", "a/mine.py", "b/buddy.py", "b/mine.py"], STUBS)

    assert "mine.py" not in found.sources
    assert found.problems == {
        "mine.py": "mine.py: found 'a/mine.py' and 'b/mine.py'; hand in one, named mine.py"
    }


def test_no_file_lies_in_a_folder_that_is_named_like_a_file() -> None:
    found = place(["heap.py/x.py", "d/heap.py", "d/buddy.py", "d/mine.py/y.py", "mine.py"], STUBS)

    assert found.sources == {"heap.py": "d/heap.py", "buddy.py": "d/buddy.py", "mine.py": "mine.py"}


def test_a_text_file_is_no_module() -> None:
    assert "heap.txt" not in place(["heap.py", "buddy.py", "heap.txt"], STUBS).sources


PARTS = st.sampled_from(["heap.py", "Heap.py", "heap (1).py", "buddy.py", "x.py", "d", "e", "f.py"])
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)


@given(st.sets(NAMES, max_size=12))
def test_whatever_is_there_each_file_runs_once_and_each_stub_is_accounted_for(
    names: set[str],
) -> None:
    found = place(names, STUBS)

    assert set(found.sources.values()) <= names
    assert len(set(found.sources.values())) == len(found.sources)
    assert not found.sources.keys() & found.problems.keys()
    assert set(STUBS) <= found.sources.keys() | found.problems.keys()
    folders = {target.rpartition("/")[0] for target in found.sources}
    assert not folders & found.sources.keys()
