"""The machine that the course's operating system runs on, the same for everybody.

Import from here (`from machine import SimHeap, err`), never from the modules inside.
"""

from .constants import (
    MADV_DONTNEED,
    MADV_WILLNEED,
    MAP_ANONYMOUS,
    MAP_FIXED,
    MAP_FIXED_NOREPLACE,
    MAP_PRIVATE,
    MAP_SHARED,
    MS_ASYNC,
    MS_INVALIDATE,
    MS_SYNC,
    NAME_MAX,
    O_APPEND,
    O_CREAT,
    O_EXCL,
    O_NONBLOCK,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    PIPE_BUF,
    PROT_EXEC,
    PROT_NONE,
    PROT_READ,
    PROT_WRITE,
    PTE_A,
    PTE_D,
    PTE_G,
    PTE_NX,
    PTE_P,
    PTE_PS,
    PTE_U,
    PTE_W,
    SEM_VALUE_MAX,
    SOMAXCONN,
)
from .errors import err
from .page_source import PageSource
from .plain_table import PlainTable
from .plain_tlb import PlainTLB
from .recorder import Recorder
from .rng import Rng
from .sim_heap import SimHeap
from .traps import BusError, PageFault, SegFault, Trap
from .units import roundup

__all__ = [
    "MADV_DONTNEED",
    "MADV_WILLNEED",
    "MAP_ANONYMOUS",
    "MAP_FIXED",
    "MAP_FIXED_NOREPLACE",
    "MAP_PRIVATE",
    "MAP_SHARED",
    "MS_ASYNC",
    "MS_INVALIDATE",
    "MS_SYNC",
    "NAME_MAX",
    "O_APPEND",
    "O_CREAT",
    "O_EXCL",
    "O_NONBLOCK",
    "O_RDONLY",
    "O_RDWR",
    "O_TRUNC",
    "O_WRONLY",
    "PIPE_BUF",
    "PROT_EXEC",
    "PROT_NONE",
    "PROT_READ",
    "PROT_WRITE",
    "PTE_A",
    "PTE_D",
    "PTE_G",
    "PTE_NX",
    "PTE_P",
    "PTE_PS",
    "PTE_U",
    "PTE_W",
    "SEM_VALUE_MAX",
    "SOMAXCONN",
    "BusError",
    "PageFault",
    "PageSource",
    "PlainTLB",
    "PlainTable",
    "Recorder",
    "Rng",
    "SegFault",
    "SimHeap",
    "Trap",
    "err",
    "roundup",
]
