"""The given package `machine`: errors, traps, constants, memory, and the record of calls."""

import errno
import random
from collections.abc import Iterator
from inspect import ismodule

import machine
import pytest
from hypothesis import given
from hypothesis import strategies as st
from machine import BusError, PageFault, PageSource, Recorder, Rng, SegFault, SimHeap, Trap
from machine.recorder import log_call, take_calls
from outcomes import error_of


@pytest.fixture(autouse=True)
def _forget_calls() -> Iterator[None]:
    take_calls()
    yield
    take_calls()


def test_err_builds_the_oserror_of_a_code() -> None:
    """The errno is kept, and Python picks the subclass."""
    error = machine.err(errno.ENOENT)

    assert error.errno == errno.ENOENT
    assert type(error) is FileNotFoundError
    assert error.strerror == "No such file or directory"


@pytest.mark.parametrize(
    ("x", "a", "expected"), [(0, 8, 0), (1, 8, 8), (8, 8, 8), (9, 8, 16), (10, 3, 12), (5, 1, 5)]
)
def test_roundup(x: int, a: int, expected: int) -> None:
    """The smallest multiple of a that is at least x."""
    assert machine.roundup(x, a) == expected


def test_constants_have_the_values_of_x86_64_linux() -> None:
    """They are those of the course's table, to the last one."""
    table = {
        "PTE_P": 1 << 0, "PTE_W": 1 << 1, "PTE_U": 1 << 2, "PTE_A": 1 << 5, "PTE_D": 1 << 6,
        "PTE_PS": 1 << 7, "PTE_G": 1 << 8, "PTE_NX": 1 << 63,
        "PROT_NONE": 0, "PROT_READ": 1, "PROT_WRITE": 2, "PROT_EXEC": 4,
        "MAP_SHARED": 1, "MAP_PRIVATE": 2, "MAP_FIXED": 0x10, "MAP_ANONYMOUS": 0x20,
        "MAP_FIXED_NOREPLACE": 0x100000,
        "MS_ASYNC": 1, "MS_INVALIDATE": 2, "MS_SYNC": 4, "MADV_WILLNEED": 3, "MADV_DONTNEED": 4,
        "O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2, "O_CREAT": 0o100, "O_EXCL": 0o200,
        "O_TRUNC": 0o1000, "O_APPEND": 0o2000, "O_NONBLOCK": 0o4000,
        "PIPE_BUF": 4096, "SEM_VALUE_MAX": 2147483647, "SOMAXCONN": 128, "NAME_MAX": 255,
    }  # fmt: skip

    assert {name: getattr(machine, name) for name in table} == table


def test_every_public_name_is_exported() -> None:
    """`__all__` names what the package has, and nothing else."""
    public = {
        name
        for name, value in vars(machine).items()
        if not name.startswith("_") and not ismodule(value)
    }

    assert set(machine.__all__) == public


def test_traps_are_not_oserrors() -> None:
    """A trap comes from the hardware, an OSError from the kernel."""
    traps = [SegFault(0, "r", "MAPERR"), BusError(0, "w"), PageFault(0, "x", "nx")]

    assert all(isinstance(trap, Trap) for trap in traps)
    assert not any(isinstance(trap, OSError) for trap in traps)


def test_traps_are_equal_by_class_and_fields() -> None:
    """Keyword or positional, the fields count, and so does the class."""
    assert SegFault(16, "r", "MAPERR") == SegFault(va=16, access="r", code="MAPERR")
    assert SegFault(16, "r", "MAPERR") != SegFault(16, "r", "ACCERR")
    assert SegFault(16, "r", "user") != PageFault(16, "r", "user")
    assert len({BusError(16, "w"), BusError(16, "w"), BusError(17, "w")}) == 2


@pytest.mark.parametrize(
    ("trap", "fields"),
    [
        (SegFault(4096, "w", "ACCERR"), {"va": 4096, "access": "w", "code": "ACCERR"}),
        (BusError(4096, "r"), {"va": 4096, "access": "r"}),
        (PageFault(4096, "x", "nx"), {"va": 4096, "access": "x", "reason": "nx"}),
    ],
)
def test_trap_fields_are_read_only(trap: Trap, fields: dict[str, object]) -> None:
    """Each field is an attribute with the argument's name, and cannot be set."""
    assert {name: getattr(trap, name) for name in fields} == fields
    for name in fields:
        with pytest.raises(AttributeError):
            setattr(trap, name, 0)


def test_a_trap_says_what_happened() -> None:
    """`repr` shows the fields, `str` a sentence."""
    trap = SegFault(0x2000, "w", "ACCERR")

    assert repr(trap) == "SegFault(0x2000, 'w', 'ACCERR')"
    assert str(trap) == "cannot write to 0x2000: the mapping forbids it"


def test_sbrk_returns_the_old_break() -> None:
    """The break moves both ways; the peak stays, and every call counts."""
    mem = SimHeap(limit=64, base=0x100)

    breaks = [mem.sbrk(48), mem.sbrk(-16), mem.sbrk(0)]

    assert breaks == [0x100, 0x130, 0x120]
    assert (mem.base, mem.brk, mem.peak, mem.sbrk_calls) == (0x100, 0x120, 0x130, 3)


def test_a_refused_sbrk_leaves_the_break() -> None:
    """Above the limit is ENOMEM, below the base EINVAL; exactly on them is allowed."""
    mem = SimHeap(limit=64, base=0x100)
    mem.sbrk(64)

    assert error_of(mem.sbrk, 1) == "ENOMEM"
    assert error_of(mem.sbrk, -65) == "EINVAL"
    assert (mem.brk, mem.peak) == (0x140, 0x140)
    assert error_of(mem.sbrk, -64) is None


@pytest.mark.parametrize(("base", "limit"), [(8, 64), (-16, 64), (16, -1)])
def test_sim_heap_refuses_a_bad_base_or_limit(base: int, limit: int) -> None:
    """The base is a multiple of 16, the limit not negative."""
    with pytest.raises(ValueError, match="it must"):
        SimHeap(limit, base)


@pytest.mark.parametrize(
    ("a", "n", "bad"), [(0xFF, 2, 0xFF), (0x110, 1, 0x110), (0x10F, 2, 0x110), (0x200, 9, 0x200)]
)
def test_an_access_outside_memory_traps_at_its_first_bad_address(a: int, n: int, bad: int) -> None:
    """Nothing is written by a store that does not fit."""
    mem = SimHeap(base=0x100)
    mem.sbrk(16)

    with pytest.raises(SegFault) as read:
        mem.load(a, n)
    with pytest.raises(SegFault) as write:
        mem.store(a, b"\xff" * n)

    assert read.value == SegFault(bad, "r", "MAPERR")
    assert write.value == SegFault(bad, "w", "MAPERR")
    assert mem.load(0x100, 16) == bytes(16)


def test_recycled_memory_is_not_zero() -> None:
    """Bytes are zero when the break first passes them and 0xDB when it comes back."""
    mem = SimHeap(base=0)
    mem.sbrk(6)
    mem.store(0, b"abcdef")
    mem.sbrk(-4)

    mem.sbrk(8)

    assert mem.load(0, 10) == b"ab\xdb\xdb\xdb\xdb\0\0\0\0"


def test_page_source_hands_out_the_lowest_aligned_run() -> None:
    """A block of order k starts at the lowest multiple of 2**k with 2**k free frames."""
    pages = PageSource(8)

    assert [pages.alloc(0), pages.alloc(1), pages.alloc(0), pages.alloc(2)] == [0, 2, 1, 4]
    assert error_of(pages.alloc, 0) == "ENOMEM"
    pages.free(2)
    assert [pages.alloc(0), pages.alloc(0)] == [2, 3]


def test_page_source_refuses_what_is_not_live() -> None:
    """Only the first frame of a live block can be freed, once."""
    pages = PageSource(5)
    pages.alloc(1)
    pages.free(0)

    assert [error_of(pages.free, pfn) for pfn in (0, 1, 99)] == ["EINVAL"] * 3
    assert error_of(pages.alloc, -1) == "EINVAL"
    assert error_of(pages.alloc, 3) == "ENOMEM"


def test_page_source_calls_are_recorded() -> None:
    """Also the failing ones, with the name of their errno."""
    pages = PageSource(1)
    pages.alloc(0)
    error_of(pages.alloc, 0)
    pages.free(0)
    error_of(pages.free, 0)

    assert take_calls() == [
        ["call", "PageSource.alloc", [0], 0],
        ["call", "PageSource.alloc", [0], {"err": "ENOMEM"}],
        ["call", "PageSource.free", [0], None],
        ["call", "PageSource.free", [0], {"err": "EINVAL"}],
    ]


def test_a_recorder_records_and_returns_what_it_was_told() -> None:
    """Both the process's list and its own `calls` have the arguments."""
    ctor = Recorder("ctor", returns=5)

    assert [ctor(), ctor(1, "x")] == [5, 5]
    assert ctor.calls == [[], [1, "x"]]
    assert take_calls() == [["call", "ctor", [], 5], ["call", "ctor", [1, "x"], 5]]


def test_calls_are_taken_once() -> None:
    """What was taken is forgotten, and is not changed by later calls."""
    log_call("f", [1], None)

    taken = take_calls()
    log_call("g", [2], None)

    assert taken == [["call", "f", [1], None]]
    assert take_calls() == [["call", "g", [2], None]]
    assert take_calls() == []


@given(st.integers(0, 2**32), st.integers(1, 1000))
def test_rng_gives_the_numbers_of_random(seed: int, n: int) -> None:
    """Recording does not change what is drawn, not even by the methods that are not recorded."""
    ours, theirs = Rng(seed), random.Random(seed)

    for rng in (ours, theirs):
        rng.random()

    assert ours.randrange(n) == theirs.randrange(n)
    assert ours.randrange(3, 3 + n, 2) == theirs.randrange(3, 3 + n, 2)
    assert ours.sample(range(n), 1) == theirs.sample(range(n), 1)
    assert ours.random() == theirs.random()


def test_rng_records_each_call_once() -> None:
    """`randrange` shows its arguments as they were given, and no call inside it."""
    rng = Rng(seed=7)

    drawn = [rng.random(), rng.randrange(10), rng.randrange(2, 10), rng.randrange(2, 10, 3)]

    assert isinstance(rng, random.Random)
    assert take_calls() == [
        ["call", "Rng.random", [], drawn[0]],
        ["call", "Rng.randrange", [10], drawn[1]],
        ["call", "Rng.randrange", [2, 10], drawn[2]],
        ["call", "Rng.randrange", [2, 10, 3], drawn[3]],
    ]
