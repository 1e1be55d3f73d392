"""What a proof says: whether a claim about an assignment holds, and what speaks against it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec


class Proof(msgspec.Struct, frozen=True):
    """One claim. It holds where there is no finding; ``notes`` speak neither for nor against it.

    ``result`` is the outcome in a few words, ``figures`` all of it for a program to read.
    """

    name: str
    claim: str
    result: str
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    figures: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the claim."""
        return not self.findings


class Validation(msgspec.Struct, frozen=True):
    """All proofs about one assignment; ``seconds`` is how long they took."""

    assignment: str
    tier: str
    proofs: tuple[Proof, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every claim holds."""
        return all(proof.holds for proof in self.proofs)

    def to_plain(self) -> dict[str, Any]:
        """Return everything as JSON holds it, with the verdicts among it."""
        proofs = [{"holds": each.holds, **msgspec.to_builtins(each)} for each in self.proofs]
        return {
            "assignment": self.assignment,
            "holds": self.holds,
            "tier": self.tier,
            "seconds": self.seconds,
            "proofs": proofs,
        }


def proof(
    name: str,
    claim: str,
    result: str,
    findings: Sequence[str],
    *,
    notes: Sequence[str] = (),
    figures: Mapping[str, Any] | None = None,
) -> Proof:
    """Return a proof; what it found stands in its own order, each sentence once."""
    each_once = tuple(dict.fromkeys(findings))
    return Proof(name, claim, result, each_once, tuple(notes), dict(figures or {}))


def listed(ids: Sequence[str]) -> str:
    """Return check ids as a sentence has them."""
    return " ".join(ids) or "nothing"
