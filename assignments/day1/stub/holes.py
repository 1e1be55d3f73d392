"""Contiguous allocation: one range of memory, cut into live blocks and holes.

    n       bytes that the caller asks for           10
    need    bytes that the block takes               20 = 16 (n in units of align 8) + header 4
    start   where a block or a hole begins           1000
    addr    the user address: start + header         1004
    rover   where next fit begins to look            1020, the end of the newest block

    1000   1004             1020
      | header | user's bytes | hole ...

Owns the bookkeeping only; nothing is stored at the addresses.
"""


class HoleAllocator:
    """Allocates blocks in ``[base, base + size)``; all sizes and addresses are in bytes.

    A block takes ``header`` bytes more than the request, which is first rounded up to a multiple
    of ``align`` (any number, not only a power of two). ``policy`` chooses the hole: ``"first"``,
    ``"best"``, ``"worst"`` or ``"next"``. With ``coalesce``, a freed block merges with the holes
    next to it.

    ValueError: size < 1, base < 0, align < 1, header < 0, or an unknown policy.
    """

    def __init__(
        self,
        size: int,
        *,
        base: int = 0,
        policy: str = "first",
        align: int = 1,
        header: int = 0,
        coalesce: bool = True,
    ) -> None:
        raise NotImplementedError

    def alloc(self, n: int) -> int:
        """Allocate ``n`` bytes at the low end of a hole and return the user address.

        Among the holes that are large enough, *first* takes the lowest; *best* the smallest,
        *worst* the largest, of equal ones the lowest; *next* the lowest that starts at the rover
        or above, and if there is none, the lowest of all. What is left over stays a hole.
        The rover starts at ``base`` and moves to the end of each new block.

        EINVAL: n < 1. ENOMEM: no hole is large enough. TypeError: ``n`` is not an int.
        Choice: the rover moves under every policy, though only *next* looks at it; failures and
        ``free`` leave it where it is.
        Choice: ``align`` rounds the size, not the address.
        """
        raise NotImplementedError

    def free(self, addr: int) -> None:
        """Free the block with user address ``addr``.

        With ``coalesce`` it merges with both neighbouring holes; without, it becomes a hole of
        its own, and adjacent holes stay separate.

        EINVAL: ``addr`` is not the user address of a live block. TypeError: it is not an int.
        """
        raise NotImplementedError

    def size_of(self, addr: int) -> int:
        """Return the bytes that were requested for the block with user address ``addr``.

        EINVAL: ``addr`` is not the user address of a live block. TypeError: it is not an int.
        """
        raise NotImplementedError

    def compact(self) -> dict[int, int]:
        """Slide all live blocks down, in address order, and return ``{old: new}`` user addresses.

        The dict has every live block, also those that stayed. Afterwards there is at most one
        hole, at the top, even without ``coalesce``, and the rover is ``base``.
        """
        raise NotImplementedError

    def holes(self) -> list[tuple[int, int]]:
        """Return (start, size) of every hole, by ascending start."""
        raise NotImplementedError

    def stats(self) -> dict[str, int | float]:
        """Return what is used, free and lost.

        ``total``      the size of the whole range
        ``used``       bytes in live blocks: their requests, rounded up, and headers
        ``requested``  bytes that were asked for
        ``free``       bytes in holes
        ``nholes``     how many holes
        ``largest``    the size of the largest, 0 if there is none
        ``external``   1 - largest/free: the part of the free memory outside the largest hole;
                       0.0 if nothing is free
        ``internal``   used - requested
        ``enomem``     how often an ``alloc`` failed with ENOMEM
        ``moved``      bytes of the blocks whose address changed, over all compactions
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, object]:
        """Return ``{"holes": [[start, size]...], "live": [[addr, n, need]...], "rover": int}``.

        Both lists ascend; ``need`` is the bytes that a block takes, header included.
        """
        raise NotImplementedError
