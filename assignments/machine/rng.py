"""Randomness that leaves a record."""

import random

from .recorder import logged


class Rng(random.Random):
    """``random.Random(seed)`` whose calls of ``random`` and ``randrange`` are recorded.

    The numbers are exactly those of ``random.Random``.
    """

    # Where a class overrides random() alone, Random draws randrange() from it: other numbers,
    # and a record of an inner call. Naming getrandbits here keeps the original way.
    getrandbits = random.Random.getrandbits

    def __init__(self, seed: int) -> None:
        super().__init__(seed)

    def random(self) -> float:
        """Return the next number in [0.0, 1.0)."""
        return logged("Rng.random", super().random)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Return a number from ``range(start, stop, step)``, or from ``range(start)``."""
        given = [start, *(() if stop is None else (stop,)), *(() if step == 1 else (step,))]
        return logged("Rng.randrange", super().randrange, *given)
