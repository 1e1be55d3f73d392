"""malloc over sbrk: the blocks of a program's heap.

    p          address of a payload, a multiple of 16             0x10020
    n          bytes that the caller asks for, the *requested*    24
    break      the end of the heap's memory; sbrk moves it        0x10040

    base                                             break
     | payload  gap | payload  gap | free bytes ...    |

Between the requested bytes of one payload and the next payload lie at least 8 bytes: the room
that a header would take, so that bookkeeping outside the memory has no advantage.
"""

from machine import SimHeap


class Heap:
    """Allocates the memory of a program out of ``mem``, which it makes larger as needed.

    All sizes and addresses are in bytes; where there is no block, the address is None. Payloads
    lie wholly inside ``[mem.base, mem.brk)``, at multiples of 16, with at least 8 bytes between
    the requested end of one and the start of the next.
    """

    def __init__(self, mem: SimHeap) -> None:
        raise NotImplementedError

    def malloc(self, n: int) -> int | None:
        """Allocate ``n`` bytes and return their address; None if n is 0.

        EINVAL: n < 0. ENOMEM: memory is exhausted; the break stays where it is.
        """
        raise NotImplementedError

    def free(self, p: int | None) -> None:
        """Free the block at ``p``; nothing happens if p is None.

        EINVAL: ``p`` is not a live payload.
        """
        raise NotImplementedError

    def calloc(self, k: int, n: int) -> int | None:
        """Allocate ``k`` objects of ``n`` bytes, all bytes zero; None if that is no byte at all.

        EINVAL: k < 0 or n < 0. ENOMEM: memory is exhausted, or k * n is 2**63 or more.
        """
        raise NotImplementedError

    def realloc(self, p: int | None, n: int) -> int | None:
        """Give the block at ``p`` a size of ``n`` bytes and return its address, old or new.

        The bytes that it had, up to ``n``, are preserved. ``realloc(None, n)`` is ``malloc(n)``;
        ``realloc(p, 0)`` is ``free(p)`` and returns None.

        EINVAL: ``p`` is not a live payload, or n < 0. ENOMEM: memory is exhausted; the old block
        is still valid, with its bytes.
        """
        raise NotImplementedError

    def usable_size(self, p: int | None) -> int:
        """Return the bytes at ``p`` that belong to the block: at least the requested; 0 for None.

        EINVAL: ``p`` is not a live payload.
        """
        raise NotImplementedError

    def free_bytes(self) -> int:
        """Return the bytes below the break that nobody has requested: free ones and overhead."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, list[list[int]]]:
        """Return ``{"live": [[address, requested]...]}``, ascending."""
        raise NotImplementedError
