"""Traps: how the hardware says that it cannot carry out an access.

A trap is not an OSError: nobody asked the kernel for anything yet.

    va      the virtual address of the access, bytes   0x2000
    access  what was tried                             "r" read, "w" write, "x" execute
    code    what is wrong, for a SegFault              "MAPERR", "ACCERR"
    reason  what is wrong, for a PageFault             "notpresent", "write", ...
"""

_VERB = {"r": "read from", "w": "write to", "x": "execute"}

_CODE = {"MAPERR": "nothing is mapped there", "ACCERR": "the mapping forbids it"}

_REASON = {
    "noncanonical": "not an address at all",
    "notpresent": "the page is not present",
    "user": "the page belongs to the kernel",
    "write": "the page is read-only",
    "nx": "the page holds no code",
}


class Trap(Exception):  # noqa: N818 - a trap is an event of the hardware, not an error
    """An access that the hardware could not complete.

    Two traps are equal when their classes and all their fields are equal.
    """

    def __init__(self, va: int, access: str, *why: str) -> None:
        super().__init__(va, access, *why)

    @property
    def va(self) -> int:
        """The virtual address of the access, in bytes."""
        return int(self.args[0])

    @property
    def access(self) -> str:
        """What was tried: ``"r"`` read, ``"w"`` write, ``"x"`` execute."""
        return str(self.args[1])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == other.args

    def __hash__(self) -> int:
        return hash((type(self), self.args))

    def __repr__(self) -> str:
        fields = ", ".join([hex(self.va), *map(repr, self.args[1:])])
        return f"{type(self).__name__}({fields})"

    def __str__(self) -> str:
        return f"cannot {_VERB.get(self.access, self.access)} {self.va:#x}"


class SegFault(Trap):
    """The address is not mapped (``MAPERR``), or its mapping forbids the access (``ACCERR``)."""

    def __init__(self, va: int, access: str, code: str) -> None:
        super().__init__(va, access, code)

    @property
    def code(self) -> str:
        """``"MAPERR"``: nothing is mapped; ``"ACCERR"``: the permission is missing."""
        return str(self.args[2])

    def __str__(self) -> str:
        return f"{super().__str__()}: {_CODE.get(self.code, self.code)}"


class BusError(Trap):
    """The page lies beyond the end of the mapped object."""

    def __init__(self, va: int, access: str) -> None:
        super().__init__(va, access)

    def __str__(self) -> str:
        return f"{super().__str__()}: the page lies beyond the end of the mapped object"


class PageFault(Trap):
    """The page table does not allow the access as it stands."""

    def __init__(self, va: int, access: str, reason: str) -> None:
        super().__init__(va, access, reason)

    @property
    def reason(self) -> str:
        """One of ``"noncanonical"``, ``"notpresent"``, ``"user"``, ``"write"``, ``"nx"``."""
        return str(self.args[2])

    def __str__(self) -> str:
        return f"{super().__str__()}: {_REASON.get(self.reason, self.reason)}"
