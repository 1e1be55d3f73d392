"""Pager events: what each one counts as, and what it costs.

event      ("UNMAP", pid, vpn, frame), ("OUT", slot), ("ZERO",) ...
counter    the number of events of one kind, of one process
cost       the sum of counters times prices, in cycles of an imagined processor
"""

from collections import Counter
from collections.abc import Iterable

Event = tuple[str | int, ...]

COUNTED: dict[str | int, list[str]] = {
    "SEGV": ["segv"],
    "SEGPROT": ["segprot"],
    "UNMAP": ["unmaps"],
    "OUT": ["outs"],
    "FOUT": ["fouts"],
    "IN": ["ins", "major"],
    "FIN": ["fins", "major"],
    "ZERO": ["zeros", "minor"],
    "MAP": ["maps"],
}

# Every access ends as one of hits, minor, major, segv and segprot: their prices include its 1.
PRICES = {
    "hits": 1,
    "minor": 1,
    "major": 1,
    "segv": 1 + 340,
    "segprot": 1 + 420,
    "maps": 300,
    "unmaps": 400,
    "ins": 3100,
    "outs": 2700,
    "fins": 2800,
    "fouts": 2400,
    "zeros": 140,
}


def with_cost(counters: Iterable[Counter[str]]) -> dict[str, int]:
    """Return the sum of ``counters`` by name, and their cost."""
    counters = list(counters)
    counts = {name: sum(counter[name] for counter in counters) for name in PRICES}
    return counts | {"cost": sum(counts[name] * price for name, price in PRICES.items())}
