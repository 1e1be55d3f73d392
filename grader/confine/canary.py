"""The canary: a program that tries to get out before any submission may try.

Owns the program's bytes, the trace that plays it and the judgement of its report.
`replay.Bench.canary` runs it; one success means that nothing is graded here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import codec
from grader.confine.limits import Limits
from grader.confine.tiers import LAYERS, Tier
from grader.errors import GraderFault

MODULE = "canary_program"
LIMITS = Limits(cpu_s=2, wall_s=10.0, memory_bytes=1 << 30, processes=8)

# For each kind of success the layers that should have prevented it, the strongest first.
_HOLDING = {
    "read": ("mount", "landlock", "uid"),
    "write": ("mount", "landlock", "uid"),
    "grader": ("pid", "scope", "uid"),
    "network": ("seccomp",),
    "root": ("uid", "user"),
    "linger": ("sweep",),
}


@dataclass(frozen=True)
class Leak:
    """One thing that the canary could do and must not: its kind and the words for it."""

    kind: str
    words: str


LINGERED = Leak("linger", "a process of it outlived its worker")


def files() -> dict[str, bytes]:
    """Return the canary as a submission: its files by name."""
    return {f"{MODULE}.py": Path(__file__).with_name(f"{MODULE}.py").read_bytes()}


def trace(reads: Sequence[str], writes: Sequence[str], grader: int) -> list[list[Any]]:
    """Return the trace that plays the canary: first it looks around, then it lingers."""
    return [["fn", "attempts", [list(reads), list(writes), grader]], ["fn", "linger", []]]


def start_time(pid: int) -> str:
    """Return when ``pid`` started, as the canary would read it; "" where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def judge(texts: Sequence[bytes], tier: Tier, started: str, *, outlived: bool) -> list[Leak]:
    """Return the leaks that the canary's one transcript and its end show.

    Raises GraderFault where it did not answer: then nobody knows.
    """
    try:
        (looked, report), lingered = codec.decode(texts[0])
    except (IndexError, ValueError) as error:
        raise GraderFault("the canary did not answer; run it again") from error
    if looked != "ok" or lingered != ["ok", True]:
        raise GraderFault(f"the canary failed ({looked}, {lingered}); run it again")
    return leaks(report, tier, started) + ([LINGERED] if outlived else [])


def leaks(report: Mapping[str, Any], tier: Tier, started: str) -> list[Leak]:
    """Return what the canary could do and must not; empty when it is caged.

    ``started`` is the grader's `start_time`: in a pid namespace its number may be
    another process's, so that only both together mean that it was seen. Where there is
    neither a pid namespace nor Landlock, every user may see every process and no more.
    """
    found = [Leak("read", f"it read {path}") for path in report["read"]]
    found += [Leak("write", f"it could write {path}") for path in report["written"]]
    seen, signalled = report["grader"]
    saw = bool(seen) and seen == started and not {"pid", "landlock"}.isdisjoint(tier.layers)
    if saw or (signalled and "pid" not in tier):
        found.append(Leak("grader", "it could see or signal the grader"))
    found += [Leak("network", f"it opened a socket of {name}") for name in report["sockets"]]
    if report["root"] != [False] and {"uid", "user"} & set(tier.layers):
        found.append(Leak("root", "it could become root"))
    return found


def message(found: Sequence[Leak], tier: Tier) -> str:
    """Return what the staff are told: what got out, which layer failed, what to do next."""
    words = "; ".join(leak.words for leak in found[:3])
    begin = f"the canary got out of confinement tier {tier.letter}: {words}. Nothing was graded. "
    if found[0].kind in ("read", "write") and {"mount", "landlock"}.isdisjoint(tier.layers):
        return begin + (
            "Without Landlock only the permissions of files hold here: close the folders of the "
            "course and of the results to other users (chmod 700) and run it again"
        )
    should = _HOLDING[found[0].kind]
    layer = next((name for name in should if name in tier), should[0])
    return begin + (
        f"The layer {layer!r} should have held ({LAYERS[layer].keeps}): {LAYERS[layer].remedy}, "
        "and keep the course's files out of the interpreter's folders and closed to others"
    )
