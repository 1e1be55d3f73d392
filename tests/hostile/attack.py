"""What an attack is: a small submission, what it wins, and where it is known to work."""

from dataclasses import dataclass, field
from typing import Any

from grader.confine import syscall_numbers

# Prepended to attacks that speak to the kernel without the C library's wrappers.
_PRELUDE = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
NUMBER = {numbers}
def syscall(name, *arguments):
    longs = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return libc.syscall(ctypes.c_long(NUMBER[name]), *longs)
"""


@dataclass(frozen=True)
class Attack:
    """One submission whose ``attack(stage)`` tries to win what the criterion names.

    ``code`` defines ``attack``; ``control`` says where it must succeed: "open" is the
    referee without confinement, "toy" the same-process toy grader (`toy.py`), whose
    attacks define ``answer`` instead. Where ``holds`` names layers, the tier promises
    nothing against it unless it has one of them.
    """

    name: str
    wins: str
    code: str
    control: str = "open"
    limits: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    kernel: bool = False
    machine: str = ""
    holds: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    def wire(self, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return what the referee reads."""
        prelude = ""
        if self.kernel:
            column = syscall_numbers.column() or 0
            numbers = {name: row[column] for name, row in syscall_numbers._TABLE.items()}
            prelude = _PRELUDE.format(numbers=numbers)
        return {
            "wins": self.wins,
            "function": "answer" if self.control == "toy" else "attack",
            "files": {"submission.py": prelude + self.code, **self.files},
            "limits": self.limits,
            "without": without,
        }


# What a program that cheats answers: not the right thing.
WRONG = "def answer(number): return -1\n"


def cheat(name: str, code: str, *, wins: str = "points", **more: Any) -> Attack:
    """Return an attack on the grading itself, whose positive control is the toy grader."""
    return Attack(name, wins, code, control="toy", **more)
