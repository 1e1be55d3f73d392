"""Arithmetic on addresses and sizes."""


def roundup(x: int, a: int) -> int:
    """Return the smallest multiple of ``a`` that is at least ``x``; ``roundup(9, 8)`` is 16."""
    return -(-x // a) * a
